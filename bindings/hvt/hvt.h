/* SPDX-License-Identifier: ISC */
/*
 * What the files of the hvt target know of each other, and what it asks of an
 * architecture: arch/<arch>/hvt/cpu.h has
 *
 *   void hypercall(enum hvt_hypercall nr, const volatile void *arg)
 *                  the store that leaves the guest; ARG may have changed then
 *   void cpu_set_tp(uintptr_t tp)
 *                  sets the thread pointer
 *
 * and cpu.c the function below.
 */
#ifndef HVT_H
#define HVT_H

#include <stdint.h>

#include "hvt_abi.h"

/* Called once, by the entry code; see hvt_abi.h. */
_Noreturn void hvt_start(const struct hvt_boot_info *boot);

/* Makes every trap of the processor end in trap_report(). */
void cpu_init(void);

/* Makes the clocks count; FREQUENCY of arch_ticks(), Hz. */
void clock_init(uint64_t frequency);

/*
 * Ends the program. COOKIE: HVT_HALT_COOKIE_SIZE bytes that say more, in an
 * order that is the architecture's, or NULL.
 */
_Noreturn void hvt_halt(int status, const void *cookie);

#endif
