/* SPDX-License-Identifier: ISC */
/*
 * Assembles the seccomp filter of a tender that runs a guest: nine calls for a
 * guest that makes them itself, one more where a virtual processor runs it,
 * each bound to the descriptors and bounds of its devices. Everything else
 * kills the process. Nothing is installed here.
 */
#ifndef TENDER_FILTER_H
#define TENDER_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define FILTER_MAX_DEVICES 63
#define FILTER_MAX_INSNS 4096 /* BPF_MAXINSNS, linux/bpf_common.h */
#define FILTER_NO_CALL UINT32_MAX
#define FILTER_NO_FD (-1)

/* System call numbers of an architecture (its asm/unistd.h). */
struct filter_arch {
    uint32_t audit_arch; /* AUDIT_ARCH_*, linux/audit.h */
    uint32_t write;
    uint32_t read;
    uint32_t pread64;
    uint32_t pwrite64;
    uint32_t epoll_pwait;
    uint32_t timerfd_settime;
    uint32_t clock_gettime;
    uint32_t exit_group;
    uint32_t ioctl;
    /* Sets the thread pointer, where user code cannot; else FILTER_NO_CALL. */
    uint32_t set_thread_pointer;
    uint32_t set_thread_pointer_op; /* its first argument */
};

struct filter_device {
    int32_t fd;
    bool is_net;
    uint64_t capacity;   /* block: bytes, at least block_size */
    uint32_t block_size; /* block: bytes */
};

struct filter_policy {
    int32_t console_fd;
    int32_t error_fd; /* may be written to; or FILTER_NO_FD */
    /* Of a virtual processor, or FILTER_NO_FD, and the one request to it. */
    int32_t cpu_fd;
    uint32_t cpu_request;
    int32_t epoll_fd;
    int32_t timer_fd;
    /*
     * false: a block call moves exactly one block (ABI 2). true: it moves any
     * number of bytes that end inside the device (ABI 1).
     */
    bool any_length;
    uint32_t device_count; /* at most FILTER_MAX_DEVICES */
    struct filter_device device[FILTER_MAX_DEVICES];
};

/*
 * Writes the program into INSNS, which has room for MAX instructions.
 * Returns their number, or -ENOSPC or -EINVAL with one line in ERROR.
 */
int filter_build(const struct filter_arch *arch,
                 const struct filter_policy *policy, struct sock_filter *insns,
                 size_t max, struct error *error);

#endif
