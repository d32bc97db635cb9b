/* SPDX-License-Identifier: ISC */
/*
 * KVM (kernel Documentation/virt/kvm/api.rst), and the hooks that it asks of
 * an architecture: arch/<arch>/kvm.c implements exactly kvm_hypercall_read and
 * hypervisor_make_cpu.
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

/* Reads a hypercall out of RUN. Returns false if it holds none. */
bool kvm_hypercall_read(const struct kvm_run *run, struct hypercall *call);
