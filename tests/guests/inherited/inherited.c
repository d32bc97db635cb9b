/* SPDX-License-Identifier: ISC */
/*
 * Looks through all memory of its process that it can find but its own, for
 * what the process was told at its start. It begins at the vDSO, next to which
 * kernels put a static program, and follows each word that is an address.
 * What it looks for, it is told backwards: its tender keeps its arguments.
 */
#include "guest.h"
#include "guest_arch.h"
#include "spt_abi.h"

#define STEP 4096 /* no page is smaller */
#define STEPS_MAX 8192
#define AROUND (UINT64_C(1) << 20)
#define EFAULT 14

static const struct spt_boot_info *const boot =
    (const struct spt_boot_info *)SPT_BOOT_INFO_BASE;

/* Those that can be read. */
static uint64_t steps[STEPS_MAX];
static size_t count;

/* The kernel tells, by the call that reads a time to wait for. */
static bool can_read(uint64_t address)
{
    return syscall6(SYS_TIMERFD_SETTIME, boot->timerfd, 1, (long)address, 0, 0,
                    0) != -EFAULT;
}

static bool is_known(uint64_t step)
{
    for (size_t i = count; i > 0; i--)
        if (steps[i - 1] == step)
            return true;
    return false;
}

static void look_at(uint64_t address)
{
    const uint64_t step = address & ~(uint64_t)(STEP - 1);

    if (step < boot->mem_size || is_known(step) || !can_read(step) ||
        count == STEPS_MAX)
        return;
    steps[count++] = step;
}

/* Follows the words of a step, and goes on to its neighbour. */
static void follow(uint64_t step)
{
    for (size_t i = 0; i < STEP / sizeof(uint64_t); i++) {
        const uint64_t word = ((volatile const uint64_t *)step)[i];

        /* Addresses of user space are the lower ones. */
        if (word >> 56 == 0)
            look_at(word);
    }
    look_at(step + STEP);
}

/* Whether TEXT, as it is or BACKWARDS, begins at ADDRESS, which can be read. */
static bool is_at(uint64_t address, const char *text, bool backwards)
{
    const size_t length = text_length(text);

    for (size_t i = 0; i < length; i++) {
        const uint64_t at = address + i;

        if (at % STEP == 0 && !is_known(at))
            return false;
        if (*(volatile const char *)at != text[backwards ? length - 1 - i : i])
            return false;
    }
    return true;
}

static bool is_text_anywhere(const char *text, bool backwards)
{
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < STEP; at++)
            if (is_at(steps[i] + at, text, backwards))
                return true;
    return false;
}

/* By three of its entries in the order in which kernels put them. */
static bool is_auxiliary_vector_anywhere(void)
{
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at + 5 <= STEP / sizeof(uint64_t); at++) {
            const volatile uint64_t *word =
                (const volatile uint64_t *)steps[i] + at;

            /* AT_PAGESZ, AT_CLKTCK, AT_PHDR (elf.h). */
            if (word[0] == 6 && word[2] == 17 && word[4] == 3)
                return true;
        }
    return false;
}

static void tell(const char *what, bool is_found)
{
    say(what);
    say(is_found ? ": found\n" : ": not found\n");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const struct spt_boot_ext *ext = (const void *)(boot + 1);
    const uint64_t vdso = ext->clock_gettime;

    for (uint64_t at = vdso - AROUND; at < vdso + AROUND; at += STEP)
        look_at(at);
    for (size_t i = 0; i < count; i++)
        follow(steps[i]);
    tell("the tender", is_text_anywhere("x-exec-heap", false));
    tell("what it was told", is_text_anywhere(info->cmdline, true));
    tell("auxiliary vector", is_auxiliary_vector_anywhere());
    return success();
}
