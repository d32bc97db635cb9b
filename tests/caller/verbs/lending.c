/* SPDX-License-Identifier: ISC */
/*
 * lending KIND FD [FD ...]: a parent that lends a descriptor, and looks whether
 * it comes back as it was: its flags, and a terminal's settings. Ends as the
 * tender does.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "caller.h"

static int terminal_open(void)
{
    const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    int number, unlocked = 0;
    char path[32];

    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
        ioctl(master, TIOCGPTN, &number) < 0)
        return -1;
    snprintf(path, sizeof path, "/dev/pts/%d", number);
    return open(path, O_RDWR | O_NOCTTY);
}

static int pipe_open(void)
{
    int ends[2];

    return pipe(ends) < 0 ? -1 : ends[0];
}

static int socket_open(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int file_open(void)
{
    return memfd_create("lent", 0);
}

static int epoll_open(void)
{
    return epoll_create1(0);
}

static int interface_open(int flags)
{
    struct ifreq request = {.ifr_flags = (short)flags, .ifr_name = "lent%d"};
    const int fd = open("/dev/net/tun", O_RDWR);

    return fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 ? -1 : fd;
}

/* Of somebody else's. */
static int tap_open(void)
{
    const int fd = interface_open(IFF_TAP | IFF_NO_PI);

    return fd < 0 || ioctl(fd, TUNSETOWNER, 1001) < 0 ? -1 : fd;
}

static int tun_open(void)
{
    return interface_open(IFF_TUN | IFF_NO_PI);
}

static int no_interface_open(void)
{
    return open("/dev/net/tun", O_RDWR);
}

static const struct {
    const char *name;
    int (*open)(void);
} kinds[] = {
    {"terminal", terminal_open}, {"pipe", pipe_open},
    {"socket", socket_open},     {"file", file_open},
    {"epoll", epoll_open},       {"tun", tun_open},
    {"tap", tap_open},           {"no-interface", no_interface_open},
};

static int kind_open(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            const int fd = kinds[i].open();

            if (fd < 0)
                caller_fail("lending %s: %m", name);
            return fd;
        }
    caller_fail("lending %s: no such kind", name);
}

static void lending(char **words, char **command)
{
    const char *kind = words[0];
    struct termios settings = {0}, settings_then = {0};
    int lent, flags, status;
    pid_t child;

    if (kind == NULL || words[1] == NULL)
        caller_fail("lending: a kind and numbers expected");
    /* Above those that it may take. */
    lent = fcntl(kind_open(kind), F_DUPFD_CLOEXEC, 100);
    flags = fcntl(lent, F_GETFL);
    tcgetattr(lent, &settings);
    child = fork();
    if (child == 0) {
        for (words++; *words != NULL; words++)
            if (dup2(lent, (int)caller_number(*words, 0, INT_MAX)) < 0)
                caller_fail("lending %s: %m", *words);
        caller_become(command);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        caller_fail("lending: %m");
    /* A tap that is taken over may be changed. */
    if (strcmp(kind, "tap") != 0 && fcntl(lent, F_GETFL) != flags)
        caller_fail("lending: flags were %#o, and are %#o", (unsigned)flags,
                    (unsigned)fcntl(lent, F_GETFL));
    tcgetattr(lent, &settings_then);
    if (memcmp(&settings, &settings_then, sizeof settings) != 0)
        caller_fail("lending: the terminal has other settings");
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

VERB("lending", lending);
