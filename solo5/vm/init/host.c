/* SPDX-License-Identifier: ISC */
/* The place on a running system: a root of its own, in memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "place.h"

struct node {
    const char *path;
    unsigned int major;
    unsigned int minor;
};

/* Linux Documentation/admin-guide/devices.txt. */
static const struct node nodes[] = {
    {"dev/null", 1, 3},    {"dev/zero", 1, 5},     {"dev/full", 1, 7},
    {"dev/random", 1, 8},  {"dev/urandom", 1, 9},  {"dev/kvm", 10, 232},
    {"dev/tty", 5, 0},     {"dev/net/tun", 10, 200},
};

static const char *const folders[] = {"dev", "dev/net", "proc", "job"};

static int fail(const char *what)
{
    fprintf(stderr, "solo5-init: %s: %s\n", what, strerror(errno));
    return -1;
}

/* Goes to an empty root; any folder that surely exists can carry it. */
static int change_root(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("place", "/dev", "tmpfs", 0, "mode=0755") < 0 ||
        chdir("/dev") < 0)
        return fail("a root in memory");
    if (syscall(SYS_pivot_root, ".", ".") < 0 ||
        umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return fail("changing the root");
    return 0;
}

int place_on_host(void)
{
    if (change_root() < 0)
        return -1;
    umask(0);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (mkdir(folders[i], 0755) < 0)
            return fail(folders[i]);
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
        if (mknod(nodes[i].path, S_IFCHR | 0666,
                  makedev(nodes[i].major, nodes[i].minor)) < 0)
            return fail(nodes[i].path);
    umask(022);
    return 0;
}
