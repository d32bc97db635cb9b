/* SPDX-License-Identifier: ISC */
/* Block devices: ranges and handles are checked here, for every target. */
#include "device.h"
#include "hooks.h"

#include <stdbool.h>

solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle,
                                   struct solo5_block_info *info)
{
    const struct mft_entry *device =
        device_acquire(name, MFT_DEV_BLOCK_BASIC, handle);

    if (device == NULL)
        return SOLO5_R_EINVAL;
    info->capacity = device->u.block_basic.capacity;
    info->block_size = device->u.block_basic.block_size;
    return SOLO5_R_OK;
}

static bool range_ok(const struct mft_entry *device, solo5_off_t offset,
                     size_t size)
{
    uint64_t capacity = device->u.block_basic.capacity;
    uint64_t block_mask = device->u.block_basic.block_size - 1ull;

    /* No sum of the two: it could wrap. */
    return ((offset | size) & block_mask) == 0 && offset <= capacity &&
           size <= capacity - offset;
}

solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset,
                                 const uint8_t *buf, size_t size)
{
    const struct mft_entry *device =
        device_get(handle, MFT_DEV_BLOCK_BASIC, __func__);
    size_t block_size = device->u.block_basic.block_size;

    if (!range_ok(device, offset, size))
        return SOLO5_R_EINVAL;
    for (size_t done = 0; done < size; done += block_size) {
        if (target_block_write(device, offset + done, buf + done) != SOLO5_R_OK)
            return SOLO5_R_EUNSPEC;
    }
    return SOLO5_R_OK;
}

solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset,
                                uint8_t *buf, size_t size)
{
    const struct mft_entry *device =
        device_get(handle, MFT_DEV_BLOCK_BASIC, __func__);
    size_t block_size = device->u.block_basic.block_size;

    if (!range_ok(device, offset, size))
        return SOLO5_R_EINVAL;
    for (size_t done = 0; done < size; done += block_size) {
        if (target_block_read(device, offset + done, buf + done) != SOLO5_R_OK)
            return SOLO5_R_EUNSPEC;
    }
    return SOLO5_R_OK;
}
