/* SPDX-License-Identifier: ISC */
/*
 * What is allowed while a guest runs, as plain values. A tender fills one in;
 * host_sandbox_enter (host/host.h) has the system enforce it. How that is
 * done, nothing here knows.
 *
 * Allowed is exactly this, and all else ends the process:
 *   reading and writing frames of a network device, each descriptor its own;
 *   reading and writing a block device, inside its capacity;
 *   writing to console_fd and error_fd; where there is an error_fd, setting an
 *   alarm, so that a line that nobody reads does not keep it from ending;
 *   waiting on poll_fd, but with no signal blocked, since a process that
 *   blocks signals cannot be asked to end; setting timer_fd, reading the
 *   monotonic and the wall clock, setting the thread pointer where that is a
 *   system call;
 *   the one request to the virtual processor;
 *   the end of the process.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "mft_abi.h"

#define POLICY_NO_FD (-1)

struct policy {
    /* Whose devices are attached. Of each its type and descriptor count, and of
     * a block device its capacity and block size. */
    const struct mft *mft;
    int32_t console_fd;
    int32_t error_fd; /* POLICY_NO_FD: there is none */
    int32_t poll_fd, timer_fd;
    int32_t cpu_fd;       /* of a virtual processor, or POLICY_NO_FD */
    uint32_t cpu_request; /* the one request to it */
    /*
     * false: each call to a block device moves exactly one block. true: it
     * moves any number of bytes, fewer than 4 GiB, that end inside the device.
     * Only a target knows which of the two its guests need: it alone sets this.
     */
    bool any_length;
};
