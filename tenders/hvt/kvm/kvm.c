/* SPDX-License-Identifier: ISC */
/* KVM. Contracts: hypervisor.h, kvm.h. */
#include "kvm.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"

#define DEVICE "/dev/kvm"

int kvm_request(int fd, unsigned long request, const void *arg,
                const char *what)
{
    int result = ioctl(fd, (int)request, arg);

    FAIL_IF(result < 0, errno, DEVICE ": %s: %m", what);
    return result;
}

int hypervisor_open(struct hypervisor **hypervisor)
{
    static struct hypervisor kvm;
    int version, run_bytes;

    kvm.system_fd = open(DEVICE, O_RDWR | O_CLOEXEC);
    FAIL_IF(
        kvm.system_fd < 0, errno, DEVICE ": %m%s",
        errno == ENOENT
            ? "; load the kernel's kvm module, and see that virtualization is on in the firmware"
        : errno == EACCES ? "; be root or a member of the device's group"
                          : "");
    version = kvm_request(kvm.system_fd, KVM_GET_API_VERSION, NULL, "version");
    if (version < 0)
        return version;
    FAIL_IF(version != KVM_API_VERSION, ENODEV,
            DEVICE ": API version %d, not %d", version, KVM_API_VERSION);
    kvm.vm_fd = kvm_request(kvm.system_fd, KVM_CREATE_VM, NULL, "new machine");
    if (kvm.vm_fd < 0)
        return kvm.vm_fd;
    kvm.cpu_fd = kvm_request(kvm.vm_fd, KVM_CREATE_VCPU, NULL, "new processor");
    if (kvm.cpu_fd < 0)
        return kvm.cpu_fd;
    run_bytes = kvm_request(kvm.system_fd, KVM_GET_VCPU_MMAP_SIZE, NULL,
                            "size of processor");
    if (run_bytes < 0)
        return run_bytes;
    kvm.run = mmap(NULL, (size_t)run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                   kvm.cpu_fd, 0);
    FAIL_IF(kvm.run == MAP_FAILED, errno, DEVICE ": state of processor: %m");
    *hypervisor = &kvm;
    return 0;
}

int hypervisor_add_memory(struct hypervisor *kvm, uint64_t addr, void *host,
                          uint64_t size_bytes)
{
    const struct kvm_userspace_memory_region region = {
        kvm->slots++, 0, addr, size_bytes, (uintptr_t)host};

    return kvm_request(kvm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region,
                       "guest memory");
}

void hypervisor_allow(const struct hypervisor *kvm, struct policy *policy)
{
    /* The processor keeps the machine. */
    close(kvm->system_fd);
    close(kvm->vm_fd);
    policy->cpu_fd = kvm->cpu_fd;
    policy->cpu_request = KVM_RUN;
}

/*
 * What is no hypercall is the end. Where in the guest that was, only a request
 * would tell that the sandbox does not allow.
 */
static int ended(const struct kvm_run *run)
{
    switch (run->exit_reason) {
    case KVM_EXIT_SHUTDOWN:
        return fail(ERROR_GUEST_FAULT,
                    "the guest crashed: a trap that it cannot handle");
    case KVM_EXIT_HLT:
        return fail(ERROR_GUEST_FAULT,
                    "the guest crashed: it stopped its processor");
    case KVM_EXIT_IO:
        return fail(ERROR_GUEST_FAULT, "the guest crashed: it used port %#x",
                    run->io.port);
    case KVM_EXIT_MMIO:
        return fail(ERROR_GUEST_FAULT, "the guest crashed: nothing is at %#jx",
                    (uintmax_t)run->mmio.phys_addr);
    case KVM_EXIT_INTERNAL_ERROR:
        return fail(EIO, DEVICE ": cannot run the guest (suberror %u)",
                    run->internal.suberror);
    default:
        return fail(EIO, DEVICE ": unexpected exit %u (%#jx)", run->exit_reason,
                    (uintmax_t)run->hw.hardware_exit_reason);
    }
}

int hypervisor_run(struct hypervisor *kvm, struct hypercall *call)
{
    if (ioctl(kvm->cpu_fd, KVM_RUN, 0) < 0) {
        if (errno == EINTR || errno == EAGAIN)
            return HYPERVISOR_INTERRUPTED;
        /* By an instruction that a hypervisor cannot read (Arm ARM, ESR_EL2,
         * ISV). */
        FAIL_IF(errno == ENOSYS, ERROR_GUEST_FAULT,
                "the guest crashed: it accessed what is no memory");
        return fail(errno, DEVICE ": run: %m");
    }
    if (kvm_hypercall_read(kvm->run, call))
        return 0;
    if (kvm->run->exit_reason == KVM_EXIT_DEBUG)
        return HYPERVISOR_STOPPED;
    return ended(kvm->run);
}
