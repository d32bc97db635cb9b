/* SPDX-License-Identifier: ISC */
/* Lines of the bindings on the console. */
#include "log.h"

#include "format.h"
#include "hooks.h"

enum log_level log_level = LOG_WARN;

void log_always(const char *format, ...)
{
    static const char prefix[] = "solo5: ";
    char line[256];
    size_t size = 0;
    va_list args;

    while (prefix[size] != '\0') {
        line[size] = prefix[size];
        size++;
    }
    va_start(args, format);
    size += format_args(line + size, sizeof(line) - size, format, args);
    va_end(args);
    line[size++] = '\n'; /* in the place of the NUL */
    target_console_write(line, size);
}
