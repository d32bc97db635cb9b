/* SPDX-License-Identifier: ISC */
/*
 * How the bindings declare what marks a unikernel: the interpreter that keeps
 * host kernels away, and the ABI and OpenBSD notes (elf_abi.h).
 */
#ifndef ELF_NOTE_H
#define ELF_NOTE_H

#include "elf_abi.h"

/* PT_INTERP of every unikernel: 24 bytes in the file, NUL padded. */
#define SOLO5_INTERP "/nonexistent/solo5/"
#define SOLO5_INTERP_SIZE 24

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
