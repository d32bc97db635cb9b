/* SPDX-License-Identifier: ISC */
/*
 * The seam to the host's system: every hook that a tender needs of it. Each
 * folder host/<system>/ implements exactly these. All return 0 (or what they
 * say), or -errno with one line in ERROR.
 */
#ifndef TENDER_HOST_H
#define TENDER_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "filter.h"

/* A file, read into this address space; release it with host_file_close. */
struct host_file {
    int fd;
    const char *path; /* the caller's */
    uint64_t size_bytes;
    const uint8_t *data; /* size_bytes, read-only; not to be written */
};

/*
 * Descriptors 0 to 2 that are not open become the null device, so that no
 * file takes their place; and writing where nobody reads is no signal.
 */
int host_standard_streams(struct error *error);

/* Refuses a process whose memory protection the system would weaken. */
int host_process_check(struct error *error);

/* Opens a regular file for reading. */
int host_file_open(struct host_file *file, const char *path,
                   struct error *error);
/* Copies SIZE_BYTES bytes at OFFSET to BUFFER: all, or an error. */
int host_file_read(const struct host_file *file, uint64_t offset, void *buffer,
                   uint64_t size_bytes, struct error *error);
void host_file_close(struct host_file *file);

/*
 * Opens a block device or a regular file for reading and writing. Returns the
 * descriptor, owned by the caller, and its size.
 */
int host_block_open(const char *path, uint64_t *capacity, struct error *error);

/*
 * Attaches to a tap: an interface's name, or "@FD", a descriptor of one,
 * which is taken over. The tap is not blocking afterwards and has no
 * offloads. Returns the descriptor and the interface's MTU.
 */
int host_net_open(const char *source, uint16_t *mtu, struct error *error);

/* The timer, as a poll set reports it; a device is its handle. */
#define HOST_POLL_TIMER UINT64_C(0xfffffffe)

/* Makes a poll set and its timer. */
int host_poll_create(int *poll_fd, int *timer_fd, struct error *error);
/* Adds a descriptor that is reported as DATA when it can be read. */
int host_poll_add(int poll_fd, int fd, uint64_t data, struct error *error);

/*
 * Waits until a device of the set can be read, or TIMEOUT_NS are over.
 * Returns the set of handles that can.
 */
uint64_t host_poll_wait(int poll_fd, int timer_fd, uint64_t timeout_ns);

/* Fills BUFFER with random bytes. */
int host_random(void *buffer, size_t size_bytes, struct error *error);

/*
 * Reserves memory from START to END, at exactly these addresses, without any
 * right to it; whole pages. Then gives rights to a part of it.
 */
int host_memory_reserve(uint64_t start, uint64_t end, struct error *error);
int host_memory_protect(uint64_t start, uint64_t end, bool write, bool exec,
                        struct error *error);
uint64_t host_page_bytes(void);

/*
 * Address of the function that reads clocks without entering the kernel, by
 * the name that the architecture gives it; 0 if there is none.
 */
uint64_t host_clock_function(const char *name);

/* From here on, no privileges, nor a way to new ones. */
int host_privileges_drop(struct error *error);

/*
 * From here on, no privileges, and only what the program of COUNT
 * instructions allows.
 */
int host_sandbox_enter(const struct sock_filter *insns, size_t count,
                       struct error *error);

#endif
