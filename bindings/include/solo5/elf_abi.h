/* SPDX-License-Identifier: ISC */
/*
 * What marks an ELF file as a unikernel: the interpreter that keeps host
 * kernels away, and the ABI and OpenBSD notes. Shared by bindings (which
 * declare the notes) and tenders (which read them); depends on nothing.
 */
#ifndef SOLO5_ELF_ABI_H
#define SOLO5_ELF_ABI_H

#include <stddef.h>
#include <stdint.h>

/* PT_INTERP of every unikernel: 24 bytes in the file, NUL padded. */
#define SOLO5_INTERP "/nonexistent/solo5/"
#define SOLO5_INTERP_SIZE 24

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
_Static_assert(sizeof(struct solo5_note_header) == 20, "ELF note header");

enum solo5_abi_target {
    SOLO5_TARGET_HVT = 1,
    SOLO5_TARGET_SPT = 2,
    SOLO5_TARGET_VIRTIO = 3,
    SOLO5_TARGET_MUEN = 4,
    SOLO5_TARGET_XEN = 6,
};

/* The ABI1 note: which target, and which version of its contract. */
#define SOLO5_ABI1_NOTE_TYPE 0x31494241
#define SOLO5_ABI1_NOTE_ALIGN 4

struct solo5_abi1 {
    uint32_t target; /* enum solo5_abi_target */
    uint32_t version;
    uint32_t reserved[2]; /* 0 */
};
_Static_assert(sizeof(struct solo5_abi1) == 16, "ABI1 descriptor");

struct solo5_abi1_note {
    struct solo5_note_header header;
    struct solo5_abi1 abi;
};
_Static_assert(offsetof(struct solo5_abi1_note, abi) == 20, "ABI1 note");
_Static_assert(sizeof(struct solo5_abi1_note) == 36, "ABI1 note");

/* OpenBSD refuses to start a program that carries no note of its own kind. */
#define SOLO5_NOT_OPENBSD_NOTE_TYPE 1

struct solo5_not_openbsd_note {
    struct solo5_note_header header;
    uint32_t desc; /* 0 */
};
_Static_assert(sizeof(struct solo5_not_openbsd_note) == 24, "OpenBSD note");

#define SOLO5_NOTE_SECTION(name) \
    __attribute__((section(".note.solo5." name), used, aligned(4)))

/* Declares the ABI1 note of a unikernel. TARGET: enum solo5_abi_target. */
#define SOLO5_ABI1_NOTE_DECLARE(TARGET, VERSION)                       \
    SOLO5_NOTE_SECTION("abi")                                          \
    const struct solo5_abi1_note solo5_abi1_note = {                   \
        .header = {sizeof(SOLO5_NOTE_NAME), sizeof(struct solo5_abi1), \
                   SOLO5_ABI1_NOTE_TYPE, SOLO5_NOTE_NAME},             \
        .abi = {.target = (TARGET), .version = (VERSION)},             \
    }

#define SOLO5_NOT_OPENBSD_NOTE_DECLARE                               \
    SOLO5_NOTE_SECTION("not_openbsd")                                \
    const struct solo5_not_openbsd_note solo5_not_openbsd_note = {   \
        .header = {8, sizeof(uint32_t), SOLO5_NOT_OPENBSD_NOTE_TYPE, \
                   "OpenBSD"},                                       \
    }

/* Declares the section that becomes PT_INTERP. */
#define SOLO5_INTERP_DECLARE                  \
    __attribute__((section(".interp"), used)) \
    const char solo5_interp[SOLO5_INTERP_SIZE] = SOLO5_INTERP

#endif
