/* SPDX-License-Identifier: ISC */
/*
 * What a guest of aarch64 has of KVM's own: as little as can be. Contract:
 * hvt/kvm/kvm.h; what is asked for: kernel Documentation/virt/kvm/api.rst,
 * devices/vm.rst (5.) and arm/hypercalls.rst, arm/fw-pseudo-registers.rst.
 */
#include "kvm/kvm.h"

/* As asm/kvm.h of kernel 6.4 has them; the headers may be older. */
struct smccc_filter {
    uint32_t base, functions;
    uint8_t action;
    uint8_t pad[15];
};
#define DENY 1
#define TELL 2 /* KVM_SMCCC_FILTER_FWD_TO_USER */

/*
 * Firmware calls (Arm DEN 0028). Those of power management (PSCI, DEN 0022), by
 * which a guest stops its processor, come to us, and are its end. Of any other,
 * the answer is that there is none; but the architecture's own, from 0x80000000
 * and 0xc0000000 on, which tell of faults of processors, the kernel keeps to
 * itself.
 */
static const struct smccc_filter filters[] = {
    {0, 0x80000000, DENY, {0}},
    {0x80010000, 0x03ff0000, DENY, {0}},
    {0x84000000, 0x20, TELL, {0}},
    {0x84000020, KVM_PSCI_FN_BASE - 0x84000020, DENY, {0}},
    {KVM_PSCI_FN_BASE, 4, TELL, {0}},
    {KVM_PSCI_FN(4), 0xc0000000 - KVM_PSCI_FN(4), DENY, {0}},
    {0xc0010000, 0x03ff0000, DENY, {0}},
    {0xc4000000, 0x20, TELL, {0}},
    {0xc4000020, 0x3bffffe0, DENY, {0}},
};

static int calls_limit(const struct hypervisor *kvm)
{
    static const char what[] = "filter of firmware calls";
    struct kvm_device_attr attribute = {0}; /* group and number of the filter */
    int known = kvm_request(kvm->vm_fd, KVM_HAS_DEVICE_ATTR, &attribute, what);

    /* Kernels before 6.4 have none. */
    if (known < 0)
        return known == -EINVAL ? 0 : known;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        attribute.addr = (uintptr_t)&filters[i];
        TRY(kvm_request(kvm->vm_fd, KVM_SET_DEVICE_ATTR, &attribute, what));
    }
    return 0;
}

#define SERVICES_MAX 16 /* registers; kernel 6.15 has 4 */

/* What the kernel itself answers: random numbers, stolen time, its own. Each
 * register is a set of services; kernels before 5.19 have no register. */
static int services_limit(const struct hypervisor *kvm)
{
    const uint64_t none = 0;
    struct kvm_one_reg set = {KVM_REG_ARM_STD_BMAP, (uintptr_t)&none};

    for (int i = 0; i < SERVICES_MAX; i++) {
        int err = kvm_request(kvm->cpu_fd, KVM_SET_ONE_REG, &set,
                              "services of firmware");

        if (err < 0)
            return err == -ENOENT ? 0 : err;
        set.id++;
    }
    return 0;
}

int kvm_limited_cpu(struct hypervisor *kvm)
{
    struct kvm_vcpu_init init = {0};

    TRY(kvm_new_cpu(kvm));
    TRY(kvm_request(kvm->vm_fd, KVM_ARM_PREFERRED_TARGET, &init,
                    "kind of processor"));
    /* Without KVM_ARM_VCPU_PSCI_0_2: firmware has PSCI 0.1, the least. */
    TRY(kvm_request(kvm->cpu_fd, KVM_ARM_VCPU_INIT, &init, "processor"));
    /* An access to what is no memory, by an instruction that says too little
     * to go on with (Arm ARM, ESR_EL2, ISV), is told: else KVM_RUN fails. */
    TRY(kvm_enable(kvm, kvm->vm_fd, KVM_CAP_ARM_NISV_TO_USER));
    TRY(services_limit(kvm));
    return calls_limit(kvm);
}
