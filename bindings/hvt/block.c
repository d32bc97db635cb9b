/* SPDX-License-Identifier: ISC */
/* Block devices: one exit a block. */
#include "device.h"
#include "hooks.h"
#include "hvt.h"
#include "hypercall.h"

solo5_result_t target_block_write(const struct mft_entry *device,
                                  solo5_off_t offset, const uint8_t *buf)
{
    struct hvt_hc_block call = {
        .handle = device_handle(device),
        .offset = offset,
        .data = (uintptr_t)buf,
        .len = device->u.block_basic.block_size,
    };

    hypercall(HVT_HYPERCALL_BLOCK_WRITE, &call);
    return (solo5_result_t)call.ret;
}

solo5_result_t target_block_read(const struct mft_entry *device,
                                 solo5_off_t offset, uint8_t *buf)
{
    struct hvt_hc_block call = {
        .handle = device_handle(device),
        .offset = offset,
        .data = (uintptr_t)buf,
        .len = device->u.block_basic.block_size,
    };

    hypercall(HVT_HYPERCALL_BLOCK_READ, &call);
    return (solo5_result_t)call.ret;
}
