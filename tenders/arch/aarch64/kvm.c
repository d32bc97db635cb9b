/* SPDX-License-Identifier: ISC */
/*
 * A processor of aarch64 under KVM, as hvt guests expect to find it. Contract:
 * hvt/kvm/kvm.h; bits: Arm ARM, D8 (translation) and D19 (registers).
 */
#include "kvm/kvm.h"

#include <string.h>

/* MAIR_EL1: attribute 0 is write-back memory, attribute 1 a device; page tables
 * name them (machine.c). */
#define MAIR_EL1 UINT64_C(0x04ff)

/* A machine's physical addresses: the fewest that processors have and that the
 * memory map fits into; and how TCR_EL1 says so. */
#define ADDRESS_BITS 36
#define ADDRESS_IPS UINT64_C(1)
_Static_assert(LAYOUT_TABLES_END <= UINT64_C(1) << ADDRESS_BITS, "room");
/* Known from kernel 4.20 on. */
const uintptr_t kvm_machine_type = KVM_VM_TYPE_ARM_IPA_SIZE(ADDRESS_BITS);

/*
 * TCR_EL1: 39 bits of address (T0SZ 25), so three levels; tables in
 * write-back, inner shareable memory; nothing above (EPD1).
 */
#define TCR_EL1                                                                \
    (UINT64_C(25) | UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12 | \
     UINT64_C(1) << 23 | ADDRESS_IPS << 32)

/* SCTLR_EL1: what must be one, and M, C, SA and I. */
#define SCTLR_EL1 \
    (UINT64_C(0x30d00800) | 1u << 0 | 1u << 2 | 1u << 3 | 1u << 12)
#define CPACR_EL1_FPEN (UINT64_C(3) << 20)
/* D, A, I and F masked, EL1 with a stack pointer of its own. */
#define PSTATE UINT64_C(0x3c5)

#define SYSTEM_REGISTER(op0, op1, crn, crm, op2) \
    (KVM_REG_SIZE_U64 | ARM64_SYS_REG(op0, op1, crn, crm, op2))
#define CORE_REGISTER(field)                               \
    (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
     offsetof(struct kvm_regs, field) / sizeof(uint32_t))

static int registers_set(int cpu_fd, uint64_t entry, uint64_t stack)
{
    const struct {
        uint64_t id, value;
    } registers[] = {
        {SYSTEM_REGISTER(3, 0, 10, 2, 0), MAIR_EL1},
        {SYSTEM_REGISTER(3, 0, 2, 0, 2), TCR_EL1},
        {SYSTEM_REGISTER(3, 0, 2, 0, 0), LAYOUT_TABLES_BASE}, /* TTBR0_EL1 */
        {SYSTEM_REGISTER(3, 0, 1, 0, 2), CPACR_EL1_FPEN},
        {SYSTEM_REGISTER(3, 0, 1, 0, 0), SCTLR_EL1},
        {CORE_REGISTER(regs.pstate), PSTATE},
        {CORE_REGISTER(regs.pc), entry},
        {CORE_REGISTER(sp_el1), stack},
        {CORE_REGISTER(regs.regs[0]), HVT_BOOT_INFO_BASE},
    };

    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        const struct kvm_one_reg reg = {registers[i].id,
                                        (uintptr_t)&registers[i].value};

        TRY(kvm_request(cpu_fd, KVM_SET_ONE_REG, &reg, "register"));
    }
    return 0;
}

int hypervisor_make_cpu(struct hypervisor *kvm, uint64_t entry, uint64_t stack,
                        const struct guest_memory *low,
                        uint64_t *cycle_frequency)
{
    (void)low; /* nothing of ours */
    __asm__("mrs %0, cntfrq_el0" : "=r"(*cycle_frequency));
    TRY(kvm_limited_cpu(kvm));
    return registers_set(kvm->cpu_fd, entry, stack);
}

bool kvm_hypercall_read(const struct kvm_run *run, struct hypercall *call)
{
    const uint64_t first = HVT_HYPERCALL_MMIO_BASE;
    const uint64_t last = first + (UINT64_C(0xff) << HVT_HYPERCALL_MMIO_SHIFT);
    uint32_t arg;

    if (run->exit_reason != KVM_EXIT_MMIO || !run->mmio.is_write ||
        run->mmio.len != sizeof arg || run->mmio.phys_addr < first ||
        run->mmio.phys_addr > last ||
        run->mmio.phys_addr % (1 << HVT_HYPERCALL_MMIO_SHIFT) != 0)
        return false;
    memcpy(&arg, run->mmio.data, sizeof arg);
    call->nr =
        (uint32_t)((run->mmio.phys_addr - first) >> HVT_HYPERCALL_MMIO_SHIFT);
    call->arg.value = arg;
    return true;
}
