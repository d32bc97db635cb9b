/* SPDX-License-Identifier: ISC */
/* Opens a guest. Contract: guest.h. */
#include "guest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int block_open(const struct args_device *device,
                      struct mft_entry *opened)
{
    struct mft_block_basic *block = &opened->u.block_basic;

    TRY(host_block_open(device->source, &opened->b.hostfd, &block->capacity));
    FAIL_IF(
        block->capacity == 0 || block->capacity % device->block_bytes != 0,
        EINVAL,
        "%s: Backing storage size must be block aligned: %ju bytes are not one or more blocks of %u",
        device->source, block->capacity, device->block_bytes);
    block->block_size = device->block_bytes;
    return 0;
}

static int net_open(const struct args_device *device, struct mft_entry *opened)
{
    struct mft_net_basic *net = &opened->u.net_basic;

    TRY(host_net_open(device->source, &opened->b.hostfd, &net->mtu));
    memcpy(net->mac, device->mac, sizeof net->mac);
    if (device->detail != NULL)
        return 0;
    /* Unicast and locally administered (IEEE Std 802, 8.4). */
    TRY_SYSTEM(getentropy(net->mac, sizeof net->mac), "random: %m");
    net->mac[0] = (uint8_t)((net->mac[0] & 0xfc) | 0x02);
    return 0;
}

/* Whether the guest has such a device, its manifest will say. */
static int device_open(const struct args_device *device,
                       struct mft_entry *opened)
{
    const bool is_block = device->type == MFT_DEV_BLOCK_BASIC;
    int err = is_block ? block_open(device, opened) : net_open(device, opened);

    FAIL_IF(err < 0, -err, "%s: %s", device->name, error_line());
    strcpy(opened->name, device->name);
    opened->type = device->type;
    opened->attached = 1;
    return 0;
}

/* Opens those devices that are, or are not, descriptors of our caller's. */
static int devices_open(struct guest *guest, bool given)
{
    for (uint32_t i = 0; i < guest->args.device_count; i++) {
        const struct args_device *device = &guest->args.device[i];
        int fd;

        if ((device->type == MFT_DEV_NET_BASIC &&
             args_descriptor(device->source, &fd)) == given)
            TRY(device_open(device, &guest->device[i]));
    }
    return 0;
}

/* Closes what is not of this guest, and was left open all the same. */
static int descriptors_close(const struct guest *guest)
{
    const uint32_t count = guest->args.device_count;
    int keep[ARGS_MAX_DEVICES + 1];

    for (uint32_t i = 0; i < count; i++)
        keep[i] = guest->device[i].b.hostfd;
    keep[count] = guest->kernel_fd;
    return host_descriptors_close(keep, count + 1);
}

int guest_open(struct guest *guest)
{
    const struct args *args = &guest->args;

    /* Given ones first: nothing that we open may be taken for one of them. */
    TRY(devices_open(guest, true));
    TRY(devices_open(guest, false));
    TRY(host_file_open(args->kernel, &guest->kernel_fd,
                       &guest->image.file.bytes));
    return descriptors_close(guest);
}

static int devices_attach(struct guest *guest)
{
    struct args *args = &guest->args;
    struct mft *mft = &guest->image.manifest.mft;
    struct policy *policy = &guest->policy;

    TRY(args_match(args, mft));
    *policy = (struct policy){.mft = mft,
                              .console_fd = STDOUT_FILENO,
                              .error_fd = POLICY_NO_FD,
                              .cpu_fd = POLICY_NO_FD};
    TRY(host_poll_create(&policy->poll_fd, &policy->timer_fd));
    for (uint32_t i = 0; i < args->device_count; i++) {
        const struct mft_entry *opened = &guest->device[i];
        const uint32_t handle = args->device[i].handle;

        /* What the file says beside name and type is nothing to hand on. */
        mft->e[handle] = *opened;
        if (opened->type == MFT_DEV_NET_BASIC)
            TRY(host_poll_add(policy->poll_fd, opened->b.hostfd, handle));
    }
    return 0;
}

/* What elf_read reads by: CONTEXT is the guest. */
static int kernel_read(void *context, uint64_t offset, void *buffer,
                       uint64_t size)
{
    const struct guest *guest = context;

    return host_file_read(guest->kernel_fd, offset, buffer, size);
}

int guest_read(struct guest *guest, uint64_t page_bytes)
{
    struct elf_image *image = &guest->image;
    int err;

    TRY(host_privileges_drop(guest->args.uid, guest->args.gid));
    image->file.read = kernel_read;
    image->file.context = guest;
    image->target = &tender_target;
    image->arch = archs[0];
    image->mem_bytes = guest->args.mem_bytes;
    image->page_bytes = page_bytes;
    err = elf_read(image);
    FAIL_IF(err < 0, -err, "%s: %s", guest->args.kernel, error_line());
    return devices_attach(guest);
}

/* The same for what has been checked. */
static void *memory_at(const struct guest_memory *memory, guest_addr_t addr,
                       uint64_t size)
{
    void *at = guest_memory_at(memory, addr, size);

    if (at == NULL)
        abort(); /* a bug */
    return at;
}

static int segment_read(const struct guest *guest,
                        const struct elf_segment *segment,
                        const struct guest_memory *memory)
{
    char *at = memory_at(memory, segment->addr, segment->mem_bytes);

    TRY(host_file_read(guest->kernel_fd, segment->file_offset, at,
                       segment->file_bytes));
    /* Where instructions are cached apart, these are new. */
    __builtin___clear_cache(at, at + segment->file_bytes);
    return 0;
}

int guest_load(struct guest *guest, const struct guest_memory *memory,
               int text_fd)
{
    for (uint32_t i = 0; i < guest->image.segment_count; i++) {
        const struct elf_segment *segment = &guest->image.segment[i];
        int err;

        if (text_fd >= 0 && segment->flags & PF_X)
            err = host_file_copy(guest->kernel_fd, segment->file_offset,
                                 segment->file_bytes, text_fd,
                                 segment->addr.value, segment->mem_bytes);
        else
            err = segment_read(guest, segment, memory);
        FAIL_IF(err < 0, -err, "%s: %s", guest->args.kernel, error_line());
    }
    close(guest->kernel_fd);
    return 0;
}

void guest_put_boot(struct guest *guest, const struct guest_memory *memory,
                    guest_addr_t addr, const void *boot, uint64_t size)
{
    const struct mft *mft = &guest->image.manifest.mft;
    const uint64_t mft_bytes = MFT_SIZE(mft->entries);
    uint8_t *at = memory_at(memory, addr, size + GUEST_TOLD_MAX);

    memcpy(at, boot, size);
    memcpy(at + size, mft, mft_bytes);
    strcpy((char *)at + size + mft_bytes, guest->args.cmdline);
    /* Now it is the guest's alone: no core of the tender has it. */
    memset(guest->args.cmdline, 0, strlen(guest->args.cmdline));
}
