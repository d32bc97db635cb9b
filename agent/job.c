/* SPDX-License-Identifier: ISC */
/* Builds a job from frames. Contract: job.h, wire.h. */
#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int job_fail(struct job *job, const char *what, const char *why)
{
    snprintf(job->failure, sizeof job->failure, "%s: %s", what, why);
    return -1;
}

static char *text_copy(const uint8_t *from, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL)
        abort();
    memcpy(text, from, size);
    text[size] = '\0';
    return text;
}

static uint64_t number_read(const uint8_t *from, size_t size)
{
    uint64_t value = 0;

    while (size > 0)
        value = value << 8 | from[--size];
    return value;
}

/* A frame of u16 size, path, rest; returns where the rest begins, or 0. */
static size_t path_read(const struct frame *frame, char **path)
{
    size_t size;

    if (frame->size < 2)
        return 0;
    size = number_read(frame->data, 2);
    if (frame->size < 2 + size)
        return 0;
    *path = text_copy(frame->data + 2, size);
    return 2 + size;
}

static int word_add(struct job *job, char **words, size_t *count,
                    const struct frame *frame)
{
    if (*count == JOB_MAX_WORDS)
        return job_fail(job, "argv", "too many words");
    words[(*count)++] = text_copy(frame->data, frame->size);
    return 0;
}

static int file_add(struct job *job, const struct frame *frame)
{
    struct job_file *file = &job->file[job->file_count];
    size_t rest;

    if (job->file_count == JOB_MAX_FILES)
        return job_fail(job, "files", "too many");
    if (frame->kind == WIRE_BLANK && frame->size >= 8) {
        file->blank = true;
        file->size = number_read(frame->data, 8);
        file->path = text_copy(frame->data + 8, frame->size - 8);
    } else if (frame->kind == WIRE_FILE &&
               (rest = path_read(frame, &file->path)) > 0) {
        file->size = frame->size - rest;
        file->content = (uint8_t *)text_copy(frame->data + rest, file->size);
    } else {
        return job_fail(job, "files", "damaged frame");
    }
    job->file_count++;
    return 0;
}

static int tap_add(struct job *job, const struct frame *frame)
{
    struct job_tap *tap = &job->tap[job->tap_count];

    if (job->tap_count == JOB_MAX_TAPS || frame->size < 6)
        return job_fail(job, "taps", "too many, or a damaged frame");
    tap->mtu = (uint32_t)number_read(frame->data, 4);
    tap->as_fd = frame->data[4] != 0;
    tap->name = text_copy(frame->data + 5, frame->size - 5);
    tap->fd = -1;
    job->tap_count++;
    return 0;
}

static int truncate_set(struct job *job, const struct frame *frame)
{
    size_t rest = path_read(frame, &job->truncate_path);

    if (rest == 0)
        return job_fail(job, "truncation", "damaged frame");
    job->truncate_text = text_copy(frame->data + rest, frame->size - rest);
    return 0;
}

int job_add(struct job *job, const struct frame *frame)
{
    switch (frame->kind) {
    case WIRE_ARG:
        return word_add(job, job->argv, &job->argc, frame);
    case WIRE_PEER_ARG:
        return word_add(job, job->peer_argv, &job->peer_argc, frame);
    case WIRE_FILE:
    case WIRE_BLANK:
        return file_add(job, frame);
    case WIRE_FETCH:
        if (job->fetch_count == JOB_MAX_FILES)
            return job_fail(job, "fetch", "too many");
        job->fetch[job->fetch_count++] = text_copy(frame->data, frame->size);
        return 0;
    case WIRE_FOLDER:
        job->folder_bytes = number_read(frame->data, frame->size);
        return 0;
    case WIRE_TAP:
        return tap_add(job, frame);
    case WIRE_STDIN:
        if (frame->size != 5)
            return job_fail(job, "input", "damaged frame");
        job->input = (enum wire_stdin)frame->data[0];
        job->rows = (uint16_t)number_read(frame->data + 1, 2);
        job->columns = (uint16_t)number_read(frame->data + 3, 2);
        return 0;
    case WIRE_INPUT: /* for a program that has ended meanwhile */
    case WIRE_WINDOW:
        return 0;
    case WIRE_STDOUT:
        job->output = (enum wire_stdout)number_read(frame->data, frame->size);
        return 0;
    case WIRE_PERSONALITY:
        job->personality = (uint32_t)number_read(frame->data, frame->size);
        return 0;
    case WIRE_TRUNCATE:
        return truncate_set(job, frame);
    case WIRE_DEADLINE:
        job->deadline_ns = number_read(frame->data, frame->size);
        return 0;
    default:
        return job_fail(job, "frame", "unknown kind");
    }
}

void job_clear(struct job *job)
{
    for (size_t i = 0; i < job->argc; i++)
        free(job->argv[i]);
    for (size_t i = 0; i < job->peer_argc; i++)
        free(job->peer_argv[i]);
    for (size_t i = 0; i < job->file_count; i++) {
        free(job->file[i].path);
        free(job->file[i].content);
    }
    for (size_t i = 0; i < job->fetch_count; i++)
        free(job->fetch[i]);
    for (size_t i = 0; i < job->tap_count; i++)
        free(job->tap[i].name);
    free(job->truncate_path);
    free(job->truncate_text);
    memset(job, 0, sizeof *job);
}
