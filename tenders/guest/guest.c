/* SPDX-License-Identifier: ISC */
/* Opens a guest. Contract: guest.h. */
#include "guest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int block_open(const struct args_device *device,
                      struct guest_device *opened)
{
    const char *path = device->value[ARGS_BLOCK];

    TRY(host_block_open(path, &opened->fd, &opened->capacity));
    FAIL_IF(
        opened->capacity == 0 || opened->capacity % device->block_bytes != 0,
        EINVAL,
        "%s: Backing storage size must be block aligned: %ju bytes are not one or more blocks of %u",
        path, opened->capacity, device->block_bytes);
    return 0;
}

/* Whether the guest has such a device, its manifest will say. */
static int device_open(const struct args_device *device,
                       struct guest_device *opened)
{
    int err = 0;

    if (device->value[ARGS_BLOCK] != NULL)
        err = block_open(device, opened);
    else if (device->value[ARGS_NET] != NULL)
        err = host_net_open(device->value[ARGS_NET], &opened->fd, &opened->mtu);
    FAIL_IF(err < 0, -err, "%s: %s", device->name, error_line());
    return 0;
}

/* What is a file or a network of one device is that of no other. */
static int sharing_refuse(const struct args *args, enum args_option option)
{
    for (uint32_t i = 0; i < args->device_count; i++) {
        const struct args_device *a = &args->device[i];

        for (uint32_t j = 0; j < i; j++) {
            const struct args_device *b = &args->device[j];

            FAIL_IF(a->value[option] != NULL && b->value[option] != NULL &&
                        strcmp(a->value[option], b->value[option]) == 0,
                    EINVAL, "%s and %s: two devices cannot both be %s", b->name,
                    a->name, a->value[option]);
        }
    }
    return 0;
}

/* Opens those devices that are, or are not, descriptors of our caller's. */
static int devices_open(struct guest *guest, bool given)
{
    const struct args *args = &guest->args;

    for (uint32_t i = 0; i < args->device_count; i++) {
        int fd;

        if (args_descriptor(args->device[i].value[ARGS_NET], &fd) == given)
            TRY(device_open(&args->device[i], &guest->device[i]));
    }
    return 0;
}

/* Closes what is not of this guest, and was left open all the same. */
static int descriptors_close(const struct guest *guest)
{
    const uint32_t count = guest->args.device_count;
    int keep[ARGS_MAX_DEVICES + 1];

    for (uint32_t i = 0; i < count; i++)
        keep[i] = guest->device[i].fd;
    keep[count] = guest->kernel_fd;
    return host_descriptors_close(keep, count + 1);
}

int guest_open(struct guest *guest)
{
    const struct args *args = &guest->args;

    TRY(sharing_refuse(args, ARGS_BLOCK));
    TRY(sharing_refuse(args, ARGS_NET));
    /* Given ones first: nothing that we open may be taken for one of them. */
    TRY(devices_open(guest, true));
    TRY(devices_open(guest, false));
    TRY(host_file_open(args->kernel, &guest->kernel_fd,
                       &guest->image.file.bytes));
    return descriptors_close(guest);
}

static int mac_choose(const struct args_device *device,
                      uint8_t mac[sizeof device->mac])
{
    memcpy(mac, device->mac, sizeof device->mac);
    if (device->value[ARGS_MAC] != NULL)
        return 0;
    /* Unicast and locally administered (IEEE Std 802, 8.4). */
    TRY_SYSTEM(getentropy(mac, sizeof device->mac), "random: %m");
    mac[0] = (uint8_t)((mac[0] & 0xfc) | 0x02);
    return 0;
}

static int devices_attach(struct guest *guest)
{
    struct args *args = &guest->args;
    struct mft *mft = &guest->manifest.mft;
    struct policy *policy = &guest->policy;

    TRY(args_match(args, mft));
    *policy = (struct policy){.mft = mft,
                              .console_fd = STDOUT_FILENO,
                              .error_fd = POLICY_NO_FD,
                              .cpu_fd = POLICY_NO_FD};
    TRY(host_poll_create(&policy->poll_fd, &policy->timer_fd));
    for (uint32_t i = 0; i < args->device_count; i++) {
        const struct args_device *device = &args->device[i];
        const struct guest_device *opened = &guest->device[i];
        struct mft_entry *entry = &mft->e[device->handle];

        /* What the file says beside name and type is nothing to hand on. */
        memset(&entry->u, 0, sizeof entry->u);
        entry->b.hostfd = opened->fd;
        if (entry->type == MFT_DEV_BLOCK_BASIC) {
            entry->u.block_basic =
                (struct mft_block_basic){opened->capacity, device->block_bytes};
        } else {
            entry->u.net_basic.mtu = opened->mtu;
            TRY(mac_choose(device, entry->u.net_basic.mac));
            TRY(host_poll_add(policy->poll_fd, opened->fd, device->handle));
        }
        entry->attached = 1;
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
    *image = (struct elf_image){.file = {.read = kernel_read,
                                         .context = guest,
                                         .bytes = image->file.bytes},
                                .target = &tender_target,
                                .arch = archs[0],
                                .mem_bytes = guest->args.mem_bytes,
                                .page_bytes = page_bytes};
    err = elf_read(image);
    if (err == 0)
        err = manifest_read(&guest->manifest, image->mft, image->mft_bytes);
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
    const struct mft *mft = &guest->manifest.mft;
    const uint64_t mft_bytes = MFT_SIZE(mft->entries);
    uint8_t *at = memory_at(memory, addr, size + GUEST_TOLD_MAX);

    memcpy(at, boot, size);
    memcpy(at + size, mft, mft_bytes);
    strcpy((char *)at + size + mft_bytes, guest->args.cmdline);
    /* Now it is the guest's alone: no core of the tender has it. */
    memset(guest->args.cmdline, 0, strlen(guest->args.cmdline));
}
