/* SPDX-License-Identifier: ISC */
/*
 * What test guests share: output, comparison, and CHECK. A guest is one
 * translation unit with no C library, so the functions live in this header,
 * those that the compiler itself may call included.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solo5.h"

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

/* Without the attribute GCC makes each of these call itself. */
#if __has_attribute(no_builtin)
#define NO_LIBCALL __attribute__((no_builtin))
#else
#define NO_LIBCALL __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

NO_LIBCALL void *memcpy(void *to, const void *from, size_t size)
{
    char *out = to;
    const char *in = from;

    for (size_t i = 0; i < size; i++)
        out[i] = in[i];
    return to;
}

NO_LIBCALL void *memset(void *to, int value, size_t size)
{
    char *out = to;

    for (size_t i = 0; i < size; i++)
        out[i] = (char)value;
    return to;
}

static inline size_t text_length(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    return length;
}

static inline bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static inline void say(const char *text)
{
    solo5_console_write(text, text_length(text));
}

/* Writes VALUE in decimal into TEXT, which has room for 21 bytes. */
static inline void text_from_number(char *text, uint64_t value)
{
    char reversed[20];
    size_t count = 0;

    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0)
        *text++ = reversed[--count];
    *text = '\0';
}

static inline void say_number(const char *label, uint64_t value)
{
    char text[21];

    text_from_number(text, value);
    say(label);
    say(text);
    say("\n");
}

/* Leaves solo5_app_main with what the case expects of a good run. */
static inline int success(void)
{
    say("SUCCESS\n");
    return SOLO5_EXIT_SUCCESS;
}

static inline void check_failed(const char *condition, uint64_t line)
{
    say("FAILED: ");
    say(condition);
    say_number(" at line ", line);
    solo5_exit(SOLO5_EXIT_FAILURE);
}

#define CHECK(condition)                        \
    do {                                        \
        if (!(condition))                       \
            check_failed(#condition, __LINE__); \
    } while (0)

/* Hides VALUE from the optimiser, as an address that must really be used. */
static inline volatile uint8_t *opaque(uintptr_t value)
{
    __asm__ volatile("" : "+r"(value));
    return (volatile uint8_t *)value;
}

/* Byte at OFFSET of an image that a case fills with "pattern". */
static inline uint8_t image_pattern(uint64_t offset)
{
    return (uint8_t)(offset * 31 + offset / 512);
}

#endif
