/* SPDX-License-Identifier: ISC */
/* A virtual machine with a guest in it, before its first instruction. */
#ifndef HVT_MACHINE_H
#define HVT_MACHINE_H

#include "addr.h"
#include "guest.h"
#include "hypervisor.h"

struct machine {
    struct guest *guest;
    struct hypervisor *hypervisor;
    struct guest_memory memory; /* all that the guest has */
    bool halted;
    int status; /* once it has halted */
};

/* What both programs of hvt accept. */
#define MACHINE_TARGET                                              \
    .name = "hvt", .abi = SOLO5_TARGET_HVT, .abi_min = 1,           \
    .abi_max = HVT_ABI_VERSION, /* Below 1 MiB is no guest. */      \
        .mem_min = UINT64_C(1) << 20, .mem_max = UINT64_C(4) << 30, \
    .guest_min = HVT_GUEST_MIN_BASE

/* Opens GUEST and makes its machine, ready to run. */
int machine_make(struct machine *machine, struct guest *guest,
                 struct error *error);

#endif
