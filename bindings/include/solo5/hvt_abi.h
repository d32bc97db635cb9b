/* SPDX-License-Identifier: ISC */
/*
 * Contract between hvt guests and solo5-hvt, ABI version 2. A hypercall is a
 * 32-bit store of the guest physical address (gpa) of an argument struct, to
 * an I/O port or to an address; which one is the architecture's.
 */
#ifndef SOLO5_HVT_ABI_H
#define SOLO5_HVT_ABI_H

#include "elf_abi.h"

#define HVT_ABI_VERSION 2

/*
 * Guest memory begins at 0; what lies below HVT_GUEST_MIN_BASE is the
 * tender's, and from HVT_BOOT_INFO_BASE on for the guest to read.
 */
#define HVT_BOOT_INFO_BASE 0x10000
#define HVT_GUEST_MIN_BASE 0x100000
#define HVT_MEM_MAX 0x100000000ull /* bytes */

/* Hypercall n: port BASE + n, or address BASE + (n << SHIFT), below END. */
#define HVT_HYPERCALL_PIO_BASE 0x500
#define HVT_HYPERCALL_MMIO_BASE 0x100000000ull
#define HVT_HYPERCALL_MMIO_END 0x140000000ull
#define HVT_HYPERCALL_MMIO_SHIFT 3

/* A guest's address. A tender, to which it is a number from outside, defines
 * HVT_GPA_T as a type of its own before it includes this. */
#ifdef HVT_GPA_T
typedef HVT_GPA_T hvt_gpa_t;
#else
typedef uint64_t hvt_gpa_t;
#endif
SOLO5_ASSERT(sizeof(hvt_gpa_t) == 8, "hvt_gpa_t");

/*
 * Tenders of the field put the manifest after `mft`, at offset 40: a guest
 * reads a later field only if mft >= boot info + sizeof(struct).
 */
struct hvt_boot_info {
    uint64_t mem_size;       /* bytes */
    uint64_t kernel_end;     /* gpa */
    uint64_t cpu_cycle_freq; /* Hz */
    hvt_gpa_t cmdline;       /* a string of at most 8191 bytes */
    hvt_gpa_t mft;
    uint32_t host_features; /* HVT_FEATURE_* */
    uint32_t guest_features;
    hvt_gpa_t net_ring; /* 0: none */
};
SOLO5_ASSERT(offsetof(struct hvt_boot_info, host_features) == 40, "hvt");
SOLO5_ASSERT(sizeof(struct hvt_boot_info) == 56, "hvt_boot_info");

#define HVT_FEATURE_NET_RING (1u << 0)

/*
 * What this project's tender tells beyond the contract. It stands right
 * after boot info, where other tenders put the manifest; so it is there only
 * if boot_info.mft is at or beyond its end and the magic number matches. A
 * field counts only if `size` covers it; new ones are added at the end.
 */
#define HVT_BOOT_EXT_MAGIC 0x3174786574766835ull /* "5hvtext1" */

struct hvt_boot_ext {
    uint64_t magic;
    uint32_t size; /* bytes of this struct as the tender knows it */
    uint32_t reserved;
    uint64_t seed[2]; /* random bytes, new in each run */
};
SOLO5_ASSERT(sizeof(struct hvt_boot_ext) == 32, "hvt_boot_ext");

enum hvt_hypercall {
    HVT_HYPERCALL_WALLTIME = 1,
    HVT_HYPERCALL_PUTS,
    HVT_HYPERCALL_POLL,
    HVT_HYPERCALL_BLOCK_WRITE,
    HVT_HYPERCALL_BLOCK_READ,
    HVT_HYPERCALL_NET_WRITE,
    HVT_HYPERCALL_NET_READ,
    HVT_HYPERCALL_HALT,
};

/* What `ret` says: solo5_result_t. */
enum hvt_result {
    HVT_R_OK,
    HVT_R_AGAIN,
    HVT_R_EINVAL,
    HVT_R_EUNSPEC,
};

struct hvt_hc_walltime {
    uint64_t nsecs; /* OUT: since 1970 */
};
SOLO5_ASSERT(sizeof(struct hvt_hc_walltime) == 8, "WALLTIME");

struct hvt_hc_puts {
    hvt_gpa_t data; /* IN */
    uint64_t len;   /* IN */
};
SOLO5_ASSERT(sizeof(struct hvt_hc_puts) == 16, "PUTS");

struct hvt_hc_poll {
    uint64_t timeout_nsecs; /* IN: from now */
    uint64_t ready_set;     /* OUT */
    int32_t ret;            /* OUT: number of ready devices */
};
SOLO5_ASSERT(sizeof(struct hvt_hc_poll) == 24, "POLL");

/* BLOCK_WRITE and BLOCK_READ. */
struct hvt_hc_block {
    uint64_t handle; /* IN */
    uint64_t offset; /* IN */
    hvt_gpa_t data;  /* IN */
    uint64_t len;    /* IN; of a read, also OUT */
    int32_t ret;     /* OUT: enum hvt_result */
};
SOLO5_ASSERT(sizeof(struct hvt_hc_block) == 40, "BLOCK_WRITE, BLOCK_READ");

/* NET_WRITE and NET_READ. */
struct hvt_hc_net {
    uint64_t handle; /* IN */
    hvt_gpa_t data;  /* IN */
    uint64_t len;    /* IN; of a read, also OUT */
    int32_t ret;     /* OUT: enum hvt_result */
};
SOLO5_ASSERT(sizeof(struct hvt_hc_net) == 32, "NET_WRITE, NET_READ");

#define HVT_HALT_COOKIE_SIZE 512

struct hvt_hc_halt {
    hvt_gpa_t cookie;    /* IN: HVT_HALT_COOKIE_SIZE bytes, or 0 */
    int32_t exit_status; /* IN: 0 to 255, else as a fault of the guest's */
};
SOLO5_ASSERT(sizeof(struct hvt_hc_halt) == 16, "HALT");

#endif
