/* SPDX-License-Identifier: ISC */
/*
 * What a debugger needs of the hypervisor, beyond hypervisor.h: every hook,
 * implemented by hvt/<hypervisor>/debug.c and, for an architecture,
 * arch/<arch>/<hypervisor>_debug.c. What returns int returns 0, or -errno with
 * a line.
 */
#pragma once

#include <stddef.h>

#include "hypervisor.h"

/* ---- Registers, as GDB numbers them ---- */

struct debug_register {
    const char *name;
    const char *type; /* of GDB: int, code_ptr, data_ptr, i387_ext, uint128 */
    uint8_t bytes;
};

/* Registers that belong together; the last has no name. */
struct debug_feature {
    const char
        *name; /* org.gnu.gdb... (GDB manual, Standard Target Features) */
    const struct debug_register *registers;
    unsigned count;
};

extern const char debug_architecture[]; /* GDB's name of it */
extern const struct debug_feature debug_features[];

#define DEBUG_MAX_REGISTER_BYTES 2048

/* All of them, one behind the other, each in the guest's byte order. */
int debug_registers_read(const struct hypervisor *hypervisor, uint8_t *out);
int debug_registers_write(const struct hypervisor *hypervisor,
                          const uint8_t *in);

/* ---- Stopping ---- */

/* Kinds of GDB's packets Z and z. */
enum debug_kind {
    DEBUG_SOFTWARE,
    DEBUG_HARDWARE,
    DEBUG_WATCH_WRITE,
    DEBUG_WATCH_READ,
    DEBUG_WATCH_ACCESS,
};

struct debug_point {
    enum debug_kind kind;
    guest_addr_t addr;
    uint64_t bytes;
};

/* The instruction that stands for a breakpoint. */
extern const uint8_t debug_breakpoint[];
extern const size_t debug_breakpoint_bytes;

/*
 * Says where hypervisor_run comes back with HYPERVISOR_STOPPED: after one
 * instruction (STEP), at breakpoint instructions, and at COUNT points, none of
 * them of DEBUG_SOFTWARE. -ENOSPC: the processor has no room for them.
 */
int debug_stop_at(const struct hypervisor *hypervisor, bool step,
                  const struct debug_point *points, size_t count);

/* Why it came back. */
struct debug_stop {
    bool software;
    bool watch;
    bool has_addr; /* with watch: what was touched is known, ... */
    guest_addr_t addr;
    size_t point; /* ... else which point: index, as given to debug_stop_at */
};
void debug_stop_read(const struct hypervisor *hypervisor,
                     struct debug_stop *stop);

/*
 * Tells whether a breakpoint instruction made hypervisor_run fail with
 * -ERROR_GUEST_FAULT, where that is how one stops; the processor then stands at
 * it again.
 */
bool debug_breakpoint_read(const struct hypervisor *hypervisor,
                           guest_addr_t *addr);

/* Makes the next hypervisor_run come back at once; for signal handlers. */
void debug_interrupt(struct hypervisor *hypervisor);
void debug_interrupt_clear(struct hypervisor *hypervisor);

/* ---- Core dumps ---- */

/* How the kernel of that architecture writes a thread's registers. */
#define DEBUG_MAX_CORE_REGISTERS 64
extern const unsigned debug_core_registers;
int debug_core_read(const struct hypervisor *hypervisor, uint64_t *registers);
