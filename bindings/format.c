/* SPDX-License-Identifier: ISC */
/* Text from values, for log lines. Depends on nothing. */
#include "format.h"

#include <stdbool.h>
#include <stdint.h>

/* Output that is cut at its end. */
struct sink {
    char *next;
    char *end; /* place of the NUL if all else is full */
};

static void put(struct sink *out, char c)
{
    if (out->next < out->end)
        *out->next++ = c;
}

static void put_string(struct sink *out, const char *s)
{
    while (*s != '\0')
        put(out, *s++);
}

/* One conversion, as written between the % and its letter. */
struct spec {
    bool alternate;
    char fill;
    unsigned width;
    unsigned longs; /* 0: int, else 64 bits */
};

static const char *parse(const char *at, struct spec *spec)
{
    *spec = (struct spec){.fill = ' '};
    for (; *at == '0' || *at == '#'; at++) {
        if (*at == '0')
            spec->fill = '0';
        else
            spec->alternate = true;
    }
    for (; *at >= '0' && *at <= '9'; at++)
        spec->width = spec->width * 10 + (unsigned)(*at - '0');
    for (; *at == 'l' || *at == 'z'; at++)
        spec->longs++;
    return at;
}

static void put_number(struct sink *out, uint64_t value, unsigned base,
                       bool negative, const struct spec *spec)
{
    char digits[20]; /* of UINT64_MAX in base 10 */
    const char *prefix = negative ? "-" : spec->alternate ? "0x" : "";
    unsigned count = 0;
    unsigned length;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);

    length = count + (negative ? 1 : spec->alternate ? 2 : 0);
    if (spec->fill == '0')
        put_string(out, prefix);
    for (; length < spec->width; length++)
        put(out, spec->fill);
    if (spec->fill != '0')
        put_string(out, prefix);
    while (count > 0)
        put(out, digits[--count]);
}

/* long, long long and size_t have the same size wherever this runs. */
_Static_assert(sizeof(long) == 8 && sizeof(size_t) == 8, "LP64");

size_t format_args(char *buf, size_t size, const char *format, va_list args)
{
    struct sink out = {buf, buf + size - 1};

    for (; *format != '\0'; format++) {
        const char *conversion = format;
        struct spec spec;
        int64_t number;

        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        format = parse(format + 1, &spec);
        switch (*format) {
        case '%':
            put(&out, '%');
            break;
        case 'c':
            put(&out, (char)va_arg(args, int));
            break;
        case 's':
            put_string(&out, va_arg(args, const char *));
            break;
        case 'd':
            number = spec.longs ? va_arg(args, long) : va_arg(args, int);
            /* Negated as unsigned: INT64_MIN has no positive. */
            put_number(&out, number < 0 ? -(uint64_t)number : (uint64_t)number,
                       10, number < 0, &spec);
            break;
        case 'u':
        case 'x':
            put_number(&out,
                       spec.longs ? va_arg(args, unsigned long)
                                  : va_arg(args, unsigned),
                       *format == 'x' ? 16 : 10, false, &spec);
            break;
        case 'p':
            spec.alternate = true;
            put_number(&out, (uintptr_t)va_arg(args, void *), 16, false, &spec);
            break;
        default:
            /* Types of what follows can no longer be told. */
            put_string(&out, conversion);
            *out.next = '\0';
            return (size_t)(out.next - buf);
        }
    }
    *out.next = '\0';
    return (size_t)(out.next - buf);
}
