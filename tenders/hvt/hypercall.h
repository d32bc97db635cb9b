/* SPDX-License-Identifier: ISC */
/*
 * Does what a guest asks for. All that a guest says is hostile: a wrong handle
 * or range of a device is answered, a wrong address of memory is its end.
 */
#ifndef HVT_HYPERCALL_H
#define HVT_HYPERCALL_H

#include "machine.h"

/* Returns 0, or -EFAULT with one line in ERROR: that was the guest's end. */
int hypercall_do(struct machine *machine, const struct hypercall *call,
                 struct error *error);

#endif
