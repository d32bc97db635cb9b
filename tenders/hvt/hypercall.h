/* SPDX-License-Identifier: ISC */
/*
 * Does what a guest asks for. All that a guest says is hostile: a wrong handle
 * or range of a device is answered, a wrong address of memory is its end.
 */
#ifndef HVT_HYPERCALL_H
#define HVT_HYPERCALL_H

#include "addr.h"
#include "guest.h"
#include "hypervisor.h"

struct machine {
    const struct guest *guest;
    struct guest_memory memory; /* all of it */
    bool halted;
    int status; /* once it has halted */
};

/* Returns 0, or -EFAULT with one line in ERROR: that was the guest's end. */
int hypercall_do(struct machine *machine, const struct hypercall *call,
                 struct error *error);

#endif
