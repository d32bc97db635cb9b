/* SPDX-License-Identifier: ISC */
/*
 * What the files of the hvt target know of each other, and what it asks of an
 * architecture, besides what a machine asks for (machine/machine.h): its entry
 * code, which calls hvt_start, and arch/<arch>/hvt/hypercall.h, which has
 *
 *   void hypercall(enum hvt_hypercall nr, const volatile void *arg)
 *                  the store that leaves the guest; ARG may have changed then
 */
#ifndef HVT_H
#define HVT_H

#include "hvt_abi.h"

/* Called once, by the entry code; see hvt_abi.h. */
_Noreturn void hvt_start(const struct hvt_boot_info *info);

#endif
