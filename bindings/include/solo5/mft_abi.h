/* SPDX-License-Identifier: ISC */
/*
 * The application manifest (note MFT1, version 1): which devices a unikernel
 * needs, and, once the tender has filled them in, what they are. Shared by
 * bindings, tenders and the C that `solo5-elftool gen-manifest` writes.
 *
 * A file that declares a manifest defines MFT_ENTRIES, the number of its
 * records with the reserved one, before it includes this header.
 */
#ifndef SOLO5_MFT_ABI_H
#define SOLO5_MFT_ABI_H

#include "elf_abi.h"

#define MFT_VERSION 1
#define MFT_MAX_ENTRIES 64
#define MFT_NAME_SIZE 68             /* with NUL */
#define MFT1_NOTE_TYPE 0x3154464d
/* What aligns struct mft after the note's header is part of the descriptor. */
#define MFT1_NOTE_PAD 4

typedef enum mft_type {
    MFT_DEV_BLOCK_BASIC = 1,
    MFT_DEV_NET_BASIC = 2,
    /* Type of record 0, which makes handle 0 "no device". */
    MFT_RESERVED_FIRST = 1 << 30,
} mft_type_t;

struct mft_block_basic {
    uint64_t capacity;   /* bytes; at least one block */
    uint16_t block_size; /* bytes; a power of two from 512 to 32768 */
};

struct mft_net_basic {
    uint8_t mac[6];
    uint16_t mtu; /* bytes, without the 14 of the Ethernet header */
};

/* One device; its index is its handle. Zero after `type` in the file. */
struct mft_entry {
    char name[MFT_NAME_SIZE]; /* 1 to 67 of [A-Za-z0-9], then NUL */
    uint32_t type;            /* mft_type_t */
    union {
        struct mft_block_basic block_basic;
        struct mft_net_basic net_basic;
    } u;
    union {
        int32_t hostfd; /* filled in by the tender */
        uint64_t reserved;
    } b;
    uint8_t attached; /* 1 once the tender has filled the record in */
};
SOLO5_ASSERT(offsetof(struct mft_entry, type) == 68 &&
                 offsetof(struct mft_entry, u) == 72 &&
                 offsetof(struct mft_entry, b) == 88 &&
                 offsetof(struct mft_entry, attached) == 96 &&
                 sizeof(struct mft_entry) == 104,
             "mft_entry");

struct mft {
    uint32_t version; /* MFT_VERSION */
    uint32_t entries; /* 1 to MFT_MAX_ENTRIES */
    struct mft_entry e[];
};
SOLO5_ASSERT(sizeof(struct mft) == 8, "mft");

#define MFT_SIZE(entries_) \
    (sizeof(struct mft) + (entries_) * sizeof(struct mft_entry))
#define MFT1_NOTE_MAX_DESCSZ 6668u
SOLO5_ASSERT(MFT1_NOTE_MAX_DESCSZ == MFT1_NOTE_PAD + MFT_SIZE(64), "MFT1 note");

/* A file that declares a manifest. */
#ifdef MFT_ENTRIES
#include "mft_note.h"
#endif

#endif
