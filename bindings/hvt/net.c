/* SPDX-License-Identifier: ISC */
/* Network devices: one exit a frame. */
#include "device.h"
#include "hooks.h"
#include "hvt.h"
#include "hypercall.h"

solo5_result_t target_net_write(const struct mft_entry *device,
                                const uint8_t *buf, size_t size)
{
    struct hvt_hc_net call = {
        .handle = device_handle(device), .data = (uintptr_t)buf, .len = size};

    hypercall(HVT_HYPERCALL_NET_WRITE, &call);
    /* No room at the host: dropped. */
    return call.ret == SOLO5_R_AGAIN ? SOLO5_R_OK : (solo5_result_t)call.ret;
}

solo5_result_t target_net_read(const struct mft_entry *device, uint8_t *buf,
                               size_t size, size_t *read_size)
{
    struct hvt_hc_net call = {
        .handle = device_handle(device), .data = (uintptr_t)buf, .len = size};

    hypercall(HVT_HYPERCALL_NET_READ, &call);
    if (call.ret == SOLO5_R_OK)
        *read_size = call.len;
    return (solo5_result_t)call.ret;
}
