/* SPDX-License-Identifier: ISC */
/*
 * Frames between solo5-init and Python (solo5/agent/protocol.py, the same
 * list): u8 kind, u32 size, then `size` bytes. All numbers are little-endian.
 */
#ifndef INIT_WIRE_H
#define INIT_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_MAX_BYTES (64u << 20)

enum wire_kind {
    /* To solo5-init: what a job needs, in any order, then RUN. */
    WIRE_WAKE = 'w',        /* u64 ns since 1970, entropy; answer: READY */
    WIRE_INSTALL = 'i',     /* u16 path size, path, content: for all jobs */
    WIRE_ARG = 'a',         /* one word of the program's argv */
    WIRE_PEER_ARG = 'p',    /* one word of the peer's argv */
    WIRE_FILE = 'f',        /* u16 path size, path, content */
    WIRE_BLANK = 'b',       /* u64 size, path */
    WIRE_FETCH = 'g',       /* path */
    WIRE_FOLDER = 'm',      /* u64 bytes of room */
    WIRE_TAP = 't',         /* u32 MTU, u8 1: as a descriptor, name */
    WIRE_STDIN = 'n',       /* u8: enum wire_stdin; u16 rows, u16 columns */
    WIRE_STDOUT = 's',      /* u8: enum wire_stdout */
    WIRE_PERSONALITY = 'y', /* u32 */
    WIRE_TRUNCATE = 'c',    /* u16 path size, path, text */
    WIRE_DEADLINE = 'd',    /* u64 ns */
    WIRE_RUN = 'r',

    /* To solo5-init, while a job with standard input runs. */
    WIRE_INPUT = 'I',  /* what it is to read; empty: the end */
    WIRE_WINDOW = 'z', /* u16 rows, u16 columns: the terminal's new size */

    /* From solo5-init. */
    WIRE_READY = 'R',   /* once, before the first job; and to WAKE */
    WIRE_OUT = 'o',     /* piece of standard output */
    WIRE_ERR = 'e',     /* piece of standard error */
    WIRE_PEER = 'q',    /* piece of what the peer said */
    WIRE_TAKEN = 'T',   /* INPUT has been read: there may be another */
    WIRE_FETCHED = 'F', /* u16 path size, path, content */
    WIRE_DONE = 'D',    /* struct wire_done: the last of a job */
    WIRE_FAIL = 'X',    /* text: the job could not be run; the last, too */
};

enum wire_stdin {
    WIRE_STDIN_NULL = 0,
    WIRE_STDIN_PIPE = 1,
    WIRE_STDIN_TERMINAL = 2, /* which standard output and error are, too */
};

enum wire_stdout {
    WIRE_STDOUT_PIPE = 0,
    WIRE_STDOUT_FULL = 1,
    WIRE_STDOUT_CLOSED = 2,
};

enum wire_end {
    WIRE_END_STATUS = 0,
    WIRE_END_SIGNAL = 1,
    WIRE_END_DEADLINE = 2,
};

#define WIRE_NONE UINT64_MAX

/* How a job ended. */
struct wire_done {
    uint64_t end;     /* enum wire_end */
    uint64_t code;    /* status or signal */
    uint64_t syscall; /* with SIGSYS: number of the call; else WIRE_NONE */
    uint64_t address; /* with SIGSEGV, SIGBUS: address; else WIRE_NONE */
    uint64_t elapsed_ns;
    uint64_t peer; /* status, 128 + signal; WIRE_NONE: no peer */
};
_Static_assert(sizeof(struct wire_done) == 48, "wire_done");

struct frame {
    uint8_t kind;
    uint32_t size;
    uint8_t *data; /* size bytes and a NUL; valid until the next frame */
};

/* Reads the next frame. Returns 0, or -1 at the end of the stream. */
int wire_read(int fd, struct frame *frame);

/* Writes a frame of two parts; either may be empty. Never returns an error:
 * without a reader there is nothing left to do, and the process ends. */
void wire_write(int fd, enum wire_kind kind, const void *head, size_t head_size,
                const void *body, size_t body_size);

#endif
