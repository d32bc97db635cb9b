/* SPDX-License-Identifier: ISC */
/* The place in a virtual machine, of which this program is the first process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "place.h"

/* The first port of the only virtio console device. */
#define PORT "/dev/vport0p1"
#define PORT_WAIT_MS 10000
/* Names of modules in the order to load them; solo5/vm/initramfs.py. */
#define MODULES "/modules.list"

static int fail(const char *what)
{
    fprintf(stderr, "solo5-init: %s: %s\n", what, strerror(errno));
    return -1;
}

static int load_module(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long result = fd < 0 ? -1 : syscall(SYS_finit_module, fd, "", 0);

    if (result < 0 && errno != EEXIST)
        return fail(path);
    close(fd);
    return 0;
}

static int load_modules(void)
{
    char path[256];
    FILE *list = fopen(MODULES, "re");
    int error = 0;

    if (list == NULL)
        return fail(MODULES);
    while (error == 0 && fgets(path, sizeof path, list) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        error = load_module(path);
    }
    fclose(list);
    return error;
}

/* The device asks the kernel for its ports in the background. */
static int open_port(void)
{
    struct timespec pause = {.tv_nsec = 1000000};
    int fd;

    for (int i = 0; i < PORT_WAIT_MS; i++) {
        fd = open(PORT, O_RDWR | O_CLOEXEC);
        if (fd >= 0) {
            channel_use(fd);
            return 0;
        }
        nanosleep(&pause, NULL);
    }
    return fail(PORT);
}

int place_in_machine(void)
{
    mkdir("/dev", 0755);
    mkdir("/proc", 0755);
    mkdir(PLACE_JOB, 0755);
    /* A kernel with CONFIG_DEVTMPFS_MOUNT mounts only onto a real root. */
    if (mount("dev", "/dev", "devtmpfs", 0, NULL) < 0 && errno != EBUSY)
        return fail("/dev");
    if (mount("proc", "/proc", "proc", 0, NULL) < 0)
        return fail("/proc");
    if (load_modules() < 0)
        return -1;
    return open_port();
}

void place_power_off(void)
{
    sync();
    reboot(RB_POWER_OFF);
    _exit(1);
}
