/* SPDX-License-Identifier: ISC */
/*
 * A job as solo5-init holds it, and the steps of its life: folder, taps,
 * processes. Each step returns 0, or -1 after it has put one line into
 * job->failure.
 */
#ifndef INIT_JOB_H
#define INIT_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

#define JOB_MAX_WORDS 512
#define JOB_MAX_FILES 128
#define JOB_MAX_TAPS 64
#define JOB_FOLDER "/job"

struct job_file {
    char *path; /* in the folder */
    uint8_t *content;
    uint64_t size;
    bool blank; /* no content: a hole of that size */
};

struct job_tap {
    char *name;
    uint32_t mtu;
    bool as_fd;
    int fd; /* -1: attached to by name */
};

struct job {
    char *argv[JOB_MAX_WORDS + 1];
    size_t argc;
    char *peer_argv[JOB_MAX_WORDS + 1];
    size_t peer_argc;
    struct job_file file[JOB_MAX_FILES];
    size_t file_count;
    char *fetch[JOB_MAX_FILES];
    size_t fetch_count;
    uint64_t folder_bytes; /* 0: as much as there is */
    struct job_tap tap[JOB_MAX_TAPS];
    size_t tap_count;
    enum wire_stdin input;
    uint16_t rows, columns; /* of a terminal */
    enum wire_stdout output;
    uint32_t personality;
    char *truncate_path; /* NULL: nothing to cut */
    char *truncate_text;
    uint64_t deadline_ns;
    char failure[256];
};

/* Adds what FRAME says; RUN and INSTALL are not for this. */
int job_add(struct job *job, const struct frame *frame);
/* Frees everything and makes JOB an empty one. */
void job_clear(struct job *job);
int job_fail(struct job *job, const char *what, const char *why);

/* The folder: a file system of its own, made new for each job. */
int folder_make(struct job *job);
void folder_send(const struct job *job, int wire);
void folder_remove(void);
/* Writes a file that all jobs see, executable; makes its folders. */
int file_install(const char *path, const uint8_t *content, size_t size);

/* Sets the clock and feeds the random numbers, from the content of WAKE. */
int wake(const uint8_t *content, size_t size);

/* Taps: made up and running; `{tap:NAME}` in argv becomes what names them. */
int taps_make(struct job *job);
void taps_name(struct job *job);
void taps_remove(struct job *job);

/* What a program reads while it runs: one INPUT at a time. */
struct input {
    int theirs; /* the program's standard input; -1: nothing to read */
    int ours;   /* a pipe's other end or the terminal's; -1: closed */
    bool terminal;
    uint8_t *left; /* of the INPUT that has not been read yet */
    size_t left_size;
};

/* Opens what JOB wants. Returns 0, or -1 with a failure in JOB. */
int input_open(struct input *input, struct job *job);
/* Takes INPUT or WINDOW; others are none of its business. */
void input_take(struct input *input, const struct frame *frame);
/* Passes on what can be read now. Returns true once all has been. */
bool input_pass(struct input *input);
void input_close(struct input *input);

/* Runs the processes to their end or the deadline, sends what they say. */
int processes_run(struct job *job, int wire, struct wire_done *done);

#endif
