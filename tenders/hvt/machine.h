/* SPDX-License-Identifier: ISC */
/* A virtual machine with a guest in it. */
#pragma once

#include <signal.h>

#include "guest.h"
#include "hypervisor.h"

struct machine {
    struct guest *guest;
    struct hypervisor *hypervisor;
    struct guest_memory memory; /* all that the guest has */
    volatile sig_atomic_t interrupted; /* a debugger wants it to stop */
    bool halted;
    int status; /* once it has halted */
};

/* What both programs of hvt accept. */
#define MACHINE_TARGET                                   \
    .abi = SOLO5_TARGET_HVT, .abi_max = HVT_ABI_VERSION, \
    .guest_min = HVT_GUEST_MIN_BASE, .mem_max = HVT_MEM_MAX

/* Opens what GUEST names, and the hypervisor. */
int machine_open(struct machine *machine, struct guest *guest);

/* Gives up all privileges, then reads the guest and makes its machine ready to
 * run. */
int machine_make(struct machine *machine);

/*
 * Tells the guest what it is to know (boot.c). CYCLE_FREQUENCY: of its
 * counter, Hz.
 */
int machine_tell(const struct machine *machine, uint64_t cycle_frequency);

/*
 * Does what a guest asks for (hypercall.c). All that it says is hostile: a
 * wrong handle or range of a device is answered, a wrong address of memory is
 * its end. Returns 0, or -ERROR_GUEST_FAULT with a line.
 */
int machine_hypercall(struct machine *machine, const struct hypercall *call);
