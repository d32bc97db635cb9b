/* SPDX-License-Identifier: ISC */
/* Opens a guest. Contract: guest.h. */
#include "guest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

#define CONSOLE_FD 1

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
    int err = args_match(&guest->args, mft, error);

    if (err == 0)
        err = host_poll_create(&policy->epoll_fd, &policy->timer_fd, error);
    if (err == 0)
        err = host_poll_add(policy->epoll_fd, policy->timer_fd, HOST_POLL_TIMER,
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
                err = host_poll_add(policy->epoll_fd, entry->b.hostfd, handle,
                                    error);
        }
        entry->attached = 1;
    }
    policy->console_fd = CONSOLE_FD;
    policy->error_fd = policy->cpu_fd = FILTER_NO_FD;
    policy->any_length = guest->image.abi_version < 2;
    return err;
}

int guest_open(struct guest *guest, struct host_file *kernel,
               uint64_t page_bytes, struct error *error)
{
    const struct args *args = &guest->args;
    const struct elf_image *image = &guest->image;
    int err = host_file_open(kernel, args->kernel, error);

    if (err != 0)
        return err;
    err =
        elf_read(&guest->image, kernel->data, kernel->size_bytes, guest->target,
                 guest->arch, args->mem_bytes, page_bytes, error);
    if (err == 0)
        err = manifest_read(&guest->manifest, kernel->data + image->mft_offset,
                            image->mft_bytes, error);
    if (err != 0) {
        struct error cause = *error;

        return error_set(error, -err, "%s: %s", args->kernel, cause.text);
    }
    return devices_attach(guest, error);
}

int guest_load_segment(const struct guest *guest,
                       const struct host_file *kernel, uint32_t index,
                       const struct guest_memory *memory, struct error *error)
{
    const struct elf_segment *segment = &guest->image.segment[index];
    guest_addr_t addr = {segment->addr};
    uint8_t *at = guest_memory_at(memory, addr, segment->mem_bytes);
    int err;

    if (at == NULL)
        return error_set(error, EFAULT, "segment %" PRIu32, index);
    if (segment->file_bytes == 0)
        return 0;
    err = host_file_read(kernel, segment->file_offset, at, segment->file_bytes,
                         error);
    /* Where instructions are cached apart, these are new. */
    __builtin___clear_cache((char *)at, (char *)at + segment->file_bytes);
    return err;
}

void guest_put(const struct guest_memory *memory, uint64_t addr,
               const void *from, size_t size)
{
    void *at = guest_memory_at(memory, (guest_addr_t){addr}, size);

    if (at == NULL)
        abort(); /* a bug */
    memcpy(at, from, size);
}
