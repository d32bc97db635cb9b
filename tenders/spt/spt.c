/* SPDX-License-Identifier: ISC */
/*
 * solo5-spt: runs a unikernel as a part of this process, behind a seccomp
 * filter. Everything is opened, loaded and protected first; then the filter is
 * installed and the guest entered. This is the one file that may exit.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "boot.h"
#include "elf_image.h"
#include "enter.h"
#include "filter.h"
#include "host.h"
#include "manifest.h"
#include "spt_abi.h"
#include "target.h"

#define CONSOLE_FD 1

static const struct target spt = {
    .name = "spt",
    .program = "solo5-spt",
    .abi = SOLO5_TARGET_SPT,
    .abi_min = 1,
    .abi_max = SPT_ABI_VERSION,
    /* Below 1 MiB is no guest; above 1 TiB lie this program and its stack. */
    .mem_min = UINT64_C(1) << 20,
    .mem_max = UINT64_C(1) << 40,
    .guest_min = SPT_GUEST_MIN_BASE,
};

/* A guest on its way: what one step finds out and later ones need. */
struct guest {
    struct args args;
    struct elf_image image;
    struct filter_policy policy;
    struct boot boot;
    struct sock_filter filter[FILTER_MAX_INSNS];
    /* The last: it ends in an array. */
    union manifest manifest;
};

static int block_attach(struct mft_entry *entry,
                        const struct args_device *device,
                        struct filter_device *rule, struct error *error)
{
    uint32_t block_bytes = device->block_bytes != 0 ? device->block_bytes
                                                    : ARGS_DEFAULT_BLOCK_BYTES;
    uint64_t capacity;
    int fd = host_block_open(device->source, &capacity, error);

    if (fd < 0)
        return fd;
    if (capacity == 0)
        return error_set(error, EINVAL,
                         "%s: %s: is empty; a device has at least one block",
                         entry->name, device->source);
    if (capacity % block_bytes != 0)
        return error_set(error, EINVAL,
                         "%s: %s: size of %" PRIu64
                         " bytes is no multiple of the block size %" PRIu32,
                         entry->name, device->source, capacity, block_bytes);
    entry->u.block_basic.capacity = capacity;
    entry->u.block_basic.block_size = (uint16_t)block_bytes;
    entry->b.hostfd = fd;
    *rule = (struct filter_device){fd, false, capacity, block_bytes};
    return 0;
}

static int net_attach(struct mft_entry *entry, const struct args_device *device,
                      struct filter_device *rule, struct error *error)
{
    uint8_t *mac = entry->u.net_basic.mac;
    uint16_t mtu;
    int fd = host_net_open(device->source, &mtu, error);
    int err = fd < 0 ? fd : 0;

    if (err == 0 && device->has_mac) {
        memcpy(mac, device->mac, sizeof device->mac);
    } else if (err == 0) {
        err = host_random(mac, sizeof device->mac, error);
        /* Unicast and locally administered (IEEE Std 802, 8.4). */
        mac[0] = (uint8_t)((mac[0] & 0xfc) | 0x02);
    }
    if (err != 0)
        return err;
    entry->u.net_basic.mtu = mtu;
    entry->b.hostfd = fd;
    *rule = (struct filter_device){.fd = fd, .is_net = true};
    return 0;
}

static int devices_attach(struct guest *guest, struct error *error)
{
    struct mft *mft = &guest->manifest.mft;
    struct filter_policy *policy = &guest->policy;
    struct boot *boot = &guest->boot;
    int err = args_match(&guest->args, mft, error);

    if (err == 0)
        err = host_poll_create(&boot->poll_fd, &boot->timer_fd, error);
    if (err == 0)
        err = host_poll_add(boot->poll_fd, boot->timer_fd, SPT_INTERNAL_TIMERFD,
                            error);
    for (uint32_t handle = 1; err == 0 && handle < mft->entries; handle++) {
        struct mft_entry *entry = &mft->e[handle];
        struct filter_device *rule = &policy->device[policy->device_count++];
        const struct args_device *device =
            args_device(&guest->args, entry->name);

        /* What the file says beside name and type is nothing to hand on. */
        memset(&entry->u, 0, sizeof entry->u);
        if (entry->type == MFT_DEV_BLOCK_BASIC) {
            err = block_attach(entry, device, rule, error);
        } else {
            err = net_attach(entry, device, rule, error);
            if (err == 0)
                err = host_poll_add(boot->poll_fd, entry->b.hostfd, handle,
                                    error);
        }
        entry->attached = 1;
    }
    policy->console_fd = CONSOLE_FD;
    policy->epoll_fd = boot->poll_fd;
    policy->timer_fd = boot->timer_fd;
    policy->any_length = guest->image.abi_version < 2;
    return err;
}

/* Copies the segments in and gives every page its last protection. */
static int memory_load(const struct guest *guest, const struct host_file *file,
                       struct error *error)
{
    const struct elf_image *image = &guest->image;
    const uint64_t end = guest->args.mem_bytes;
    const struct guest_memory memory = {
        /* The guest's addresses are this process' own. */
        .host = (uint8_t *)(uintptr_t)SPT_HOST_MEM_BASE,
        .start = SPT_HOST_MEM_BASE,
        .end = end,
    };
    int err = host_memory_reserve(SPT_HOST_MEM_BASE, end, error);

    if (err == 0)
        err = host_memory_protect(
            SPT_HOST_MEM_BASE, SPT_HOST_MEM_BASE + 0x10000, true, false, error);
    if (err == 0)
        boot_write(&memory, &guest->boot);
    if (err == 0)
        err =
            host_memory_protect(SPT_HOST_MEM_BASE, SPT_HOST_MEM_BASE + 0x10000,
                                false, false, error);
    for (uint32_t i = 0; err == 0 && i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        uint64_t next = segment->addr + segment->mem_bytes;
        uint64_t page = host_page_bytes();
        /* Two segments that share a host page have the same protection. */
        uint64_t first = segment->addr & ~(page - 1);
        guest_addr_t addr = {segment->addr};
        void *at = guest_memory_at(&memory, addr, segment->mem_bytes);

        if (at == NULL)
            return error_set(error, EFAULT, "segment %" PRIu32, i);
        next = (next + page - 1) & ~(page - 1);
        err = host_memory_protect(first, next, true, false, error);
        if (err == 0 && segment->file_bytes > 0)
            err = host_file_read(file, segment->file_offset, at,
                                 segment->file_bytes, error);
        if (err == 0 && !(segment->prot & ELF_WRITE))
            err = host_memory_protect(first, next, false,
                                      segment->prot & ELF_EXEC, error);
    }
    if (err == 0)
        err = host_memory_protect(image->end, end, true, guest->args.exec_heap,
                                  error);
    return err;
}

/* Everything about the kernel file: read, attach, load. */
static int kernel_load(struct guest *guest, const struct arch *arch,
                       struct error *error)
{
    struct host_file file;
    struct boot *boot = &guest->boot;
    int err = host_file_open(&file, guest->args.kernel, error);

    if (err != 0)
        return err;
    err = elf_read(&guest->image, file.data, file.size_bytes, &spt, arch,
                   guest->args.mem_bytes, host_page_bytes(), error);
    if (err == 0)
        err =
            manifest_read(&guest->manifest, file.data + guest->image.mft_offset,
                          guest->image.mft_bytes, error);
    if (err != 0) {
        struct error cause = *error;

        return error_set(error, -err, "%s: %s", guest->args.kernel, cause.text);
    }
    err = devices_attach(guest, error);
    if (err == 0)
        err = host_random(boot->seed, sizeof boot->seed, error);
    if (err != 0)
        return err;
    boot->mem_end = guest->args.mem_bytes;
    boot->kernel_end = guest->image.end;
    boot->clock_function = host_clock_function(arch->vdso_clock_gettime);
    boot->mft = &guest->manifest.mft;
    boot->cmdline = guest->args.cmdline;
    err = memory_load(guest, &file, error);
    host_file_close(&file);
    return err;
}

static int run(struct guest *guest, struct error *error)
{
    const struct arch *arch = archs[0];
    int count, err;

    err = host_process_check(error);
    if (err == 0)
        err = kernel_load(guest, arch, error);
    if (err != 0)
        return err;
    if (guest->args.exec_heap)
        fprintf(stderr,
                "%s: warning: --x-exec-heap: the heap is executable, "
                "a fault of the guest is easier to exploit\n",
                spt.program);
    count = filter_build(arch->filter, &guest->policy, guest->filter,
                         FILTER_MAX_INSNS, error);
    if (count < 0)
        return count;
    err = host_sandbox_enter(guest->filter, (size_t)count, error);
    if (err != 0)
        return err;
    spt_enter(guest->image.entry, guest->args.mem_bytes - arch->stack_gap_bytes,
              SPT_BOOT_INFO_BASE);
}

int main(int argc, char **argv)
{
    static struct guest guest;
    struct error error;
    int err = host_standard_streams(&error);

    if (err == 0)
        err = args_read(&guest.args, argc, argv, &spt, &error);
    if (err == 0 && guest.args.help) {
        printf(args_help, spt.program);
    } else if (err == 0 && guest.args.version) {
        printf("%s %s, ABI version %" PRIu32 "\n", spt.program, SOLO5_VERSION,
               spt.abi_max);
    } else {
        if (err == 0)
            run(&guest, &error); /* comes back only to say what is wrong */
        fprintf(stderr, "%s: %s\n", spt.program, error.text);
        return EXIT_FAILURE;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
