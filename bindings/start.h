/* SPDX-License-Identifier: ISC */
/* The way from a target's entry code into the program. */
#ifndef START_H
#define START_H

#include "mft_abi.h"

/* What a target learns from whoever started it. */
struct boot {
    const char *target;    /* for messages */
    const char *cmdline;   /* stays valid */
    const struct mft *mft; /* stays valid; filled in by the tender */
    uintptr_t heap_start;  /* address, page aligned */
    uintptr_t heap_end;    /* address; the stack in use ends here */
    uint64_t seed[2];      /* as unpredictable as the target can make it */
};

/* Makes the bindings ready, runs the program and ends it. */
_Noreturn void start(const struct boot *boot);

#endif
