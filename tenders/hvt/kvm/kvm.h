/* SPDX-License-Identifier: ISC */
/*
 * KVM (kernel Documentation/virt/kvm/api.rst), and the hooks that it asks of
 * an architecture: arch/<arch>/kvm_limits.c implements kvm_limited_cpu, and
 * arch/<arch>/kvm.c the others and hypervisor_make_cpu.
 */
#pragma once

#include <linux/kvm.h>

#include "hypervisor.h"

struct hypervisor {
    int system_fd; /* /dev/kvm */
    int vm_fd, cpu_fd;
    struct kvm_run *run;
    uint32_t slots; /* of memory, in use */
};

/* Makes a request to FD. Returns its result; its line names WHAT. */
int kvm_request(int fd, unsigned long request, const void *arg,
                const char *what);

/* Tells what this kernel has of a capability; 0: it does not know it. */
int kvm_has(const struct hypervisor *kvm, uint32_t capability);

/*
 * Enables a capability, with an argument of 1, at FD, a machine or a processor.
 * Returns 0 also if this kernel does not know it.
 */
int kvm_enable(const struct hypervisor *kvm, int fd, uint32_t capability);

/* Makes the machine's processor: cpu_fd and run. */
int kvm_new_cpu(struct hypervisor *kvm);

/* ---- Of an architecture ---- */

/* What kind of machine to make: KVM_CREATE_VM's argument. */
extern const uintptr_t kvm_machine_type;

/*
 * Makes the machine's processor, by kvm_new_cpu, and leaves its guest as little
 * of KVM's own as this kernel allows, and nothing by which KVM_RUN fails.
 */
int kvm_limited_cpu(struct hypervisor *kvm);

/* Reads a hypercall out of RUN. Returns false if it holds none. */
bool kvm_hypercall_read(const struct kvm_run *run, struct hypercall *call);
