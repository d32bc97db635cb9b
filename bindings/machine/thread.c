/* SPDX-License-Identifier: ISC */
/* Thread-local data: the machine has one processor, and it is the program's. */
#include "hooks.h"
#include "machine.h"

solo5_result_t target_set_tls_base(uintptr_t base)
{
    cpu_set_tp(base);
    return SOLO5_R_OK;
}
