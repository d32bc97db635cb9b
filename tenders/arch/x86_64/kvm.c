/* SPDX-License-Identifier: ISC */
/*
 * A processor of x86_64 under KVM, as hvt guests expect to find it. Contract:
 * hvt/kvm/kvm.h; bits: AMD APM 2, chapters 3 to 5 and appendix A; MSRs and
 * CPUID: AMD APM 3, appendix E, and Intel SDM 2A, CPUID.
 */
#include "kvm/kvm.h"

#include <string.h>

#include "abi.h"
#include "error.h"

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

/*
 * What a guest cannot have: virtualization, enclaves, the interrupt controller
 * and its timer, counters, waiting, encrypted memory, KVM's own interface.
 */
#define ALL 0xffffffffu
static const struct {
    uint32_t first, last; /* functions of CPUID */
    uint32_t eax, ebx, ecx, edx; /* bits that are hidden */
} hidden[] = {
    /* MONITOR, DS-CPL, VMX, SMX, PDCM, x2APIC, TSC deadline; APIC */
    {0x1, 0x1, 0, 0,
     1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 15 | 1u << 21 | 1u << 24,
     1u << 9},
    {0x5, 0x5, ALL, ALL, ALL, ALL}, /* MONITOR */
    {0x7, 0x7, 0, 1u << 2, 1u << 30, 0}, /* SGX; SGX_LC */
    {0xa, 0xa, ALL, ALL, ALL, ALL}, /* counters */
    {0x12, 0x12, ALL, ALL, ALL, ALL}, /* SGX */
    {0x40000000, 0x4fffffff, ALL, ALL, ALL, ALL}, /* KVM */
    {0x80000001, 0x80000001, 0, 0, 1u << 2, 0}, /* SVM */
    {0x8000000a, 0x8000000a, ALL, ALL, ALL, ALL}, /* SVM */
    {0x8000001f, 0x8000001f, ALL, ALL, ALL, ALL}, /* encrypted memory */
};

#define CPUID_MAX 256

static int cpuid_set(const struct hypervisor *kvm)
{
    static union {
        struct kvm_cpuid2 all;
        uint8_t room[sizeof(struct kvm_cpuid2) +
                     CPUID_MAX * sizeof(struct kvm_cpuid_entry2)];
    } cpuid = {.all.nent = CPUID_MAX};

    TRY(kvm_request(kvm->system_fd, KVM_GET_SUPPORTED_CPUID, &cpuid,
                    "processor's features"));
    for (uint32_t i = 0; i < cpuid.all.nent; i++) {
        struct kvm_cpuid_entry2 *entry = &cpuid.all.entries[i];

        for (size_t j = 0; j < sizeof hidden / sizeof *hidden; j++) {
            if (entry->function < hidden[j].first ||
                entry->function > hidden[j].last)
                continue;
            entry->eax &= ~hidden[j].eax;
            entry->ebx &= ~hidden[j].ebx;
            entry->ecx &= ~hidden[j].ecx;
            entry->edx &= ~hidden[j].edx;
        }
    }
    return kvm_request(kvm->cpu_fd, KVM_SET_CPUID2, &cpuid,
                       "processor's features");
}

/* Model-specific registers that a guest may use; of others, each access is a
 * trap. Kernels before 5.10 cannot do that. */
static int msrs_limit(const struct hypervisor *kvm)
{
    static uint8_t all[1] = {0xff};
    const uint32_t read = KVM_MSR_FILTER_READ, write = KVM_MSR_FILTER_WRITE;
    const struct kvm_msr_filter filter = {
        .flags = KVM_MSR_FILTER_DEFAULT_DENY,
        .ranges = {{read, 1, 0x10, all},               /* TSC */
                   {read | write, 3, 0xc0000100, all}, /* FS, GS, kernel GS */
                   {read | write, 1, 0xc0000103, all}, /* TSC_AUX */
                   {read, 1, 0xc0000080, all}},        /* EFER */
    };
    int has = kvm_request(kvm->system_fd, KVM_CHECK_EXTENSION,
                          (const void *)KVM_CAP_X86_MSR_FILTER, "extensions");

    if (has <= 0)
        return 0;
    return kvm_request(kvm->vm_fd, KVM_X86_SET_MSR_FILTER, &filter,
                       "filter of MSRs");
}

int hypervisor_make_cpu(struct hypervisor *kvm, uint64_t entry, uint64_t stack,
                        const struct guest_memory *low,
                        uint64_t *cycle_frequency)
{
    void *at =
        guest_memory_at(low, (guest_addr_t){LAYOUT_ARCH_BASE}, sizeof segments);
    int khz = kvm_request(kvm->cpu_fd, KVM_GET_TSC_KHZ, NULL,
                          "frequency of the counter");

    if (khz < 0)
        return khz;
    *cycle_frequency = (uint64_t)khz * 1000;
    FAIL_IF(at == NULL, ENOMEM, "no room for segments");
    memcpy(at, segments, sizeof segments);
    TRY(cpuid_set(kvm));
    TRY(msrs_limit(kvm));
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
