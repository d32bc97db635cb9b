/* SPDX-License-Identifier: ISC */
/*
 * Reads a unikernel's ELF file and plans how to load it. The file is hostile:
 * nothing of it is believed before it is checked, and nothing is loaded here.
 */
#ifndef TENDER_ELF_H
#define TENDER_ELF_H

#include <stdint.h>

#include "error.h"
#include "target.h"

#define ELF_MAX_SEGMENTS 32

/* Protections of a segment. */
#define ELF_READ 1u
#define ELF_WRITE 2u
#define ELF_EXEC 4u

struct elf_segment {
    uint64_t addr;        /* guest address; page aligned */
    uint64_t mem_bytes;   /* at least 1 */
    uint64_t file_offset; /* of its bytes */
    uint64_t file_bytes;  /* at most mem_bytes; the rest is zero */
    uint32_t prot;        /* ELF_READ always; never ELF_WRITE and ELF_EXEC */
};

struct elf_image {
    uint64_t entry; /* guest address, inside an executable segment */
    uint64_t end;   /* first page behind the last segment */
    uint32_t abi_version;
    uint32_t segment_count; /* at least 1 */
    struct elf_segment segment[ELF_MAX_SEGMENTS]; /* ascending */
    /* struct mft of the MFT1 note, in the file. */
    uint64_t mft_offset;
    uint64_t mft_bytes;
};

/*
 * Reads the FILE_BYTES bytes of FILE and fills IMAGE.
 *
 * MEM_BYTES: end of guest memory. HOST_PAGE_BYTES: granularity of memory
 * protection here, a power of two; if a segment's protection would spill over
 * into another's page, the file is refused. Returns 0, or -ENOEXEC with one
 * line in ERROR that begins with what is wrong (no file name).
 */
int elf_read(struct elf_image *image, const uint8_t *file, uint64_t file_bytes,
             const struct target *target, const struct arch *arch,
             uint64_t mem_bytes, uint64_t host_page_bytes, struct error *error);

#endif
