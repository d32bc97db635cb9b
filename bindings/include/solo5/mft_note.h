/* SPDX-License-Identifier: ISC */
/*
 * How a unikernel declares its manifest's note. Included by mft_abi.h where
 * MFT_ENTRIES is defined.
 */
#ifndef SOLO5_MFT_NOTE_H
#define SOLO5_MFT_NOTE_H

#include "mft_abi.h"

SOLO5_ASSERT((MFT_ENTRIES) >= 1 && (MFT_ENTRIES) <= MFT_MAX_ENTRIES,
             "MFT_ENTRIES");

#define MFT1_NOTE_ALIGN 8

struct mft1_note {
    struct solo5_note_header header;
    struct {
        uint32_t version;
        uint32_t entries;
        struct mft_entry e[MFT_ENTRIES];
    } m __attribute__((aligned(MFT1_NOTE_ALIGN)));
};
SOLO5_ASSERT(offsetof(struct mft1_note, m) == 24, "MFT1 note");

/*
 * An initializer of {.version, .entries, .e} stands between the two; code
 * outside the file finds the note by its symbol, the tender by PT_NOTE.
 */
#define MFT1_NOTE_DECLARE_BEGIN                                        \
    extern const struct mft1_note __solo5_mft1_note;                   \
    __attribute__((section(".note.solo5.manifest"), used,              \
                   aligned(MFT1_NOTE_ALIGN)))                          \
    const struct mft1_note __solo5_mft1_note = {                       \
        .header = {sizeof(SOLO5_NOTE_NAME), 4 + MFT_SIZE(MFT_ENTRIES), \
                   MFT1_NOTE_TYPE, SOLO5_NOTE_NAME},                   \
        .m =
#define MFT1_NOTE_DECLARE_END \
    }                         \
    ;

#endif
