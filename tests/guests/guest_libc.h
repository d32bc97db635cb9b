/* SPDX-License-Identifier: ISC */
/* What GCC's library of unwinding wants of a C library, in as little as it
 * needs: one thread, no files. */
#ifndef GUEST_LIBC_H
#define GUEST_LIBC_H

#include "guest.h"

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

#endif
