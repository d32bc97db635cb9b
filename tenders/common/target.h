/* SPDX-License-Identifier: ISC */
/* What a tender says of itself, and what an architecture's guests look like. */
#ifndef TENDER_TARGET_H
#define TENDER_TARGET_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct filter_arch;

/* One kind of tender; each program defines one. */
struct target {
    const char *name; /* as in messages: "spt" */
    const char *program; /* "solo5-spt" */
    const char *more_help; /* lines about options that only it has */
    bool has_exec_heap; /* --x-exec-heap */
    /* Takes an option that only it has: 1; 0: not one of them; or -errno with
     * one line in ERROR. NULL: there are none. */
    int (*more_option)(const char *word, struct error *error);
    uint32_t abi; /* enum solo5_abi_target */
    uint32_t abi_min; /* oldest version that runs */
    uint32_t abi_max; /* newest version that runs */
    uint64_t mem_min; /* least and most memory, bytes */
    uint64_t mem_max;
    uint64_t guest_min; /* lowest address of a segment */
};

/* One architecture; tenders/arch/<arch>/arch.c defines it. */
struct arch {
    const char *name;
    uint16_t elf_machine;
    uint32_t guest_page_bytes; /* alignment of segments */
    uint32_t stack_gap_bytes; /* from the end of memory to the first stack */
    const char *vdso_clock_gettime;
    const struct filter_arch *filter;
};

/* Every architecture that this program knows; one in a tender. NULL ends it. */
extern const struct arch *const archs[];

/* Returns the architecture of that name, or NULL. */
const struct arch *arch_find(const char *name);

#endif
