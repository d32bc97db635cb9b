/* SPDX-License-Identifier: ISC */
/*
 * What generic code asks of a target and of an architecture: the whole list.
 * Each target implements every target_ function in its folder; what it lacks
 * fails at link time. Each architecture's arch.h holds the facts and inline
 * functions below; what it lacks fails by name when tls.c or ssp.c compiles.
 *
 * A target starts the program by calling start(), see start.h.
 */
#ifndef HOOKS_H
#define HOOKS_H

#include "mft_abi.h"
#include "solo5.h"

/* ---- Target ---- */

/* Ends the program. status: 0 to 255. */
_Noreturn void target_exit(int status);

/* As solo5_console_write(); one exit to the host if the host plays along. */
void target_console_write(const char *buf, size_t size);

/* Nanoseconds; need not be monotonic to the last bit, solo5_ calls see to it */
uint64_t target_clock_monotonic(void);
uint64_t target_clock_wall(void);

/* As solo5_yield(); returns the set. A deadline of 0 has passed. */
solo5_handle_set_t target_yield(solo5_time_t deadline);

/* As solo5_set_tls_base(). */
solo5_result_t target_set_tls_base(uintptr_t base);

/*
 * As the solo5_ call of that name, the device in place of its handle;
 * `device` is a record of the manifest, its kind and all sizes are checked.
 */
solo5_result_t target_net_write(const struct mft_entry *device,
                                const uint8_t *buf, size_t size);
solo5_result_t target_net_read(const struct mft_entry *device, uint8_t *buf,
                               size_t size, size_t *read_size);

/* The same, for exactly one block. */
solo5_result_t target_block_write(const struct mft_entry *device,
                                  solo5_off_t offset, const uint8_t *buf);
solo5_result_t target_block_read(const struct mft_entry *device,
                                 solo5_off_t offset, uint8_t *buf);

/*
 * ---- Architecture: arch/<arch>/arch.h ----
 *
 * TLS_ABOVE_TP   1: variables lie above the thread pointer, the thread control
 *                block before them; 0: they end where it points, at the block
 * TLS_TP_OFFSET  if above: bytes from the block's start to the thread pointer
 * TLS_TCB_SIZE   bytes of the thread control block, which begins with a
 *                pointer to itself; 0: nothing of it is ours to write
 *
 * uint64_t arch_ticks(void)
 *                a counter that differs from run to run, of any frequency
 *
 * ---- Architecture under Linux: arch/<arch>/syscall.h ----
 *
 * SYS_<NAME>     the number of each system call that spt/linux.h makes
 * struct epoll_event
 *                as the kernel lays it out (epoll_wait(2))
 * long syscall6(long number, long a, long b, long c, long d, long e, long f)
 *                makes a system call; returns its value or -errno
 * long set_tp(uintptr_t tp)
 *                sets the thread pointer; returns 0 or -errno
 *
 * What guests that are whole machines ask for: machine/machine.h.
 */

#endif
