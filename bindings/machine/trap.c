/* SPDX-License-Identifier: ISC */
/* Reports traps. Contract: trap.h. */
#include "trap.h"

#include "log.h"
#include "machine.h"

#define PER_LINE 4

_Noreturn void trap_report(const struct trap *trap)
{
    const char *const *name = trap->names;
    const uint64_t *value = trap->registers;
    unsigned left = trap->count;

    log_always("ABORT: trap: %s (%#lx) at %#lx, stack %#lx", trap->name,
               trap->cause, trap->pc, trap->sp);
    if (trap->has_address)
        log_always("trap: address %#lx", trap->address);
    /* A line is an exit to the host. */
    for (; left >= PER_LINE; left -= PER_LINE) {
        log_always("%s %016lx %s %016lx %s %016lx %s %016lx", name[0], value[0],
                   name[1], value[1], name[2], value[2], name[3], value[3]);
        name += PER_LINE;
        value += PER_LINE;
    }
    while (left-- > 0)
        log_always("%s %016lx", *name++, *value++);
    target_end_trapped(trap);
}
