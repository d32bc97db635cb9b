/* SPDX-License-Identifier: ISC */
/* Brings the stack protector's names, as a C library does. */
#include "guest.h"

extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

uintptr_t __stack_chk_guard = 0x111;

_Noreturn void __stack_chk_fail(void)
{
    say("its own\n");
    solo5_exit(7);
}

__attribute__((noinline)) static void smash(size_t size)
{
    volatile char small[16];

    for (size_t i = 0; i < size; i++)
        *opaque((uintptr_t)small + i) = 'x';
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    CHECK(__stack_chk_guard != 0x111);
    CHECK((__stack_chk_guard & 0xff) == 0);
    smash(16);
    say("whole\n");
    smash(64);
    say("FAILED: nobody noticed\n");
    return SOLO5_EXIT_FAILURE;
}
