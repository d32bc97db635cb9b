/* SPDX-License-Identifier: ISC */
/*
 * solo5-init: runs jobs, one after another, that come as frames (wire.h). It
 * is the first process of a virtual machine, or, started by solo5.places.host
 * as `solo5-init --host FD [FOLDER...]` with the descriptor of a socket, of
 * namespaces on this host, whose jobs can read those folders of its root.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "job.h"

#define MODULES "/modules"
#define PORT "/dev/vport0p1"
/* A driver finds its device some time after its module is loaded. */
#define PORT_TRIES 500
#define PORT_TRY_NS 10000000

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void mount_on(const char *type, const char *path)
{
    mkdir(path, 0755);
    if (mount(type, path, type, 0, "") < 0 && errno != EBUSY)
        die(path);
}

/* The kernel's own chatter has no place among a guest's frames. */
static void network_quiet(void)
{
    static const char *const paths[] = {
        "/proc/sys/net/ipv6/conf/all/disable_ipv6",
        "/proc/sys/net/ipv6/conf/default/disable_ipv6",
    };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int fd = open(paths[i], O_WRONLY | O_CLOEXEC);

        /* A kernel without IPv6 is quiet already. */
        if (fd >= 0 && write(fd, "1", 1) != 1)
            die(paths[i]);
        if (fd >= 0)
            close(fd);
    }
}

static void module_load(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
        die(path);
    close(fd);
}

/* Their names begin with a number, in the order that they need. */
static void modules_load(void)
{
    struct dirent **found;
    int count = scandir(MODULES, &found, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char path[300];

        snprintf(path, sizeof path, MODULES "/%s", found[i]->d_name);
        if (found[i]->d_name[0] != '.')
            module_load(path);
    }
}

/* In a virtual machine: everything that a kernel leaves to its init. */
static int machine_open(void)
{
    const struct timespec pause = {.tv_nsec = PORT_TRY_NS};
    int wire;

    mount_on("proc", "/proc");
    mount_on("sysfs", "/sys");
    mount_on("devtmpfs", "/dev");
    mount_on("devpts", "/dev/pts");
    modules_load();
    for (int i = 0; i < PORT_TRIES; i++) {
        wire = open(PORT, O_RDWR | O_CLOEXEC);
        if (wire >= 0)
            return wire;
        nanosleep(&pause, NULL);
    }
    die(PORT);
}

/* Lets jobs read a folder of the host's root, at the same path below ROOT. */
static void folder_show(const char *root, const char *folder)
{
    const unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID;
    char target[PATH_MAX], path[PATH_MAX];
    ssize_t size = readlink(folder, target, sizeof target - 1);

    snprintf(path, sizeof path, "%s%s", root, folder);
    if (size >= 0) {
        /* As /lib, where it is a part of /usr. */
        target[size] = '\0';
        if (symlink(target, path) < 0)
            die(folder);
    } else if (mkdir(path, 0755) < 0 ||
               mount(folder, path, NULL, MS_BIND, NULL) < 0 ||
               mount(NULL, path, NULL, flags, NULL) < 0) {
        die(folder);
    }
}

/* On a host, in new namespaces: a root of our own that goes when we go.
 * SHOWN: what of the host's can be read in it; NULL ends them. */
static int host_open(const char *fd_text, char *const *shown)
{
    static const char *const folders[] = {"/tmp/dev", "/tmp/proc"};

    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        die("/");
    if (mount("tmpfs", "/tmp", "tmpfs", 0, "") < 0)
        die("/tmp");
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        mkdir(folders[i], 0755);
    for (; *shown != NULL; shown++)
        folder_show("/tmp", *shown);
    if (mount("/dev", "/tmp/dev", NULL, MS_BIND | MS_REC, NULL) < 0 ||
        chdir("/tmp") < 0)
        die("/tmp");
    /* Not chroot(2), in which nobody can make user namespaces. The old root is
     * below the new one then, and goes (pivot_root(2)). */
    if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
        chdir("/") < 0)
        die("/");
    mount_on("proc", "/proc");
    return atoi(fd_text);
}

static void job_run(struct job *job, int wire)
{
    struct wire_done done;
    int err = folder_make(job);

    if (err == 0)
        err = taps_make(job);
    if (err == 0) {
        taps_name(job);
        err = processes_run(job, wire, &done);
    }
    if (err == 0) {
        folder_send(job, wire);
        wire_write(wire, WIRE_DONE, &done, sizeof done, NULL, 0);
    } else {
        wire_write(wire, WIRE_FAIL, job->failure, strlen(job->failure), NULL,
                   0);
    }
    taps_remove(job);
    folder_remove();
}

static int install(const struct frame *frame)
{
    size_t path_size;
    char path[256];

    if (frame->size < 2)
        return -1;
    path_size = frame->data[0] | (size_t)frame->data[1] << 8;
    if (path_size >= sizeof path || frame->size < 2 + path_size)
        return -1;
    memcpy(path, frame->data + 2, path_size);
    path[path_size] = '\0';
    return file_install(path, frame->data + 2 + path_size,
                        frame->size - 2 - path_size);
}

int main(int argc, char **argv)
{
    static struct job job;
    struct frame frame;
    int wire;

    umask(0);
    signal(SIGPIPE, SIG_IGN);
    /* A kernel hands words that it does not know to its init. */
    if (argc >= 3 && strcmp(argv[1], "--host") == 0)
        wire = host_open(argv[2], argv + 3);
    else
        wire = machine_open();
    fcntl(wire, F_SETFD, FD_CLOEXEC);
    network_quiet();
    wire_write(wire, WIRE_READY, NULL, 0, NULL, 0);
    while (wire_read(wire, &frame) == 0) {
        if (frame.kind == WIRE_INSTALL) {
            if (install(&frame) < 0)
                die("install");
        } else if (frame.kind == WIRE_WAKE) {
            if (wake(frame.data, frame.size) < 0)
                die("wake");
            wire_write(wire, WIRE_READY, NULL, 0, NULL, 0);
        } else if (frame.kind != WIRE_RUN) {
            if (job_add(&job, &frame) < 0)
                die(job.failure);
        } else {
            job_run(&job, wire);
            job_clear(&job);
        }
    }
    return 0;
}
