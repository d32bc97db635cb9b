/* SPDX-License-Identifier: ISC */
/* What a tender says of itself, and what an architecture's guests look like. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TARGET_MAX_OPTIONS 4

/* One kind of tender; each program defines one. */
struct target {
    const char *program; /* as in messages: "solo5-spt" */
    const char *more_help; /* lines about options that only it has */
    /* Those options, as in args.c. */
    const char *options[TARGET_MAX_OPTIONS];
    uint32_t abi; /* enum solo5_abi_target */
    uint32_t abi_max; /* newest version that runs; the oldest is 1 */
    /* Lowest address of a segment, and so the least memory; the most. Bytes,
     * multiples of a MiB. */
    uint64_t guest_min, mem_max;
};

/* One architecture; tenders/arch/<arch>/arch.c defines it. */
struct arch {
    const char *name;
    uint16_t elf_machine;
    uint32_t guest_page_bytes; /* alignment of segments */
    uint32_t stack_gap_bytes; /* from the end of memory to the first stack */
};

/* Every architecture that this program knows; one in a tender. NULL ends it. */
extern const struct arch *const archs[];
