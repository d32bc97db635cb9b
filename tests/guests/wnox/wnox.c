/* SPDX-License-Identifier: ISC */
/* Calls code in memory that it can write. */
#include "guest.h"
#include "guest_arch.h"

static const uint8_t code[] = {RETURN_CODE};
static _Alignas(16) uint8_t data[64] = {RETURN_CODE};
static _Alignas(16) uint8_t bss[64];

__attribute__((noinline)) static void call(uint8_t *where)
{
    say("before\n");
    memcpy(where, code, sizeof code);
    __builtin___clear_cache((char *)where, (char *)where + sizeof code);
    ((void (*)(void))(uintptr_t)opaque((uintptr_t)where))();
    say("after\n");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    _Alignas(16) uint8_t stack[64];

    if (text_equal(info->cmdline, "data"))
        call(data);
    else if (text_equal(info->cmdline, "bss"))
        call(bss);
    else if (text_equal(info->cmdline, "stack"))
        call(stack);
    else if (text_equal(info->cmdline, "heap"))
        call((uint8_t *)((info->heap_start + 15) & ~(uintptr_t)15));
    else
        return SOLO5_EXIT_FAILURE;
    return success();
}
