/* SPDX-License-Identifier: ISC */
/*
 * A processor of x86_64 under KVM, as hvt guests expect to find it. Contract:
 * hvt/kvm/kvm.h; bits: AMD APM 2, chapters 3 to 5 and appendix A; MSRs and
 * CPUID: AMD APM 3, appendix E, and Intel SDM 2A, CPUID.
 */
#include "kvm/kvm.h"

#include <errno.h>
#include <string.h>

#include "elf_image.h"
#include "hvt_abi.h"

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

#define PTE_PRESENT UINT64_C(0x001)
#define PTE_WRITE UINT64_C(0x002)
/* Set from the beginning: the processor has nothing to write back. */
#define PTE_ACCESSED UINT64_C(0x020)
#define PTE_DIRTY UINT64_C(0x040)
#define PTE_BLOCK UINT64_C(0x080)
#define PTE_NO_EXECUTE (UINT64_C(1) << 63)

#define CODE_SELECTOR 8
#define DATA_SELECTOR 16

static uint64_t leaf(uint32_t prot, bool block, bool device)
{
    (void)device; /* hypercalls are ports here */
    return PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | (block ? PTE_BLOCK : 0) |
           (prot & ELF_WRITE ? PTE_WRITE : 0) |
           (prot & ELF_EXEC ? 0 : PTE_NO_EXECUTE);
}

const struct tables_format hypervisor_tables = {
    .levels = 4,
    .table = PTE_PRESENT | PTE_WRITE | PTE_ACCESSED,
    .leaf = leaf,
};

static int registers_set(const struct hypervisor *kvm,
                         const struct hypervisor_start *start,
                         struct error *error)
{
    const struct kvm_regs registers = {
        .rip = start->entry,
        .rsp = start->stack,
        .rdi = start->boot_info,
        .rflags = RFLAGS_RESERVED,
    };
    const struct kvm_segment code = {
        .limit = 0xffffffff,
        .selector = CODE_SELECTOR,
        .type = 0xb, /* execute, read, accessed */
        .present = 1,
        .s = 1,
        .l = 1,
        .g = 1,
    };
    const struct kvm_segment data = {
        .limit = 0xffffffff,
        .selector = DATA_SELECTOR,
        .type = 0x3, /* read, write, accessed */
        .present = 1,
        .db = 1,
        .s = 1,
        .g = 1,
    };
    struct kvm_sregs system = {0};
    int err = kvm_request(kvm->cpu_fd, KVM_GET_SREGS, &system,
                          "system registers", error);

    if (err < 0)
        return err;
    system.cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    system.cr3 = start->tables;
    system.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    system.efer = EFER_LME | EFER_LMA | EFER_NXE;
    system.cs = code;
    system.ds = system.es = system.fs = system.gs = system.ss = data;
    /* There is no interrupt controller, nor a sign of one in CPUID. */
    system.apic_base &= ~APIC_BASE_ENABLE;
    system.gdt.base = HYPERVISOR_LOW;
    system.gdt.limit = 3 * 8 - 1;
    /* Until the guest has one, every trap is its end. */
    system.idt.base = 0;
    system.idt.limit = 0;
    err = kvm_request(kvm->cpu_fd, KVM_SET_SREGS, &system, "system registers",
                      error);
    if (err == 0)
        err = kvm_request(kvm->cpu_fd, KVM_SET_REGS, &registers, "registers",
                          error);
    return err;
}

/* What loads a selector finds the same again; all are marked accessed. */
static int segments_write(const struct guest_memory *low, struct error *error)
{
    static const uint64_t segments[] = {0, 0x00af9b000000ffff,
                                        0x00cf93000000ffff};
    void *at =
        guest_memory_at(low, (guest_addr_t){HYPERVISOR_LOW}, sizeof segments);

    if (at == NULL)
        return error_set(error, EFAULT, "segments");
    memcpy(at, segments, sizeof segments);
    return 0;
}

/* Hides what a guest cannot have: virtualization, enclaves, the interrupt
 * controller and its timer, counters, waiting, and KVM's own interface. */
static void cpuid_hide(struct kvm_cpuid2 *cpuid)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < cpuid->nent; i++) {
        struct kvm_cpuid_entry2 *entry = &cpuid->entries[i];
        const uint32_t kvm_first = 0x40000000, kvm_last = 0x4fffffff;

        switch (entry->function) {
        case 0x1:
            /* MONITOR, DS-CPL, VMX, SMX, PDCM, x2APIC, TSC deadline */
            entry->ecx &= ~(1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 15 |
                            1u << 21 | 1u << 24);
            entry->edx &= ~(1u << 9); /* APIC */
            break;
        case 0x7:
            entry->ebx &= entry->index == 0 ? ~(1u << 2) : ~0u;  /* SGX */
            entry->ecx &= entry->index == 0 ? ~(1u << 30) : ~0u; /* SGX_LC */
            break;
        case 0x5:        /* MONITOR */
        case 0xa:        /* counters */
        case 0x12:       /* SGX */
        case 0x8000000a: /* SVM */
        case 0x8000001f: /* encrypted memory */
            entry->eax = entry->ebx = entry->ecx = entry->edx = 0;
            break;
        case 0x80000001:
            entry->ecx &= ~(1u << 2); /* SVM */
            break;
        default:
            break;
        }
        if (entry->function < kvm_first || entry->function > kvm_last)
            cpuid->entries[kept++] = *entry;
    }
    cpuid->nent = kept;
}

#define CPUID_MAX 256

static int cpuid_set(const struct hypervisor *kvm, struct error *error)
{
    /* All its fields are as large as these. */
    static uint32_t room[(sizeof(struct kvm_cpuid2) +
                          CPUID_MAX * sizeof(struct kvm_cpuid_entry2)) /
                         sizeof(uint32_t)];
    struct kvm_cpuid2 *cpuid = (void *)room;
    int err;

    cpuid->nent = CPUID_MAX;
    err = kvm_request(kvm->system_fd, KVM_GET_SUPPORTED_CPUID, cpuid,
                      "processor's features", error);
    if (err < 0)
        return err;
    cpuid_hide(cpuid);
    return kvm_request(kvm->cpu_fd, KVM_SET_CPUID2, cpuid,
                       "processor's features", error);
}

/* Model-specific registers that a guest may use; of others, each access is a
 * trap. Kernels before 5.10 cannot do that. */
static int msrs_limit(const struct hypervisor *kvm, struct error *error)
{
    static uint8_t all[1] = {0xff};
    const uint32_t read = KVM_MSR_FILTER_READ, write = KVM_MSR_FILTER_WRITE;
    const struct kvm_msr_filter filter = {
        .flags = KVM_MSR_FILTER_DEFAULT_DENY,
        .ranges =
            {
                {read, 1, 0x10, all},                 /* TSC */
                {read | write, 3, 0xc0000100, all},   /* FS, GS, kernel GS */
                {read | write, 1, 0xc0000103, all},   /* TSC_AUX */
                {read, 1, 0xc0000080, all},   /* EFER */
            },
    };

    if (kvm_request(kvm->system_fd, KVM_CHECK_EXTENSION,
                    (const void *)KVM_CAP_X86_MSR_FILTER, "extensions",
                    error) <= 0)
        return 0;
    return kvm_request(kvm->vm_fd, KVM_X86_SET_MSR_FILTER, &filter,
                       "filter of MSRs", error);
}

int kvm_cpu_setup(struct hypervisor *kvm, const struct hypervisor_start *start,
                  const struct guest_memory *low, struct error *error)
{
    int khz = kvm_request(kvm->cpu_fd, KVM_GET_TSC_KHZ, NULL,
                          "frequency of the counter", error);
    int err = khz < 0 ? khz : 0;

    if (err == 0)
        err = segments_write(low, error);
    if (err == 0)
        err = cpuid_set(kvm, error);
    if (err == 0)
        err = msrs_limit(kvm, error);
    if (err == 0)
        err = registers_set(kvm, start, error);
    kvm->cycle_frequency = (uint64_t)khz * 1000;
    return err;
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
    call->arg = arg;
    return true;
}
