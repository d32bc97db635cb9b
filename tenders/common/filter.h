/* SPDX-License-Identifier: ISC */
/*
 * Assembles the seccomp filter of a tender that runs a guest: nine calls for a
 * guest that makes them itself, one more where a virtual processor runs it,
 * each bound to the descriptors and bounds of its devices. Everything else
 * kills the process. Nothing is installed here.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>

#include "mft_abi.h"

#define FILTER_MAX_INSNS 4096 /* BPF_MAXINSNS, linux/bpf_common.h */
#define FILTER_NO_CALL UINT32_MAX
#define FILTER_CONSOLE_FD 1

/* System call numbers of an architecture (its asm/unistd.h). */
struct filter_arch {
    uint32_t audit_arch; /* AUDIT_ARCH_*, linux/audit.h */
    uint32_t write, read, pread64, pwrite64;
    uint32_t epoll_pwait, timerfd_settime, clock_gettime, exit_group, ioctl;
    /* Sets the thread pointer, where user code cannot; else FILTER_NO_CALL. */
    uint32_t set_thread_pointer;
    int32_t set_thread_pointer_op; /* its first argument */
};

struct filter_policy {
    int32_t poll_fd, timer_fd;
    int32_t error_fd; /* may be written to; 0: there is none */
    int32_t cpu_fd;   /* of a virtual processor; 0: there is none */
    uint32_t cpu_request; /* the one request to it */
    /*
     * false: a block call moves exactly one block (ABI 2). true: it moves any
     * number of bytes that end inside the device (ABI 1).
     */
    bool any_length;
    /* As manifest_read leaves it, with all devices attached; those for blocks
     * have at least one. */
    const struct mft *mft;
};

/* Writes the program into INSNS. Returns the number of its instructions. */
size_t filter_build(const struct filter_arch *arch,
                    const struct filter_policy *policy,
                    struct sock_filter insns[FILTER_MAX_INSNS]);
