/* SPDX-License-Identifier: ISC */
/* Network devices: non-blocking taps, one frame a call. */
#include "hooks.h"
#include "linux.h"

solo5_result_t target_net_write(const struct mft_entry *device,
                                const uint8_t *buf, size_t size)
{
    long written = linux_write(device->b.hostfd, buf, size);

    if (written == (long)size)
        return SOLO5_R_OK;
    switch (written) {
    case -EAGAIN:
    case -ENOBUFS:
    case -ENOMEM:
        return SOLO5_R_OK; /* no room: dropped */
    default:
        return SOLO5_R_EUNSPEC;
    }
}

solo5_result_t target_net_read(const struct mft_entry *device, uint8_t *buf,
                               size_t size, size_t *read_size)
{
    long got = linux_read(device->b.hostfd, buf, size);

    if (got == 0 || got == -EAGAIN)
        return SOLO5_R_AGAIN;
    if (got < 0)
        return SOLO5_R_EUNSPEC;
    *read_size = (size_t)got;
    return SOLO5_R_OK;
}
