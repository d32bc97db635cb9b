/* SPDX-License-Identifier: ISC */
/* Opens a guest. Contract: guest.h. */
#include "guest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int block_attach(struct mft_entry *entry,
                        const struct args_device *device)
{
    struct mft_block_basic *block = &entry->u.block_basic;
    const char *path = device->value[ARGS_BLOCK];

    block->block_size = device->block_bytes;
    TRY(host_block_open(path, &entry->b.hostfd, &block->capacity));
    FAIL_IF(
        block->capacity == 0 || block->capacity % block->block_size != 0,
        EINVAL,
        "%s: %s: Backing storage size must be block aligned: %ju bytes are not one or more blocks of %u",
        entry->name, path, block->capacity, block->block_size);
    return 0;
}

static int net_attach(struct mft_entry *entry, const struct args_device *device)
{
    struct mft_net_basic *net = &entry->u.net_basic;

    TRY(host_net_open(device->value[ARGS_NET], &entry->b.hostfd, &net->mtu));
    memcpy(net->mac, device->mac, sizeof net->mac);
    if (device->value[ARGS_MAC] != NULL)
        return 0;
    /* Unicast and locally administered (IEEE Std 802, 8.4). */
    TRY_SYSTEM(getentropy(net->mac, sizeof net->mac), "random: %m");
    net->mac[0] = (uint8_t)((net->mac[0] & 0xfc) | 0x02);
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
        struct mft_entry *entry = &mft->e[device->handle];

        /* What the file says beside name and type is nothing to hand on. */
        memset(&entry->u, 0, sizeof entry->u);
        if (entry->type == MFT_DEV_BLOCK_BASIC) {
            TRY(block_attach(entry, device));
        } else {
            TRY(net_attach(entry, device));
            TRY(host_poll_add(policy->poll_fd, entry->b.hostfd,
                              device->handle));
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

int guest_open(struct guest *guest, uint64_t page_bytes)
{
    struct elf_image *image = &guest->image;
    const char *path = guest->args.kernel;
    int err;

    *image = (struct elf_image){.file = {.read = kernel_read, .context = guest},
                                .target = &tender_target,
                                .arch = archs[0],
                                .mem_bytes = guest->args.mem_bytes,
                                .page_bytes = page_bytes};
    TRY(host_file_open(path, &guest->kernel_fd, &image->file.bytes));
    err = elf_read(image);
    if (err == 0)
        err = manifest_read(&guest->manifest, image->mft, image->mft_bytes);
    FAIL_IF(err < 0, -err, "%s: %s", path, error_line());
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

int guest_load(struct guest *guest, const struct guest_memory *memory)
{
    for (uint32_t i = 0; i < guest->image.segment_count; i++) {
        const struct elf_segment *segment = &guest->image.segment[i];
        char *at = memory_at(memory, segment->addr, segment->mem_bytes);
        const int err = host_file_read(guest->kernel_fd, segment->file_offset,
                                       at, segment->file_bytes);

        FAIL_IF(err < 0, -err, "%s: %s", guest->args.kernel, error_line());
        /* Where instructions are cached apart, these are new. */
        __builtin___clear_cache(at, at + segment->file_bytes);
    }
    close(guest->kernel_fd);
    return 0;
}

void guest_put_boot(const struct guest *guest,
                    const struct guest_memory *memory, guest_addr_t addr,
                    const void *boot, uint64_t size)
{
    const struct mft *mft = &guest->manifest.mft;
    const uint64_t mft_bytes = MFT_SIZE(mft->entries);
    uint8_t *at = memory_at(memory, addr, size + GUEST_TOLD_MAX);

    memcpy(at, boot, size);
    memcpy(at + size, mft, mft_bytes);
    strcpy((char *)at + size + mft_bytes, guest->args.cmdline);
}
