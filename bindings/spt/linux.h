/* SPDX-License-Identifier: ISC */
/*
 * The part of Linux' interface that spt guests use; the same numbers on every
 * architecture, but for what syscall.h holds. Nothing beyond these calls gets
 * through the tender's filter.
 */
#ifndef SPT_LINUX_H
#define SPT_LINUX_H

#include "syscall.h"

#include <stddef.h>
#include <stdint.h>

/* asm-generic/errno-base.h and errno.h */
#define EPERM 1
#define EINTR 4
#define EIO 5
#define EAGAIN 11
#define ENOMEM 12
#define EPIPE 32
#define EBADFD 77
#define ECONNRESET 104
#define ENOBUFS 105
#define ENOTCONN 107
#define ECONNREFUSED 111

/* linux/eventpoll.h */
#define EPOLLERR 0x8
#define EPOLLHUP 0x10
#define EPOLLRDHUP 0x2000

/* linux/time.h, linux/timerfd.h */
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define TFD_TIMER_ABSTIME 1

struct timespec {
    int64_t tv_sec;
    int64_t tv_nsec;
};

struct itimerspec {
    struct timespec it_interval;
    struct timespec it_value;
};

/* Makes the call until no signal interrupts it. */
static inline long syscall_retry(long number, long a, long b, long c, long d,
                                 long e, long f)
{
    long result;

    do {
        result = syscall6(number, a, b, c, d, e, f);
    } while (result == -EINTR);
    return result;
}

/* The calls of these names in section 2 of the manual; -errno if they fail. */

static inline long linux_write(int fd, const void *buf, size_t size)
{
    return syscall_retry(SYS_WRITE, fd, (long)buf, (long)size, 0, 0, 0);
}

static inline long linux_read(int fd, void *buf, size_t size)
{
    return syscall_retry(SYS_READ, fd, (long)buf, (long)size, 0, 0, 0);
}

static inline long linux_pwrite64(int fd, const void *buf, size_t size,
                                  uint64_t offset)
{
    return syscall_retry(SYS_PWRITE64, fd, (long)buf, (long)size, (long)offset,
                         0, 0);
}

static inline long linux_pread64(int fd, void *buf, size_t size,
                                 uint64_t offset)
{
    return syscall_retry(SYS_PREAD64, fd, (long)buf, (long)size, (long)offset,
                         0, 0);
}

static inline long linux_epoll_pwait(int fd, struct epoll_event *events,
                                     int max, int timeout_ms)
{
    return syscall_retry(SYS_EPOLL_PWAIT, fd, (long)events, max, timeout_ms, 0,
                         0);
}

static inline long linux_timerfd_settime(int fd, int flags,
                                         const struct itimerspec *value)
{
    return syscall6(SYS_TIMERFD_SETTIME, fd, flags, (long)value, 0, 0, 0);
}

static inline long linux_clock_gettime(int clock, struct timespec *value)
{
    return syscall6(SYS_CLOCK_GETTIME, clock, (long)value, 0, 0, 0, 0);
}

static inline _Noreturn void linux_exit_group(int status)
{
    syscall6(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
    __builtin_trap();
}

#endif
