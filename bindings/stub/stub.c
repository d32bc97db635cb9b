/* SPDX-License-Identifier: ISC */
/*
 * A target that links and cannot run, for scripts that only try whether a
 * program links: every hook, and the entry, is a trap.
 */
#include "hooks.h"

/* Nothing here needs the program's own entry: those scripts have main(). */
_Noreturn void _start(void);

_Noreturn void _start(void)
{
    __builtin_trap();
}

_Noreturn void target_exit(int status)
{
    (void)status;
    __builtin_trap();
}

void target_console_write(const char *buf, size_t size)
{
    (void)buf, (void)size;
    __builtin_trap();
}

uint64_t target_clock_monotonic(void)
{
    __builtin_trap();
}

uint64_t target_clock_wall(void)
{
    __builtin_trap();
}

solo5_handle_set_t target_yield(solo5_time_t deadline)
{
    (void)deadline;
    __builtin_trap();
}

solo5_result_t target_set_tls_base(uintptr_t base)
{
    (void)base;
    __builtin_trap();
}

solo5_result_t target_net_write(const struct mft_entry *device,
                                const uint8_t *buf, size_t size)
{
    (void)device, (void)buf, (void)size;
    __builtin_trap();
}

solo5_result_t target_net_read(const struct mft_entry *device, uint8_t *buf,
                               size_t size, size_t *read_size)
{
    (void)device, (void)buf, (void)size, (void)read_size;
    __builtin_trap();
}

solo5_result_t target_block_write(const struct mft_entry *device,
                                  solo5_off_t offset, const uint8_t *buf)
{
    (void)device, (void)offset, (void)buf;
    __builtin_trap();
}

solo5_result_t target_block_read(const struct mft_entry *device,
                                 solo5_off_t offset, uint8_t *buf)
{
    (void)device, (void)offset, (void)buf;
    __builtin_trap();
}
