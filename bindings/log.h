/* SPDX-License-Identifier: ISC */
/*
 * What the bindings themselves have to say: lines on the console, each in one
 * write, "solo5: " in front. The level comes from the command line.
 */
#ifndef LOG_H
#define LOG_H

enum log_level {
    LOG_QUIET,
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG,
};

/* Lines of a higher level are dropped. Programs own their console: at first
 * nothing is said that does not ask for a remedy. */
extern enum log_level log_level;

/* Writes one line, cut at 256 bytes. format: see format.h; no newline. */
__attribute__((format(printf, 1, 2))) void log_always(const char *format, ...);

#define log_at(level_, ...)          \
    do {                             \
        if ((level_) <= log_level)   \
            log_always(__VA_ARGS__); \
    } while (0)

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

#endif
