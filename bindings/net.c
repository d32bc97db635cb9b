/* SPDX-License-Identifier: ISC */
/* Network devices: sizes and handles are checked here, for every target. */
#include "device.h"
#include "hooks.h"

static size_t frame_max(const struct mft_entry *device)
{
    return (size_t)device->u.net_basic.mtu + SOLO5_NET_HLEN;
}

solo5_result_t solo5_net_acquire(const char *name, solo5_handle_t *handle,
                                 struct solo5_net_info *info)
{
    const struct mft_entry *device =
        device_acquire(name, MFT_DEV_NET_BASIC, handle);

    if (device == NULL)
        return SOLO5_R_EINVAL;
    for (size_t i = 0; i < SOLO5_NET_ALEN; i++)
        info->mac_address[i] = device->u.net_basic.mac[i];
    info->mtu = device->u.net_basic.mtu;
    return SOLO5_R_OK;
}

solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf,
                               size_t size)
{
    const struct mft_entry *device =
        device_get(handle, MFT_DEV_NET_BASIC, __func__);

    if (size > frame_max(device))
        return SOLO5_R_EINVAL;
    return target_net_write(device, buf, size);
}

solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
                              size_t *read_size)
{
    const struct mft_entry *device =
        device_get(handle, MFT_DEV_NET_BASIC, __func__);

    if (size < frame_max(device))
        return SOLO5_R_EINVAL;
    return target_net_read(device, buf, size, read_size);
}
