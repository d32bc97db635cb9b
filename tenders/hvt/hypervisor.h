/* SPDX-License-Identifier: ISC */
/*
 * The seam to the hypervisor: every hook that solo5-hvt needs of it. Each
 * folder hvt/<hypervisor>/ implements exactly these. What returns int returns
 * 0, or -errno with a line.
 */
#pragma once

#include "error.h"
#include "layout.h"
#include "policy.h"

struct hypervisor;

/* What a guest asked for. */
struct hypercall {
    uint32_t nr; /* enum hvt_hypercall, or any other number */
    guest_addr_t arg; /* of its struct */
};

/* Returns a machine without memory, which lives as long as this process. */
int hypervisor_open(struct hypervisor **hypervisor);

/*
 * Makes SIZE_BYTES bytes at HOST the guest's memory at ADDR; both stay ours.
 * READ_ONLY: its machine cannot write there, if this host can see to it.
 */
int hypervisor_add_memory(struct hypervisor *hypervisor, uint64_t addr,
                          void *host, uint64_t size_bytes, bool read_only);

/*
 * Makes its processor ready to start at ENTRY, with stack pointer STACK, first
 * argument HVT_BOOT_INFO_BASE, and page tables at LAYOUT_TABLES_BASE; all are
 * the guest's addresses. LOW: the memory that the guest can only
 * read, where the architecture may put tables of its own, from
 * LAYOUT_ARCH_BASE on. CYCLE_FREQUENCY: of the counter that the guest reads,
 * Hz; 0: the host does not know it.
 */
int hypervisor_make_cpu(struct hypervisor *hypervisor, uint64_t entry,
                        uint64_t stack, const struct guest_memory *low,
                        uint64_t *cycle_frequency);

/*
 * Adds to POLICY what hypervisor_run needs: cpu_fd, cpu_request. The machine is
 * complete: what only making one needs is closed.
 */
void hypervisor_allow(const struct hypervisor *hypervisor,
                      struct policy *policy);

/* Why a guest is not running. */
enum hypervisor_pause {
    HYPERVISOR_CALLED = 0, /* it asks for something: a hypercall */
    HYPERVISOR_INTERRUPTED = 1, /* a signal came; run it again */
    HYPERVISOR_STOPPED = 2, /* a debugger's wish came true (debug/debug.h) */
};

/*
 * Runs the guest. Returns one of the above, with the hypercall in CALL if it
 * is one; or a negative code with a line: -ERROR_GUEST_FAULT if the guest came
 * to an end by what it did itself, any other if the host failed.
 */
int hypervisor_run(struct hypervisor *hypervisor, struct hypercall *call);
