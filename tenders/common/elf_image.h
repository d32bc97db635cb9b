/* SPDX-License-Identifier: ISC */
/*
 * Reads a unikernel's ELF file and plans how to load it. The file is hostile:
 * nothing of it is believed before it is checked, and nothing is loaded here.
 */
#pragma once

#include <elf.h>

#include "addr.h"
#include "manifest.h"
#include "target.h"

#define ELF_MAX_SEGMENTS 32
#define ELF_MAX_HEADERS 128 /* linkers make a dozen */

/* A file, read a piece at a time, each into memory of the reader's own. */
struct elf_file {
    uint64_t bytes;
    /*
     * Reads the SIZE_BYTES bytes at OFFSET, inside the file, into BUFFER.
     * Returns 0, or -errno with a line: also if the file became shorter.
     */
    int (*read)(void *context, uint64_t offset, void *buffer,
                uint64_t size_bytes);
    void *context;
};

/* A part of the file, and where it is to be loaded. */
struct elf_segment {
    guest_addr_t addr;                /* a page's first */
    uint64_t mem_bytes;               /* at least 1 */
    uint64_t file_offset, file_bytes; /* at most mem_bytes */
    uint32_t flags;                   /* PF_R, and PF_W or PF_X or neither */
};

struct elf_image {
    /* IN: the file, and where it is to be loaded. */
    struct elf_file file;
    const struct target *target;
    const struct arch *arch;
    uint64_t mem_bytes; /* end of guest memory */
    /* Granularity of memory protection here, a power of two. */
    uint64_t page_bytes;

    /* OUT */
    uint64_t entry; /* guest address, of a byte of code in the file */
    uint64_t end; /* first page behind the last segment */
    uint32_t abi_version;
    uint32_t segment_count; /* at least 1 */
    struct elf_segment segment[ELF_MAX_SEGMENTS]; /* ascending */

    /* The file's, while it is read. */
    Elf64_Phdr phdr[ELF_MAX_HEADERS];
    struct {
        struct solo5_note_header header;
        uint8_t content[MFT1_NOTE_MAX_DESCSZ];
    } note; /* the last one; none of ours is longer */

    /* OUT, too: last, since its length varies. */
    union manifest manifest;
};

/*
 * Reads headers and notes of IMAGE's file, each of them once, so that nothing
 * can change after it was checked, the manifest (manifest.h) among them. If a
 * segment's protection would spill over into another's page, it is refused.
 * Returns 0, or -ENOEXEC with a line that begins with what is wrong (no file
 * name), or what file.read returned.
 */
int elf_read(struct elf_image *image);

/* Pages of the same rights (PF_*), from START (inclusive) to END. */
struct elf_pages {
    uint64_t start, end;
    uint32_t rights;
};

/*
 * The pages of guest memory that IMAGE, once read, gives the guest, in units of
 * its page_bytes: INDEX counts its segments, and then, as segment_count, what
 * is behind them. They ascend and no page is in two of them (segments of the
 * same rights may share one, which is the first's). All others have no rights.
 */
struct elf_pages elf_pages(const struct elf_image *image, uint32_t index);
