/* SPDX-License-Identifier: ISC */
/* The thread-local interface of a program that has no thread-local data. */
#include "guest.h"

static _Alignas(64) uint8_t block[4096];

int solo5_app_main(const struct solo5_start_info *info)
{
    uintptr_t tls = (uintptr_t)block;

    (void)info;
    CHECK(solo5_tls_size() <= 64);
    CHECK(solo5_tls_init(0) == SOLO5_R_EINVAL);
    CHECK(solo5_tls_init(tls) == SOLO5_R_OK);
    CHECK(solo5_set_tls_base(solo5_tls_tp_offset(tls)) == SOLO5_R_OK);
    return success();
}
