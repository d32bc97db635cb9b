/* SPDX-License-Identifier: ISC */
/*
 * KVM (kernel Documentation/virt/kvm/api.rst), and the hooks that it asks of
 * an architecture: arch/<arch>/kvm.c implements exactly these, and
 * hypervisor_tables.
 */
#ifndef HVT_KVM_H
#define HVT_KVM_H

#include <linux/kvm.h>

#include "hypervisor.h"

struct hypervisor {
    int system_fd; /* /dev/kvm */
    int vm_fd;
    int cpu_fd;
    struct kvm_run *run;
    uint32_t slots; /* of memory, in use */
    uint64_t cycle_frequency; /* Hz; the architecture's to set */
};

/*
 * Makes a request to FD. Returns its result, or -errno with one line in ERROR
 * that names WHAT.
 */
int kvm_request(int fd, unsigned long request, const void *arg,
                const char *what, struct error *error);

/* Sets the processor up; see hypervisor_make_cpu. */
int kvm_cpu_setup(struct hypervisor *hypervisor,
                  const struct hypervisor_start *start,
                  const struct guest_memory *low, struct error *error);

/* Reads a hypercall out of RUN. Returns false if it holds none. */
bool kvm_hypercall_read(const struct kvm_run *run, struct hypercall *call);

#endif
