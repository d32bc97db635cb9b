/* SPDX-License-Identifier: ISC */
/*
 * A processor of x86_64 under KVM, as hvt guests expect to find it. Contract:
 * hvt/kvm/kvm.h; bits: AMD APM 2, chapters 3 to 5.
 */
#include "kvm/kvm.h"

#include <string.h>

#define CR0_PE (1u << 0)
#define CR0_ET (1u << 4)
#define CR0_NE (1u << 5)
#define CR0_WP (1u << 16)
#define CR0_PG (1u << 31)
#define CR4_PAE (1u << 5)
#define CR4_OSFXSR (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define EFER_LME (1u << 8)
#define EFER_LMA (1u << 10)
#define EFER_NXE (1u << 11)
#define RFLAGS_RESERVED (1u << 1)
#define APIC_BASE_ENABLE UINT64_C(0x800)

#define CODE_SELECTOR 8
#define DATA_SELECTOR 16

/* Segments of all addresses, marked accessed: one to execute 64-bit code from,
 * one to write to. */
static const uint64_t segments[] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff};

/* The segment that the processor finds in the table for SELECTOR. */
static struct kvm_segment segment_of(uint16_t selector)
{
    const uint64_t descriptor = segments[selector / sizeof *segments];

    return (struct kvm_segment){.limit = 0xffffffff,
                                .selector = selector,
                                .type = descriptor >> 40 & 0xf,
                                .s = descriptor >> 44 & 1,
                                .present = descriptor >> 47 & 1,
                                .l = descriptor >> 53 & 1,
                                .db = descriptor >> 54 & 1,
                                .g = descriptor >> 55 & 1};
}

static int registers_set(int cpu_fd, uint64_t entry, uint64_t stack)
{
    const struct kvm_regs registers = {
        .rip = entry,
        .rsp = stack,
        .rdi = HVT_BOOT_INFO_BASE,
        .rflags = RFLAGS_RESERVED,
    };
    struct kvm_sregs system = {0};

    TRY(kvm_request(cpu_fd, KVM_GET_SREGS, &system, "system registers"));
    system.cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    system.cr3 = LAYOUT_TABLES_BASE;
    system.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    system.efer = EFER_LME | EFER_LMA | EFER_NXE;
    system.cs = segment_of(CODE_SELECTOR);
    system.ds = segment_of(DATA_SELECTOR);
    system.es = system.fs = system.gs = system.ss = system.ds;
    /* There is no interrupt controller, nor a sign of one in CPUID. */
    system.apic_base &= ~APIC_BASE_ENABLE;
    system.gdt.base = LAYOUT_ARCH_BASE;
    system.gdt.limit = sizeof segments - 1;
    /* Until the guest has one, every trap is its end. */
    system.idt.base = system.idt.limit = 0;
    TRY(kvm_request(cpu_fd, KVM_SET_SREGS, &system, "system registers"));
    return kvm_request(cpu_fd, KVM_SET_REGS, &registers, "registers");
}

const uintptr_t kvm_machine_type = 0; /* there is one kind */

int hypervisor_make_cpu(struct hypervisor *kvm, uint64_t entry, uint64_t stack,
                        const struct guest_memory *low,
                        uint64_t *cycle_frequency)
{
    void *at =
        guest_memory_at(low, (guest_addr_t){LAYOUT_ARCH_BASE}, sizeof segments);
    int khz;

    TRY(kvm_limited_cpu(kvm));
    TRY_GET(khz, kvm_request(kvm->cpu_fd, KVM_GET_TSC_KHZ, NULL,
                             "frequency of the counter"));
    *cycle_frequency = (uint64_t)khz * 1000;
    FAIL_IF(at == NULL, ENOMEM, "no room for segments");
    memcpy(at, segments, sizeof segments);
    return registers_set(kvm->cpu_fd, entry, stack);
}

bool kvm_hypercall_read(const struct kvm_run *run, struct hypercall *call)
{
    uint32_t arg;

    if (run->exit_reason != KVM_EXIT_IO ||
        run->io.direction != KVM_EXIT_IO_OUT || run->io.size != sizeof arg ||
        run->io.count != 1 || run->io.port < HVT_HYPERCALL_PIO_BASE ||
        run->io.port > HVT_HYPERCALL_PIO_BASE + 0xff)
        return false;
    memcpy(&arg, (const uint8_t *)run + run->io.data_offset, sizeof arg);
    call->nr = run->io.port - HVT_HYPERCALL_PIO_BASE;
    call->arg.value = arg;
    return true;
}
