/* SPDX-License-Identifier: ISC */
/*
 * Walks its own stack by the compiler's tables, as the run-time libraries of
 * C++, Rust and Ada do when they unwind it.
 */
#include "guest.h"

#define DEPTH 8

struct _Unwind_Context;

/* The run-time library's, see Itanium C++ ABI, "Exception Handling", 1.2. */
int _Unwind_Backtrace(int (*each)(struct _Unwind_Context *, void *), void *);
uintptr_t _Unwind_GetIP(struct _Unwind_Context *);
void __register_frame(void *table);

/* The linker script's. */
extern char __eh_frame_start[];

/* What that library wants of a C library. */
void abort(void);
size_t strlen(const char *text);
char *strchr(const char *text, int letter);
void *malloc(size_t size);
void free(void *block);
int dl_iterate_phdr(void *each, void *data);
int _dl_find_object(void *address, void *result);
/* Later versions of it: */
void *memmove(void *to, const void *from, size_t size);
unsigned long __getauxval(unsigned long type);
int pthread_once(int *done, void (*function)(void));
int pthread_mutex_lock(void *mutex);
int pthread_mutex_unlock(void *mutex);
int pthread_cond_wait(void *condition, void *mutex);
int pthread_cond_broadcast(void *condition);

void abort(void)
{
    solo5_abort();
}

size_t strlen(const char *text)
{
    return text_length(text);
}

char *strchr(const char *text, int letter)
{
    for (; *text != (char)letter; text++)
        if (*text == '\0')
            return NULL;
    return (char *)(uintptr_t)text;
}

void *malloc(size_t size)
{
    static _Alignas(16) uint8_t pool[65536];
    static size_t used;
    void *block = pool + used;

    used += (size + 15) & ~(size_t)15;
    return used <= sizeof pool ? block : NULL;
}

void free(void *block)
{
    (void)block;
}

int dl_iterate_phdr(void *each, void *data)
{
    (void)each, (void)data;
    return 0;
}

int _dl_find_object(void *address, void *result)
{
    (void)address, (void)result;
    return -1;
}

void *memmove(void *to, const void *from, size_t size)
{
    /* Not to be made a call of memmove. */
    volatile uint8_t *out = to;
    const uint8_t *in = from;

    if ((uintptr_t)to <= (uintptr_t)from)
        for (size_t i = 0; i < size; i++)
            out[i] = in[i];
    else
        for (size_t i = size; i > 0; i--)
            out[i - 1] = in[i - 1];
    return to;
}

unsigned long __getauxval(unsigned long type)
{
    (void)type;
    return 0;
}

int pthread_once(int *done, void (*function)(void))
{
    if (*done == 0)
        function();
    *done = 1;
    return 0;
}

/* There is one thread, so nobody to wait for. */
int pthread_mutex_lock(void *mutex)
{
    (void)mutex;
    return 0;
}

int pthread_mutex_unlock(void *mutex)
{
    (void)mutex;
    return 0;
}

int pthread_cond_wait(void *condition, void *mutex)
{
    (void)condition, (void)mutex;
    return 0;
}

int pthread_cond_broadcast(void *condition)
{
    (void)condition;
    return 0;
}

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

extern const char _stext[], _etext[];

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    text_from = (uintptr_t)_stext;
    text_to = (uintptr_t)_etext;
    __register_frame(__eh_frame_start);
    walk(DEPTH - 1);
    say_number("frames ", in_walk);
    CHECK(in_walk >= DEPTH);
    return success();
}
