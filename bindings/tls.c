/* SPDX-License-Identifier: ISC */
/*
 * Blocks of thread-local storage, as the psABI of each architecture lays them
 * out (Drepper, "ELF Handling For Thread-Local Storage", 3; variants I, II):
 *
 *   TLS_ABOVE_TP 1   | TCB | padding | variables      |
 *                    ^ block, which lies TLS_TP_OFFSET before the pointer
 *   TLS_ABOVE_TP 0   | variables | padding | TCB |
 *                    ^ block               ^ thread pointer
 *
 * The padding is what makes offsets from the thread pointer, which the linker
 * has written into the code, come out as multiples of the alignment.
 */
#include "arch.h"
#include "hooks.h"

/*
 * From the linker script: where the first values stand, and, as addresses too,
 * the bytes of .tdata, of .tbss, and the alignment of both, which is exactly
 * PT_TLS' or every offset would be wrong. A linker script of the program's own
 * may lack the last; it is then taken to be a pointer's. All are weak, since a
 * compiler takes the address of anything else to be no zero.
 */
extern const uint8_t _stdata[];
extern const uint8_t _ltdata[] __attribute__((weak));
extern const uint8_t _ltbss[] __attribute__((weak));
extern const uint8_t _atdata[] __attribute__((weak));

static uintptr_t round_up(uintptr_t value, uintptr_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static uintptr_t alignment(void)
{
    uintptr_t bytes = (uintptr_t)_atdata;

    return bytes > 0 ? bytes : sizeof(void *);
}

static size_t variables_size(void)
{
    return (uintptr_t)_ltdata + (uintptr_t)_ltbss;
}

#if TLS_ABOVE_TP

static uintptr_t variables(uintptr_t tls)
{
    return tls + round_up(TLS_TCB_SIZE, alignment());
}

size_t solo5_tls_size(void)
{
    size_t size = variables(0) + round_up(variables_size(), alignment());

    return size > 0 ? size : alignment();
}

uintptr_t solo5_tls_tp_offset(uintptr_t tls)
{
    return tls + TLS_TP_OFFSET;
}

#else

static uintptr_t variables(uintptr_t tls)
{
    return tls;
}

size_t solo5_tls_size(void)
{
    return solo5_tls_tp_offset(0) + TLS_TCB_SIZE;
}

uintptr_t solo5_tls_tp_offset(uintptr_t tls)
{
    return tls + round_up(variables_size(), alignment());
}

#endif

solo5_result_t solo5_tls_init(uintptr_t tls)
{
    uint8_t *to = (uint8_t *)variables(tls);
    size_t data_size = (uintptr_t)_ltdata;

    if (tls == 0)
        return SOLO5_R_EINVAL;
    for (size_t i = 0; i < data_size; i++)
        to[i] = _stdata[i];
    for (size_t i = data_size; i < variables_size(); i++)
        to[i] = 0;
#if TLS_TCB_SIZE > 0
    *(uintptr_t *)solo5_tls_tp_offset(tls) = solo5_tls_tp_offset(tls);
#endif
    return SOLO5_R_OK;
}

solo5_result_t solo5_set_tls_base(uintptr_t base)
{
    return target_set_tls_base(base);
}
