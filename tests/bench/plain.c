/* SPDX-License-Identifier: ISC */
/*
 * The limit to measure against: a plain process that makes the same system
 * calls as the guest tests/guests/bench, and a stopwatch for whole programs.
 * Says "ns TIME", as the guest does.
 *
 *   plain hello
 *   plain clock|yield COUNT
 *   plain read|write COUNT FILE BLOCK_SIZE
 *   plain net TAP
 *   plain spawn COUNT PROGRAM [ARGS...]    "ns" of the median run
 *   plain filtered ...                     behind a filter that allows all
 *   plain looking ...                      the same, and looks at an argument
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

extern char **environ;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "plain: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void say(uint64_t time_ns)
{
    printf("ns %llu\n", (unsigned long long)time_ns);
}

static uint64_t clock_loop(uint64_t count)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++)
        sum += now();
    return sum;
}

/* As many descriptors in the set as the guest's tender has put there. */
static int poll_open(int fd)
{
    int epoll = epoll_create1(0);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};

    if (epoll < 0 || timer < 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event) < 0 ||
        (fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0))
        fail("epoll");
    return epoll;
}

static void yield_loop(uint64_t count)
{
    int epoll = poll_open(-1);
    struct epoll_event events[64];

    for (uint64_t i = 0; i < count; i++)
        epoll_pwait(epoll, events, 64, 0, NULL);
}

static _Alignas(4096) char buffer[32768];

static void block_loop(uint64_t count, const char *path, size_t size,
                       int writes)
{
    int fd = open(path, O_RDWR);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0)
        fail(path);
    for (uint64_t i = 0; i < count; i++) {
        off_t at = (off_t)(i * size % (uint64_t)status.st_size);
        ssize_t done =
            writes ? pwrite(fd, buffer, size, at) : pread(fd, buffer, size, at);

        if (done != (ssize_t)size)
            fail(path);
    }
}

static int tap_open(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
        fail(name);
    return fd;
}

static void net_loop(const char *tap)
{
    static const struct frame_mac mac = {{2, 0, 0, 0, 0, 2}};
    static const struct frame_mac all = {{255, 255, 255, 255, 255, 255}};
    static uint8_t frame[FRAME_MAX];
    struct epoll_event events[64];
    struct frame_mac peer = all;
    int fd = tap_open(tap), epoll = poll_open(fd), met = 0;

    for (;;) {
        ssize_t size;

        if (!met) {
            frame_write(frame, FRAME_MIN, all, mac, FRAME_HELLO, 0);
            if (write(fd, frame, FRAME_MIN) < 0)
                fail(tap);
        }
        epoll_pwait(epoll, events, 64, met ? -1 : 20, NULL);
        while ((size = read(fd, frame, sizeof frame)) > 0) {
            if (!frame_is_ours(frame, (size_t)size))
                continue;
            if (frame[14] == FRAME_ACK) {
                memcpy(peer.byte, frame + 6, 6);
                met = 1;
                continue;
            }
            memcpy(frame, peer.byte, 6);
            memcpy(frame + 6, mac.byte, 6);
            if (write(fd, frame, (size_t)size) < 0)
                fail(tap);
            if (frame[14] == FRAME_LAST)
                return;
        }
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* Start to exit of a program, its output thrown away. */
static uint64_t spawn_once(char **argv)
{
    posix_spawn_file_actions_t actions;
    uint64_t start;
    pid_t pid;
    int status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    start = now();
    errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
    if (errno != 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        fail(argv[0]);
    start = now() - start;
    posix_spawn_file_actions_destroy(&actions);
    return start;
}

static uint64_t spawn_median(size_t count, char **argv)
{
    uint64_t *times = calloc(count, sizeof *times), median;

    if (times == NULL)
        fail("spawn");
    for (size_t i = 0; i < count; i++)
        times[i] = spawn_once(argv);
    qsort(times, count, sizeof *times, compare);
    median = times[count / 2];
    free(times);
    return median;
}

/*
 * The floor of every sandbox: a filter of one instruction. A kernel from 5.11
 * on does not run it, for it knows beforehand that every call passes
 * (kernel/seccomp.c, seccomp_cache_check_allow). The least filter that has to
 * be run looks at an argument.
 */
static void filter_least(int looks)
{
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog all = {2, insns}, last = {1, insns + 1};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
                looks ? &all : &last) != 0)
        fail("seccomp");
}

int main(int argc, char **argv)
{
    if (argc > 1 &&
        (strcmp(argv[1], "filtered") == 0 || strcmp(argv[1], "looking") == 0)) {
        filter_least(*argv[1] == 'l');
        argc--;
        argv++;
    }

    const char *what = argc > 1 ? argv[1] : "";
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t start = now();

    if (strcmp(what, "hello") == 0) {
        puts("Hello, World");
    } else if (strcmp(what, "spawn") == 0 && argc > 3 && count > 0) {
        say(spawn_median(count, argv + 3));
    } else if (strcmp(what, "clock") == 0 && clock_loop(count) != 0) {
        say(now() - start);
    } else if (strcmp(what, "yield") == 0) {
        yield_loop(count);
        say(now() - start);
    } else if ((strcmp(what, "read") == 0 || strcmp(what, "write") == 0) &&
               argc == 5) {
        block_loop(count, argv[3], strtoull(argv[4], NULL, 10), *what == 'w');
        say(now() - start);
    } else if (strcmp(what, "net") == 0 && argc == 3) {
        net_loop(argv[2]);
    } else {
        fputs("plain: usage: see tests/bench/plain.c\n", stderr);
        return 1;
    }
    return 0;
}
