/* SPDX-License-Identifier: ISC */
/*
 * A guest before it runs: what every tender opens for it. Its memory, and how
 * it is entered, each tender has its own way with.
 */
#ifndef GUEST_H
#define GUEST_H

#include "addr.h"
#include "args.h"
#include "elf_image.h"
#include "filter.h"
#include "host.h"
#include "manifest.h"
#include "target.h"

struct guest {
    const struct target *target;
    const struct arch *arch;
    struct args args;
    struct elf_image image;
    /* Its devices' descriptors, those of polling, and their bounds. */
    struct filter_policy policy;
    /* The last: it ends in an array. */
    union manifest manifest;
};

/*
 * Opens kernel file and devices and fills in the manifest. KERNEL is open
 * afterwards, also the caller's to close. PAGE_BYTES: granularity of memory
 * protection.
 */
int guest_open(struct guest *guest, struct host_file *kernel,
               uint64_t page_bytes, struct error *error);

/* Puts the bytes of segment INDEX to where they belong in MEMORY. */
int guest_load_segment(const struct guest *guest,
                       const struct host_file *kernel, uint32_t index,
                       const struct guest_memory *memory, struct error *error);

/* Puts bytes of ours into MEMORY, which has room for them there. */
void guest_put(const struct guest_memory *memory, uint64_t addr,
               const void *from, size_t size);

/*
 * The one function of each tender: runs GUEST, whose arguments are read.
 * Returns its exit status, or -errno. ERROR, if it is not empty then, is a
 * line for the user.
 */
int tender_run(struct guest *guest, struct error *error);

/* The tender itself; each program defines it. */
extern const struct target tender_target;

#endif
