/* SPDX-License-Identifier: ISC */
/* The words of the command line that are the bindings' own. */
#include "cmdline.h"

#include "log.h"

#include <stdbool.h>
#include <stddef.h>

static const char *const levels[] = {
    [LOG_QUIET] = "quiet", [LOG_ERROR] = "error", [LOG_WARN] = "warn",
    [LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
};

/* Returns what follows `prefix` in `text`, NULL if text does not begin so. */
static const char *after(const char *text, const char *prefix)
{
    for (; *prefix != '\0'; prefix++, text++) {
        if (*text != *prefix)
            return NULL;
    }
    return text;
}

static bool ends_word(const char *at)
{
    return *at == ' ' || *at == '\0';
}

/* Obeys one word, without its prefix. */
static bool obey(const char *word)
{
    for (size_t level = 0; level < sizeof(levels) / sizeof(*levels); level++) {
        const char *end = after(word, levels[level]);

        if (end != NULL && ends_word(end)) {
            log_level = (enum log_level)level;
            return true;
        }
    }
    return false;
}

const char *cmdline_take_words(const char *cmdline)
{
    const char *word;

    while ((word = after(cmdline, "--solo5:")) != NULL) {
        if (!obey(word))
            log_warn("command line: unknown word --solo5:... ignored; known: "
                     "quiet, error, warn, info, debug");
        for (cmdline = word; !ends_word(cmdline); cmdline++)
            ;
        /* One only: a second space belongs to an empty argument. */
        if (*cmdline == ' ')
            cmdline++;
    }
    return cmdline;
}
