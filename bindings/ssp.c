/* SPDX-License-Identifier: ISC */
/*
 * The stack protector: a function with a buffer leaves a copy of the guard
 * between it and its return address, and looks at it before it returns.
 */
#include "ssp.h"

#include "arch.h"
#include "exit.h"

/*
 * Names and contracts: GCC manual, -mstack-protector-guard=global. Weak: a C
 * library that is linked may bring its own. Its guard gets our value before
 * the program begins, so it has to be writable.
 */
extern uintptr_t __stack_chk_guard __attribute__((weak));
_Noreturn void __stack_chk_fail(void) __attribute__((weak));

uintptr_t __stack_chk_guard;

/* The finalizer of MurmurHash3: each bit in changes half of those out. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdull;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ull;
    return x ^ (x >> 33);
}

__attribute__((no_stack_protector)) void ssp_init(const uint64_t seed[2])
{
    uint64_t guard = mix(seed[0]);

    guard = mix(guard ^ seed[1]);
    guard = mix(guard ^ arch_ticks());
    /*
     * Eight bits are given away: the byte that is first in memory is zero. So
     * a string that is read beyond its buffer ends before the guard and does
     * not print it, and one that is written beyond it ends where it would put
     * that NUL, and cannot go on to the return address.
     */
    __stack_chk_guard = guard & ~(uintptr_t)0xff;
}

_Noreturn void __stack_chk_fail(void)
{
    abort_because("stack protector", "a buffer on the stack was overrun");
}
