/* SPDX-License-Identifier: ISC */
/* Debugging on KVM, the same on every architecture. Contract: debug/debug.h. */
#include "debug/debug.h"
#include "kvm.h"

void debug_interrupt(struct hypervisor *kvm)
{
    kvm->run->immediate_exit = 1;
}

void debug_interrupt_clear(struct hypervisor *kvm)
{
    kvm->run->immediate_exit = 0;
}
