/* SPDX-License-Identifier: ISC */
/*
 * What every guest that is a whole machine shares, whoever runs it: traps and
 * clocks, and page tables for those that make their own. It knows neither the
 * target nor what lies outside of the machine. This is the whole list of what
 * it asks for, beside hooks.h; what is missing fails at link time.
 *
 * A target says `target_is_machine = true` in its meson.build. Its entry code
 * calls cpu_init() and clock_init(), then start().
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#include "trap.h"

/* ---- Target ---- */

/* Ends the program, which TRAP has stopped, with the status of an abort. All
 * that there is to say has been said. */
_Noreturn void target_end_trapped(const struct trap *trap);

/* Asks for the time of day, ns since 1970; may be slow. */
uint64_t target_ask_time(void);

/* ---- Architecture: arch/<arch>/machine/ ---- */

/* Makes every trap of the processor end in trap_report(). */
void cpu_init(void);

/* Sets the thread pointer. */
void cpu_set_tp(uintptr_t tp);

/* And arch_tables, for targets that make page tables: tables.h. */

/* ---- For the target ---- */

/* Makes the clocks count; FREQUENCY of arch_ticks(), Hz. 0: that is not known,
 * and the program ends with a line. */
void clock_init(uint64_t frequency);

#endif
