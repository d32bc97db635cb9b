/* SPDX-License-Identifier: ISC */
/*
 * Reads a unikernel's ELF file and plans how to load it. The file is hostile:
 * nothing of it is believed before it is checked, and nothing is loaded here.
 */
#pragma once

#include <elf.h>

#include "addr.h"
#include "target.h"

#define ELF_MAX_SEGMENTS 32

/* A part of the file, and where it is to be loaded. */
struct elf_segment {
    guest_addr_t addr;                /* a page's first */
    uint64_t mem_bytes;               /* at least 1 */
    uint64_t file_offset, file_bytes; /* at most mem_bytes */
    uint32_t flags;                   /* PF_R, and PF_W or PF_X or neither */
};

struct elf_image {
    /* IN: the file, and where it is to be loaded. */
    uint8_t *file; /* read-only */
    uint64_t file_bytes;
    const struct target *target;
    const struct arch *arch;
    uint64_t mem_bytes; /* end of guest memory */
    /* Granularity of memory protection here, a power of two. */
    uint64_t page_bytes;

    /* OUT */
    uint64_t entry; /* guest address */
    bool entry_is_code; /* it lies inside an executable segment */
    uint64_t end; /* first page behind the last segment */
    uint32_t abi_version;
    uint32_t segment_count; /* at least 1 */
    struct elf_segment segment[ELF_MAX_SEGMENTS]; /* ascending */
    /* struct mft of the MFT1 note, in the file. */
    uint64_t mft_offset, mft_bytes;
};

/*
 * Reads IMAGE's file. If a segment's protection would spill over into
 * another's page, it is refused. Returns 0, or -ENOEXEC with a line that
 * begins with what is wrong (no file name).
 */
int elf_read(struct elf_image *image);
