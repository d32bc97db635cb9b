/* SPDX-License-Identifier: ISC */
/* KVM. Contracts: hypervisor.h, kvm.h. */
#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEVICE "/dev/kvm"

int kvm_request(int fd, unsigned long request, const void *arg,
                const char *what, struct error *error)
{
    int result = ioctl(fd, (int)request, arg);

    if (result < 0)
        return error_set(error, errno, DEVICE ": %s: %s", what,
                         strerror(errno));
    return result;
}

static int system_open(struct error *error)
{
    int fd = open(DEVICE, O_RDWR | O_CLOEXEC), version;

    if (fd < 0)
        return error_set(
            error, errno, DEVICE ": %s%s", strerror(errno),
            errno == ENOENT   ? "; load the kernel's kvm module, and see that "
                                "virtualization is on in the firmware"
            : errno == EACCES ? "; be root or a member of the device's group"
                              : "");
    version = ioctl(fd, KVM_GET_API_VERSION, 0);
    if (version != KVM_API_VERSION) {
        close(fd);
        return error_set(error, ENODEV, DEVICE ": API version %d, not %d",
                         version, KVM_API_VERSION);
    }
    return fd;
}

int hypervisor_open(struct hypervisor **hypervisor, struct error *error)
{
    static struct hypervisor kvm;
    void *run;
    int err = 0, run_bytes;

    kvm.system_fd = system_open(error);
    if (kvm.system_fd < 0)
        return kvm.system_fd;
    kvm.vm_fd =
        kvm_request(kvm.system_fd, KVM_CREATE_VM, NULL, "new machine", error);
    if (kvm.vm_fd < 0) {
        err = kvm.vm_fd;
        goto err_system;
    }
    kvm.cpu_fd =
        kvm_request(kvm.vm_fd, KVM_CREATE_VCPU, NULL, "new processor", error);
    if (kvm.cpu_fd < 0) {
        err = kvm.cpu_fd;
        goto err_vm;
    }
    run_bytes = kvm_request(kvm.system_fd, KVM_GET_VCPU_MMAP_SIZE, NULL,
                            "size of processor", error);
    if (run_bytes < 0) {
        err = run_bytes;
        goto err_cpu;
    }
    run = mmap(NULL, (size_t)run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
               kvm.cpu_fd, 0);
    if (run == MAP_FAILED) {
        err = error_set(error, errno, DEVICE ": state of processor: %s",
                        strerror(errno));
        goto err_cpu;
    }
    kvm.run = run;
    *hypervisor = &kvm;
    return 0;

err_cpu:
    close(kvm.cpu_fd);
err_vm:
    close(kvm.vm_fd);
err_system:
    close(kvm.system_fd);
    return err;
}

int hypervisor_add_memory(struct hypervisor *kvm, uint64_t addr, void *host,
                          uint64_t size_bytes, struct error *error)
{
    const struct kvm_userspace_memory_region region = {
        .slot = kvm->slots++,
        .guest_phys_addr = addr,
        .memory_size = size_bytes,
        .userspace_addr = (uintptr_t)host,
    };

    return kvm_request(kvm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region,
                       "guest memory", error);
}

int hypervisor_make_cpu(struct hypervisor *kvm,
                        const struct hypervisor_start *start,
                        const struct guest_memory *low, struct error *error)
{
    return kvm_cpu_setup(kvm, start, low, error);
}

uint64_t hypervisor_cycle_frequency(const struct hypervisor *kvm)
{
    return kvm->cycle_frequency;
}

void hypervisor_allow(const struct hypervisor *kvm,
                      struct filter_policy *policy)
{
    policy->cpu_fd = kvm->cpu_fd;
    policy->cpu_request = KVM_RUN;
}

/*
 * What is no hypercall is the end. Where in the guest that was, only a request
 * would tell that the sandbox does not allow.
 */
static int ended(const struct kvm_run *run, struct error *error)
{
    switch (run->exit_reason) {
    case KVM_EXIT_SHUTDOWN:
        return error_set(error, EFAULT,
                         "the guest crashed: a trap that it cannot handle");
    case KVM_EXIT_HLT:
        return error_set(error, EFAULT,
                         "the guest crashed: it stopped its processor");
    case KVM_EXIT_IO:
        return error_set(error, EFAULT, "the guest crashed: it used port 0x%x",
                         run->io.port);
    case KVM_EXIT_MMIO:
        return error_set(error, EFAULT,
                         "the guest crashed: it accessed 0x%" PRIx64
                         ", where nothing is",
                         (uint64_t)run->mmio.phys_addr);
    case KVM_EXIT_INTERNAL_ERROR:
        return error_set(error, EIO,
                         DEVICE ": cannot run the guest (suberror %" PRIu32 ")",
                         run->internal.suberror);
    case KVM_EXIT_FAIL_ENTRY:
        return error_set(
            error, EIO,
            DEVICE ": the processor refuses the guest (0x%" PRIx64 ")",
            (uint64_t)run->fail_entry.hardware_entry_failure_reason);
    default:
        return error_set(error, EIO, DEVICE ": unexpected exit %" PRIu32,
                         run->exit_reason);
    }
}

int hypervisor_run(struct hypervisor *kvm, struct hypercall *call,
                   struct error *error)
{
    if (ioctl(kvm->cpu_fd, KVM_RUN, 0) < 0) {
        /* By an instruction that a hypervisor cannot read (Arm ARM, ESR_EL2,
         * ISV). */
        if (errno == ENOSYS)
            return error_set(
                error, EFAULT,
                "the guest crashed: it accessed what is no memory");
        if (errno == EINTR || errno == EAGAIN)
            return -EINTR;
        return error_set(error, errno, DEVICE ": run: %s", strerror(errno));
    }
    if (kvm_hypercall_read(kvm->run, call))
        return 0;
    if (kvm->run->exit_reason == KVM_EXIT_DEBUG)
        return HYPERVISOR_STOPPED;
    return ended(kvm->run, error);
}
