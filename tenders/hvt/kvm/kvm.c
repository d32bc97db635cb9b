/* SPDX-License-Identifier: ISC */
/* KVM. Contracts: hypervisor.h, kvm.h. */
#include "kvm.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEVICE "/dev/kvm"

int kvm_request(int fd, unsigned long request, const void *arg,
                const char *what)
{
    int result = ioctl(fd, (int)request, arg);

    FAIL_IF(result < 0, errno, DEVICE ": %s: %m", what);
    return result;
}

int kvm_has(const struct hypervisor *kvm, uint32_t capability)
{
    return kvm_request(kvm->system_fd, KVM_CHECK_EXTENSION,
                       (const void *)(uintptr_t)capability, "extensions");
}

int kvm_enable(const struct hypervisor *kvm, int fd, uint32_t capability)
{
    const struct kvm_enable_cap request = {.cap = capability, .args = {1}};
    int has = kvm_has(kvm, capability);

    if (has <= 0)
        return has;
    return kvm_request(fd, KVM_ENABLE_CAP, &request, "extension");
}

int hypervisor_open(struct hypervisor **hypervisor)
{
    static struct hypervisor kvm;
    int version;

    kvm.system_fd = open(DEVICE, O_RDWR | O_CLOEXEC);
    FAIL_IF(
        kvm.system_fd < 0, errno, DEVICE ": %m%s",
        errno == ENOENT
            ? "; load the kernel's kvm module, and see that virtualization is on in the firmware"
        : errno == EACCES ? "; be root or a member of the device's group"
                          : "");
    TRY_GET(version,
            kvm_request(kvm.system_fd, KVM_GET_API_VERSION, NULL, "version"));
    FAIL_IF(version != KVM_API_VERSION, ENODEV,
            DEVICE ": API version %d, not %d", version, KVM_API_VERSION);
    TRY_GET(kvm.vm_fd,
            kvm_request(kvm.system_fd, KVM_CREATE_VM,
                        (const void *)kvm_machine_type, "new machine"));
    *hypervisor = &kvm;
    return 0;
}

int kvm_new_cpu(struct hypervisor *kvm)
{
    int run_bytes;

    TRY_GET(kvm->cpu_fd,
            kvm_request(kvm->vm_fd, KVM_CREATE_VCPU, NULL, "new processor"));
    TRY_GET(run_bytes, kvm_request(kvm->system_fd, KVM_GET_VCPU_MMAP_SIZE, NULL,
                                   "size of processor"));
    kvm->run = mmap(NULL, (size_t)run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                    kvm->cpu_fd, 0);
    FAIL_IF(kvm->run == MAP_FAILED, errno, DEVICE ": state of processor: %m");
    return 0;
}

int hypervisor_add_memory(struct hypervisor *kvm, uint64_t addr, void *host,
                          uint64_t size_bytes, bool read_only)
{
    struct kvm_userspace_memory_region region = {kvm->slots++, 0, addr,
                                                 size_bytes, (uintptr_t)host};
    int can_protect;

    TRY_GET(can_protect, kvm_has(kvm, KVM_CAP_READONLY_MEM));
    if (read_only && can_protect)
        region.flags = KVM_MEM_READONLY;
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

#define CRASHED(...) fail(ERROR_GUEST_FAULT, "the guest crashed: " __VA_ARGS__)

/*
 * What is no hypercall is the end, and the guest's fault: it did what neither
 * KVM nor we have anything for. That holds for reasons of later kernels, too,
 * and for a state that the processor refuses: guests have brought it about.
 * Where in the guest it was, only a request would tell that the sandbox does
 * not allow.
 */
static int ended(const struct kvm_run *run)
{
    switch (run->exit_reason) {
    case KVM_EXIT_FAIL_ENTRY:
        return CRASHED(
            "the processor refuses its state (%#jx)",
            (uintmax_t)run->fail_entry.hardware_entry_failure_reason);
    case KVM_EXIT_SHUTDOWN:
        return CRASHED("a trap that it cannot handle");
    case KVM_EXIT_HLT:
        return CRASHED("it stopped its processor");
    case KVM_EXIT_SET_TPR:
        return CRASHED("it set a priority for interrupts");
    case KVM_EXIT_HYPERCALL:
        return CRASHED("it called its firmware (%#jx)",
                       (uintmax_t)run->hypercall.nr);
    case KVM_EXIT_IO:
        return CRASHED("it used port %#x, %u times %u bytes %s", run->io.port,
                       run->io.count, run->io.size,
                       run->io.direction == KVM_EXIT_IO_OUT ? "out" : "in");
    case KVM_EXIT_MMIO:
        return CRASHED("nothing to %s is at %#jx, %u bytes",
                       run->mmio.is_write ? "write" : "read",
                       (uintmax_t)run->mmio.phys_addr, run->mmio.len);
    case KVM_EXIT_ARM_NISV:
        return CRASHED("nothing to access is at %#jx",
                       (uintmax_t)run->arm_nisv.fault_ipa);
    case KVM_EXIT_INTERNAL_ERROR:
        return CRASHED("it did what KVM cannot go on with (suberror %u)",
                       run->internal.suberror);
    default:
        return CRASHED("exit %u of KVM", run->exit_reason);
    }
}

int hypervisor_run(struct hypervisor *kvm, struct hypercall *call)
{
    if (ioctl(kvm->cpu_fd, KVM_RUN, 0) < 0) {
        if (errno == EINTR || errno == EAGAIN)
            return HYPERVISOR_INTERRUPTED;
        /* With an error, too: a return to 32 bits, which it lacks. */
        if (kvm->run->exit_reason == KVM_EXIT_FAIL_ENTRY)
            return ended(kvm->run);
        /* What else a guest did itself, an exit tells (kvm_limited_cpu). */
        return fail(errno, DEVICE ": run: %m");
    }
    if (kvm_hypercall_read(kvm->run, call))
        return HYPERVISOR_CALLED;
    if (kvm->run->exit_reason == KVM_EXIT_DEBUG)
        return HYPERVISOR_STOPPED;
    return ended(kvm->run);
}
