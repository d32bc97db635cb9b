/* SPDX-License-Identifier: ISC */
/*
 * Contract between spt guests and solo5-spt, ABI version 2 (version 1 differs
 * only in what guests may ask of block devices). Shared by both sides.
 *
 * The guest is a part of the tender's process and makes Linux system calls
 * itself, on the descriptors named here and in the manifest. Its memory:
 *
 *   0          not mapped
 *   0x10000    read-only, the tender's: boot info at 0x11000, then the
 *              extension, the manifest and the command line
 *   0x100000   the ELF segments: text, read-only data, data; gaps unmapped
 *   kernel_end heap, read-write, never executable
 *   mem_size   end; the first stack grows down from here
 */
#ifndef SOLO5_SPT_ABI_H
#define SOLO5_SPT_ABI_H

#include "elf_abi.h"

#define SPT_ABI_VERSION 2

#define SPT_HOST_MEM_BASE 0x10000
#define SPT_BOOT_INFO_BASE 0x11000
#define SPT_GUEST_MIN_BASE 0x100000

/* epoll data of the timer; of a net device it is the handle. */
#define SPT_INTERNAL_TIMERFD 0xfffffffeu

struct spt_boot_info {
    uint64_t mem_size;   /* bytes from address 0 */
    uint64_t kernel_end; /* first address after the segments, page aligned */
    uint64_t cmdline;    /* address of a string of at most 8191 bytes */
    uint64_t mft;        /* address of struct mft */
    int32_t epollfd;
    int32_t timerfd; /* CLOCK_MONOTONIC */
};
SOLO5_ASSERT(sizeof(struct spt_boot_info) == 40, "spt_boot_info");

/*
 * What this project's tender tells beyond the contract. It stands right
 * after boot info, where other tenders put the manifest; so it is there only
 * if boot_info.mft is at or beyond its end and the magic number matches. A
 * field counts only if `size` covers it; new ones are added at the end.
 */
#define SPT_BOOT_EXT_MAGIC 0x3174786574707335ull /* "5sptext1" */
#define SPT_BOOT_EXT_BASE (SPT_BOOT_INFO_BASE + sizeof(struct spt_boot_info))

struct spt_boot_ext {
    uint64_t magic;
    uint32_t size; /* bytes of this struct as the tender knows it */
    uint32_t reserved;
    uint64_t clock_gettime; /* the vDSO's function, 0 if there is none */
    uint8_t seed[16];       /* random bytes, new in each run */
};
SOLO5_ASSERT(sizeof(struct spt_boot_ext) == 40, "spt_boot_ext");

#endif
