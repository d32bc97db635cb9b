/* SPDX-License-Identifier: ISC */
/* What a job's program reads: a pipe or a terminal. Contract: job.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "job.h"

static void window_set(int fd, unsigned rows, unsigned columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows,
                           .ws_col = (unsigned short)columns};

    /* A program that wants to know its window's size will ask again. */
    (void)ioctl(fd, TIOCSWINSZ, &size);
}

static int terminal_open(struct input *input, struct job *job)
{
    input->ours = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (input->ours < 0 || unlockpt(input->ours) < 0)
        return job_fail(job, "/dev/ptmx", strerror(errno));
    input->theirs =
        ioctl(input->ours, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (input->theirs < 0)
        return job_fail(job, "terminal", strerror(errno));
    window_set(input->ours, job->rows, job->columns);
    return 0;
}

int input_open(struct input *input, struct job *job)
{
    int ends[2];

    *input = (struct input){.theirs = -1, .ours = -1};
    switch (job->input) {
    case WIRE_STDIN_TERMINAL:
        input->terminal = true;
        return terminal_open(input, job);
    case WIRE_STDIN_PIPE:
        if (pipe2(ends, O_CLOEXEC) < 0 ||
            fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0)
            return job_fail(job, "pipe", strerror(errno));
        input->theirs = ends[0];
        input->ours = ends[1];
        return 0;
    default:
        return 0;
    }
}

static void input_end(struct input *input)
{
    if (input->ours >= 0)
        close(input->ours);
    input->ours = -1;
}

void input_take(struct input *input, const struct frame *frame)
{
    const uint8_t *data = frame->data;

    if (frame->kind == WIRE_WINDOW && frame->size == 4 && input->terminal) {
        window_set(input->ours, data[0] | (unsigned)data[1] << 8,
                   data[2] | (unsigned)data[3] << 8);
    } else if (frame->kind == WIRE_INPUT && frame->size == 0) {
        if (!input->terminal)
            input_end(input);
    } else if (frame->kind == WIRE_INPUT) {
        free(input->left);
        input->left = malloc(frame->size);
        if (input->left == NULL)
            abort();
        memcpy(input->left, data, frame->size);
        input->left_size = frame->size;
    }
}

bool input_pass(struct input *input)
{
    ssize_t done = write(input->ours, input->left, input->left_size);

    if (done < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    /* Whoever reads no more has read enough. */
    if (done < 0)
        done = (ssize_t)input->left_size;
    input->left_size -= (size_t)done;
    memmove(input->left, input->left + done, input->left_size);
    return input->left_size == 0;
}

void input_close(struct input *input)
{
    if (!input->terminal)
        input_end(input);
    free(input->left);
    input->left = NULL;
    input->left_size = 0;
}
