/* SPDX-License-Identifier: ISC */
/* Clocks: the vDSO's function where the tender names it, else system calls. */
#include "exit.h"
#include "hooks.h"
#include "linux.h"
#include "spt.h"

/* vdso(7): as clock_gettime(2), but 0 or some error, of any sign. */
typedef int clock_gettime_fn(int clock, struct timespec *value);

static int system_call(int clock, struct timespec *value)
{
    return (int)linux_clock_gettime(clock, value);
}

static clock_gettime_fn *clock_gettime = system_call;

void clock_init(uint64_t vdso_clock_gettime)
{
    if (vdso_clock_gettime != 0)
        clock_gettime = (clock_gettime_fn *)vdso_clock_gettime;
}

static uint64_t read_ns(int clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        abort_because("clock", "the host does not tell the time");
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t target_clock_monotonic(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t target_clock_wall(void)
{
    return read_ns(CLOCK_REALTIME);
}
