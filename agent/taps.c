/* SPDX-License-Identifier: ISC */
/* A job's taps. Contract: job.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "job.h"

static int tap_open(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR);

    if (fd < 0)
        return -1;
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int tap_start(const struct job_tap *tap)
{
    struct ifreq request = {0};
    int err, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    strncpy(request.ifr_name, tap->name, IFNAMSIZ - 1);
    request.ifr_mtu = (int)tap->mtu;
    err = ioctl(fd, SIOCSIFMTU, &request);
    request.ifr_flags = IFF_UP | IFF_NOARP;
    if (err == 0)
        err = ioctl(fd, SIOCSIFFLAGS, &request);
    close(fd);
    return err;
}

int taps_make(struct job *job)
{
    for (size_t i = 0; i < job->tap_count; i++) {
        struct job_tap *tap = &job->tap[i];
        int fd = tap_open(tap->name);

        if (fd < 0 || ioctl(fd, TUNSETPERSIST, 1) < 0 || tap_start(tap) < 0)
            return job_fail(job, tap->name, strerror(errno));
        if (tap->as_fd)
            tap->fd = fd;
        else
            close(fd);
    }
    return 0;
}

void taps_remove(struct job *job)
{
    for (size_t i = 0; i < job->tap_count; i++) {
        struct job_tap *tap = &job->tap[i];
        int fd = tap->fd >= 0 ? tap->fd : tap_open(tap->name);

        if (fd >= 0) {
            ioctl(fd, TUNSETPERSIST, 0);
            close(fd);
        }
        tap->fd = -1;
    }
}

/* Replaces the first `{tap:NAME}` in *WORD; tells whether there was one. */
static bool word_name(const struct job *job, char **word)
{
    for (size_t i = 0; i < job->tap_count; i++) {
        const struct job_tap *tap = &job->tap[i];
        char mark[64], name[32], *at, *made;
        size_t before;

        snprintf(mark, sizeof mark, "{tap:%s}", tap->name);
        at = strstr(*word, mark);
        if (at == NULL)
            continue;
        if (tap->as_fd)
            snprintf(name, sizeof name, "@%d", tap->fd);
        else
            snprintf(name, sizeof name, "%s", tap->name);
        before = (size_t)(at - *word);
        made = malloc(strlen(*word) + sizeof name);
        if (made == NULL)
            abort();
        memcpy(made, *word, before);
        strcpy(made + before, name);
        strcat(made, at + strlen(mark));
        free(*word);
        *word = made;
        return true;
    }
    return false;
}

void taps_name(struct job *job)
{
    for (size_t i = 0; i < job->argc; i++)
        while (word_name(job, &job->argv[i]))
            ;
    /* The peer is at the other side of the tap, which has only a name. */
    for (size_t i = 0; i < job->tap_count; i++)
        job->tap[i].as_fd = false;
    for (size_t i = 0; i < job->peer_argc; i++)
        while (word_name(job, &job->peer_argv[i]))
            ;
}
