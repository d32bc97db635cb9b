/* SPDX-License-Identifier: ISC */
/*
 * What marks an ELF file as a unikernel: its notes, as a tender reads them. The
 * bindings declare them (elf_note.h). Depends on nothing.
 */
#ifndef SOLO5_ELF_ABI_H
#define SOLO5_ELF_ABI_H

#include <stdbool.h> /* programs rely on it */
#include <stddef.h>
#include <stdint.h>

/* What the compiler is to check; C and C++ have two names for it. */
#ifdef __cplusplus
#define SOLO5_ASSERT static_assert
#else
#define SOLO5_ASSERT _Static_assert
#endif

/* Owner of the ABI and manifest notes; 6 bytes with NUL, padded to 8. */
#define SOLO5_NOTE_NAME "Solo5"

/*
 * Notes begin with this header and owner name (System V gABI, "Note
 * Section"), 20 bytes in all; the descriptor follows at the note's alignment.
 */
struct solo5_note_header {
    uint32_t n_namesz; /* bytes of the name with NUL, without padding */
    uint32_t n_descsz; /* bytes of the descriptor, alignment included */
    uint32_t n_type;
    char n_name[8];
};
SOLO5_ASSERT(sizeof(struct solo5_note_header) == 20, "ELF note header");

enum solo5_abi_target {
    SOLO5_TARGET_HVT = 1,
    SOLO5_TARGET_SPT = 2,
    SOLO5_TARGET_VIRTIO = 3,
    /* 4 (muen) and 6 (xen) are other people's. */
};

/* The ABI1 note: which target, and which version of its contract. */
#define SOLO5_ABI1_NOTE_TYPE 0x31494241

struct solo5_abi1 {
    uint32_t target; /* enum solo5_abi_target */
    uint32_t version;
    uint32_t reserved[2]; /* 0 */
};
SOLO5_ASSERT(sizeof(struct solo5_abi1) == 16, "ABI1 descriptor");

#endif
