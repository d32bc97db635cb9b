/* SPDX-License-Identifier: ISC */
/*
 * The interface between a unikernel and what runs it: the same for every
 * target and architecture. The program defines solo5_app_main() and may call
 * everything else from any stack of its own, from one thread of execution at
 * a time. Pointers are never kept after a call returns, and may not be NULL
 * unless it says so.
 *
 * Calls that take a handle abort the program, with a line that names the call,
 * if the handle was not acquired or is of another kind of device.
 */
#ifndef SOLO5_H
#define SOLO5_H

#include <stdbool.h> /* programs rely on it */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    SOLO5_R_OK = 0,
    SOLO5_R_AGAIN = 1,  /* would have to wait: see solo5_yield() */
    SOLO5_R_EINVAL = 2, /* an argument is wrong; nothing was done */
    SOLO5_R_EUNSPEC = 3 /* the host failed; how much was done is unknown */
} solo5_result_t;

/* ---- Start and end ---- */

struct solo5_start_info {
    const char *cmdline; /* without the words that are the bindings' own */
    /*
     * One region, read-write and never executable, the program's to divide.
     * The first stack grows down from its top: the program leaves it as much
     * room as it needs.
     */
    uintptr_t heap_start; /* address, page aligned */
    size_t heap_size;     /* bytes */
};

#define SOLO5_EXIT_SUCCESS 0
#define SOLO5_EXIT_FAILURE 1
#define SOLO5_EXIT_ABORT 255

/*
 * The program. Its value goes to solo5_exit(). `info` stays valid.
 * Thread-local storage is not set up: see solo5_set_tls_base().
 */
int solo5_app_main(const struct solo5_start_info *info);

/* Ends the program. status: 0 to 254; any other is reserved, and ends it as
 * solo5_abort() does. */
void solo5_exit(int status) __attribute__((noreturn));

/* Ends the program with SOLO5_EXIT_ABORT; may leave a core dump. */
void solo5_abort(void) __attribute__((noreturn));

/* ---- Thread-local storage ---- */

/*
 * Bytes of one thread's block: its variables, their alignment and the thread
 * control block. Never 0. The caller owns the block's memory, and aligns it
 * as the most strictly aligned thread-local variable, at least to a pointer.
 */
size_t solo5_tls_size(void);

/* The value for solo5_set_tls_base() of the block at address `tls`. */
uintptr_t solo5_tls_tp_offset(uintptr_t tls);

/*
 * Gives the variables of the block at address `tls` their first values.
 * EINVAL: tls is 0.
 */
solo5_result_t solo5_tls_init(uintptr_t tls);

/*
 * Makes `base`, from solo5_tls_tp_offset(), the thread pointer; this is all
 * that a switch between threads needs. EINVAL: no possible value.
 */
solo5_result_t solo5_set_tls_base(uintptr_t base);

/* ---- Time ---- */

typedef uint64_t solo5_time_t; /* nanoseconds */

/* Time since a point that stays the same while the program runs; never runs
 * backwards, never wraps. */
solo5_time_t solo5_clock_monotonic(void);

/* UTC since 1970-01-01; jumps when the host's clock is set. */
solo5_time_t solo5_clock_wall(void);

/* ---- Waiting ---- */

typedef uint64_t solo5_handle_t;     /* 1 to 63 */
typedef uint64_t solo5_handle_set_t; /* bit h stands for handle h */

/*
 * Sleeps until the monotonic clock reaches `deadline` or a network device has
 * something to read. A deadline that is past asks what is ready and returns at
 * once; UINT64_MAX is none. *ready_set, unless ready_set is NULL, becomes the
 * set of devices to read, empty if only the time has come.
 */
void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set);

/* ---- Console ---- */

/*
 * Writes `size` bytes of `buf` as they are, in one piece where the host takes
 * it so. Best effort: what the host does not take is lost, silently.
 */
void solo5_console_write(const char *buf, size_t size);

/* ---- Network ---- */

#define SOLO5_NET_ALEN 6  /* bytes of an Ethernet address */
#define SOLO5_NET_HLEN 14 /* bytes of an Ethernet header */

struct solo5_net_info {
    uint8_t mac_address[SOLO5_NET_ALEN];
    size_t mtu; /* bytes, without the header */
};

/*
 * Makes the manifest's network device `name` the program's own; *handle and
 * *info are set. EINVAL: no such network device, or acquired before.
 */
solo5_result_t solo5_net_acquire(const char *name, solo5_handle_t *handle,
                                 struct solo5_net_info *info);

/*
 * Sends one frame, header included, without waiting; where there is no room
 * for it just now, or the network is down, it is dropped as on any network, and
 * the result is OK. A network that is gone for good is the program's end.
 * EINVAL: size is above mtu + SOLO5_NET_HLEN. EUNSPEC: the host refused.
 */
solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf,
                               size_t size);

/*
 * Takes one frame, header included; *read_size becomes its bytes. A longer one
 * than mtu + SOLO5_NET_HLEN is dropped by the host, never cut. AGAIN: none
 * there. EINVAL: size is below mtu + SOLO5_NET_HLEN. EUNSPEC: the host failed.
 */
solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
                              size_t *read_size);

/* ---- Block storage ---- */

typedef uint64_t solo5_off_t; /* bytes */

struct solo5_block_info {
    solo5_off_t capacity;   /* bytes; a multiple of block_size */
    solo5_off_t block_size; /* bytes; a power of two, at least 512 */
};

/*
 * Makes the manifest's block device `name` the program's own; *handle and
 * *info are set. EINVAL: no such block device, or acquired before.
 */
solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle,
                                   struct solo5_block_info *info);

/*
 * Write or read `size` bytes at `offset`, all of them or, but for EUNSPEC,
 * none. EINVAL: offset or size is no multiple of block_size, or the range is
 * not inside the device. EUNSPEC: the host could not; of more than one block,
 * those before the failure are done.
 */
solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset,
                                 const uint8_t *buf, size_t size);
solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset,
                                uint8_t *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
