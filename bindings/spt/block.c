/* SPDX-License-Identifier: ISC */
/* Block devices: files of the host. */
#include "hooks.h"
#include "linux.h"

/* A short transfer is an error of the host: the range was checked. */
static solo5_result_t result(const struct mft_entry *device, long done)
{
    return done == device->u.block_basic.block_size ? SOLO5_R_OK
                                                    : SOLO5_R_EUNSPEC;
}

solo5_result_t target_block_write(const struct mft_entry *device,
                                  solo5_off_t offset, const uint8_t *buf)
{
    return result(device,
                  linux_pwrite64(device->b.hostfd, buf,
                                 device->u.block_basic.block_size, offset));
}

solo5_result_t target_block_read(const struct mft_entry *device,
                                 solo5_off_t offset, uint8_t *buf)
{
    return result(device,
                  linux_pread64(device->b.hostfd, buf,
                                device->u.block_basic.block_size, offset));
}
