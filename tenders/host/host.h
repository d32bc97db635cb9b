/* SPDX-License-Identifier: ISC */
/*
 * The seam to the host's system: every hook that a tender needs of it. Each
 * folder host/<system>/ implements exactly these, and says which files do in
 * its meson.build (tenders/meson.build). What returns int returns 0, or -errno
 * with a line. A tender that meets an error ends, and with it all that it has
 * open; else a descriptor FD is the caller's.
 */
#pragma once

#include <stdint.h>
#include <sys/mman.h> /* PROT_* */
#include <sys/types.h>

#include "error.h"
#include "policy.h"

/*
 * Descriptors 0 to 2 that are not open become the null device, so that no
 * file takes their place; and writing where nobody reads is no signal.
 */
int host_standard_streams(void);

/*
 * Requires that what STATUS tells of, the device NAME, is neither standard
 * output nor standard error: what a guest or a tender says would be its data.
 */
struct stat;
int host_no_stream(const char *name, const struct stat *status);

/*
 * Makes signals ours, whatever the caller has left of them: none is blocked,
 * and SIGTERM ends this process; SIGINT does, too, unless it is ignored. END:
 * what does so, with a signal's number, and does not return; it is called on a
 * stack of its own. NULL: the system does.
 */
void host_signals_take(void (*end)(int number));

/*
 * Closes every descriptor above 2 but the COUNT that are in KEEP, open or not.
 */
int host_descriptors_close(const int *keep, uint32_t count);

/* Opens a regular file, of BYTES bytes now, for reading. */
int host_file_open(const char *path, int *fd, uint64_t *bytes);
/*
 * Reads the SIZE_BYTES bytes at OFFSET of FD into BUFFER, all of them or it is
 * an error.
 */
int host_file_read(int fd, uint64_t offset, void *buffer, uint64_t size_bytes);
/*
 * The same, into the file TO, which ends there: TO_BYTES bytes at TO_OFFSET,
 * the rest of them zero.
 */
int host_file_copy(int fd, uint64_t offset, uint64_t size_bytes, int to,
                   uint64_t to_offset, uint64_t to_bytes);

/*
 * Opens a block device or a regular file for reading and writing, for as long
 * as this process lives the only one to do so. CAPACITY: its size, bytes.
 */
int host_block_open(const char *path, int *fd, uint64_t *capacity);

/*
 * Opens a network device: a tap by its interface's name, or "@FD", a descriptor
 * of a tap or of a socket of frames, which is taken over. It is not blocking
 * afterwards, has no offloads, and never holds a frame that is longer than the
 * MTU allows: such a frame is dropped. MTU: bytes.
 */
int host_net_open(const char *name, int *fd, uint16_t *mtu);

/* The timer, as a poll set reports it; a device is its handle. */
#define HOST_POLL_TIMER UINT64_C(0xfffffffe)

/* Makes a poll set with a timer in it. */
int host_poll_create(int *poll_fd, int *timer_fd);
/* Adds a descriptor that is reported as DATA when it can be read. */
int host_poll_add(int poll_fd, int fd, uint64_t data);

/* ---- For a guest that is a machine of its own ---- */

/*
 * Waits until a device of POLICY can be read, or TIMEOUT_NS are over. READY:
 * the set of handles that can. Returns 0, or -ENODEV with a line: one is gone
 * for good.
 */
int host_poll_wait(const struct policy *policy, uint64_t timeout_ns,
                   uint64_t *ready);

/* What has become of a frame. */
enum host_net_result {
    HOST_NET_MOVED = 0,
    HOST_NET_QUIET = 1, /* none waits; it was dropped: no room, or no link */
    HOST_NET_FAILED = 2,
};

/*
 * Says what DONE means, the result of reading or writing a frame of DEVICE:
 * bytes, or -1 with errno. Returns one of the above, or -ENODEV with a line:
 * the device is gone for good.
 */
int host_net_result(const struct mft_entry *device, ssize_t done);

/* ---- For a guest that is a part of the tender's process ---- */

/*
 * Makes memory of zeroes from START to END, at exactly these addresses, to be
 * read and written; whole pages, in no core dump. Refuses where the system
 * would weaken its protection. Then gives a part of it the rights PROT.
 */
int host_memory_make(uint64_t start, uint64_t end);
int host_memory_protect(uint64_t start, uint64_t end, int prot);

/*
 * Text, which is never writable where it is executed: a file in memory. It is
 * written (host_file_copy), then sealed, so that it never changes, and parts of
 * it are put to where no memory was made, from START to END, to be read and
 * executed: those at OFFSET of it. Then it is closed.
 */
int host_text_make(int *fd);
int host_text_seal(int fd);
int host_text_place(uint64_t start, uint64_t end, int fd, uint64_t offset);

/*
 * Wipes what the system gave this process at its start: arguments, environment,
 * the auxiliary vector and its random bytes. Nobody looks at them afterwards. A
 * list of processes shows PROGRAM, a short name, as far as arguments were long.
 */
int host_start_wipe(const char *program);

/*
 * Address of the function that reads clocks without entering the kernel; 0 if
 * there is none.
 */
uint64_t host_clock_function(void);

/* ---- The sandbox ---- */

/*
 * From here on, no privileges, nor a way to new ones. UID: the user to become,
 * with no other group than GID; 0: the one that we are.
 */
int host_privileges_drop(uint32_t uid, uint32_t gid);

/* From here on, only what POLICY allows. Privileges are dropped before. */
int host_sandbox_enter(const struct policy *policy);
