/* SPDX-License-Identifier: ISC */
/*
 * Walks its own stack by the compiler's tables, and unwinds it, as the run-time
 * libraries of C++, Rust and Ada do.
 */
#include "guest.h"
#include "guest_libc.h"

#define DEPTH 8

struct _Unwind_Context;

/* The run-time library's, see Itanium C++ ABI, "Exception Handling", 1.2. */
struct _Unwind_Exception {
    uint64_t exception_class;
    void (*cleanup)(int reason, struct _Unwind_Exception *);
    uint64_t own[2];
} __attribute__((aligned(16)));
int _Unwind_ForcedUnwind(struct _Unwind_Exception *,
                         int (*stop)(int version, int actions, uint64_t class,
                                     struct _Unwind_Exception *,
                                     struct _Unwind_Context *, void *data),
                         void *data);
uintptr_t _Unwind_GetCFA(struct _Unwind_Context *);
int _Unwind_Backtrace(int (*each)(struct _Unwind_Context *, void *), void *);
uintptr_t _Unwind_GetIP(struct _Unwind_Context *);
void __register_frame(void *table);

/* The linker script's. */
extern char __eh_frame_start[];

static unsigned in_walk;
static uintptr_t text_from, text_to;

static int count(struct _Unwind_Context *context, void *data)
{
    uintptr_t at = _Unwind_GetIP(context);

    (void)data;
    if (at > text_from && at < text_to)
        in_walk++;
    return 0;
}

/* Its last call is not its last act, or it would leave no frame. */
__attribute__((noinline)) static int walk(volatile int depth)
{
    if (depth == 0)
        _Unwind_Backtrace(count, NULL);
    else
        depth += walk(depth - 1);
    return depth;
}

/* The depths whose cleanups ran, in their order, as decimal digits. */
static uint64_t cleaned;

static void clean(int *depth)
{
    cleaned = cleaned * 10 + (uint64_t)*depth;
}

static struct _Unwind_Exception thrown;

/* Called before each frame is left; DATA is the last one that is to be. */
static int stop_above(int version, int actions, uint64_t class,
                      struct _Unwind_Exception *exception,
                      struct _Unwind_Context *context, void *data)
{
    (void)version, (void)actions, (void)class, (void)exception;
    if (_Unwind_GetCFA(context) <= (uintptr_t)data)
        return 0; /* _URC_NO_REASON */
    say_number("cleaned ", cleaned);
    CHECK(cleaned == 1234567);
    solo5_exit(success());
}

/* Each depth has something to clean up when it is left, also like this. */
__attribute__((noinline)) static int throw_below(volatile int depth, void *last)
{
    __attribute__((cleanup(clean))) int here = depth;

    if (depth == 1)
        _Unwind_ForcedUnwind(&thrown, stop_above, last);
    else
        depth += throw_below(depth - 1, last);
    return depth + here;
}

extern const char _stext[], _etext[];

int solo5_app_main(const struct solo5_start_info *info)
{
    text_from = (uintptr_t)_stext;
    text_to = (uintptr_t)_etext;
    __register_frame(__eh_frame_start);
    if (text_equal(info->cmdline, "throw")) {
        throw_below(DEPTH - 1, __builtin_frame_address(0));
        return 1;
    }
    walk(DEPTH - 1);
    say_number("frames ", in_walk);
    CHECK(in_walk >= DEPTH);
    return success();
}
