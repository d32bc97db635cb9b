/* SPDX-License-Identifier: ISC */
/*
 * sleeping TEXT: a supervisor who ends its tender by SIGTERM, once the guest
 * has written TEXT and sleeps.
 *
 * stopping TEXT: the guest stops its processor then. If the kernel tells the
 * tender so, that is the guest's end, and its own fault; else it sleeps.
 * Whichever this kernel's way is: status 0, if it ended that way.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"

#define TENDER_ENDED 1
#define GUEST_ABORTED 255

/* Firmware calls can be filtered (kernel Documentation/virt/kvm/devices/vm.rst,
 * group 0, attribute 0), from kernel 6.4 on. */
static bool kernel_tells(void)
{
    const struct kvm_device_attr filter = {.group = 0, .attr = 0};
    int system = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    int machine = ioctl(system, KVM_CREATE_VM, 0);

    if (machine < 0)
        caller_fail("/dev/kvm: %m");
    return ioctl(machine, KVM_HAS_DEVICE_ATTR, &filter) == 0;
}

static bool sleeps(pid_t child)
{
    char path[64], line[512] = "";
    const char *after;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, line, sizeof line - 1) < 0)
        caller_fail("%s: %m", path);
    close(fd);
    /* The name is in parentheses; the state follows. */
    after = strrchr(line, ')');
    return after != NULL && after[1] == ' ' && after[2] == 'S';
}

static void end_once_asleep(pid_t child, void *arg)
{
    (void)arg;
    while (!sleeps(child))
        ;
    kill(child, SIGTERM);
}

static void sleeping(char **words, char **command)
{
    caller_supervise(command, words[0], end_once_asleep, NULL);
}

VERB("sleeping", sleeping);

static void stopping(char **words, char **command)
{
    const bool told = kernel_tells();
    const int expected = told ? GUEST_ABORTED : TENDER_ENDED;
    pid_t child = fork();
    int status;

    if (child == 0) {
        if (told)
            caller_become(command);
        sleeping(words, command);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        caller_fail("stopping: %m");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
        caller_fail("stopping: wait status %#x, expected status %d", status,
                    expected);
    _exit(0);
}

VERB("stopping", stopping);
