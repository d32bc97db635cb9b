/* SPDX-License-Identifier: ISC */
/* Registers as GDB has them. Contract: registers.h. */
#include "registers.h"

#include <stdarg.h>
#include <stdio.h>

#include "debug.h"

size_t registers_bytes(void)
{
    size_t bytes = 0;

    for (const struct debug_feature *each = debug_features; each->name; each++)
        for (unsigned i = 0; i < each->count; i++)
            bytes += each->registers[i].bytes;
    return bytes;
}

bool registers_find(uint64_t number, size_t *at, size_t *bytes)
{
    *at = 0;
    for (const struct debug_feature *each = debug_features; each->name; each++)
        for (unsigned i = 0; i < each->count; i++) {
            *bytes = each->registers[i].bytes;
            if (number == 0)
                return true;
            number--;
            *at += *bytes;
        }
    return false;
}

/* Text that is put together; what has no room is cut. */
struct sink {
    char *text;
    size_t size;
    size_t used;
};

static void put(struct sink *sink, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put(struct sink *sink, const char *format, ...)
{
    va_list args;
    int more;

    va_start(args, format);
    more = vsnprintf(sink->text + sink->used, sink->size - sink->used, format,
                     args);
    va_end(args);
    if (more > 0)
        sink->used += (size_t)more;
    if (sink->used >= sink->size)
        sink->used = sink->size - 1;
}

size_t registers_describe(char *text, size_t size)
{
    struct sink sink = {text, size, 0};

    put(&sink,
        "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
        "<target version=\"1.0\"><architecture>%s</architecture>",
        debug_architecture);
    for (const struct debug_feature *each = debug_features; each->name;
         each++) {
        put(&sink, "<feature name=\"%s\">", each->name);
        for (unsigned i = 0; i < each->count; i++)
            put(&sink, "<reg name=\"%s\" bitsize=\"%d\" type=\"%s\"/>",
                each->registers[i].name, 8 * each->registers[i].bytes,
                each->registers[i].type);
        put(&sink, "</feature>");
    }
    put(&sink, "</target>");
    return sink.used;
}
