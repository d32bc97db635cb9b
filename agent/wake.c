/* SPDX-License-Identifier: ISC */
/* A saved machine wakes up later, and more than once. Contract: job.h. */
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "job.h"

#define TIME_BYTES 8
#define ENTROPY_MAX_BYTES 256

static int clock_set(const uint8_t *from)
{
    struct timespec time;
    uint64_t ns = 0;

    for (int i = TIME_BYTES; i-- > 0;)
        ns = ns << 8 | from[i];
    time.tv_sec = (time_t)(ns / 1000000000);
    time.tv_nsec = (long)(ns % 1000000000);
    return clock_settime(CLOCK_REALTIME, &time);
}

/* All machines restored from one would draw the same numbers: what is added
 * differs, and only the second call makes the kernel use it at once
 * (random(4)). */
static int random_feed(const uint8_t *entropy, size_t size)
{
    uint32_t room[(sizeof(struct rand_pool_info) + ENTROPY_MAX_BYTES) / 4];
    struct rand_pool_info *pool = (void *)room;
    int err, fd;

    if (size > ENTROPY_MAX_BYTES)
        return -1;
    pool->entropy_count = (int)size * 8;
    pool->buf_size = (int)size;
    memcpy(pool->buf, entropy, size);
    fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    err = ioctl(fd, RNDADDENTROPY, pool);
    if (err == 0)
        err = ioctl(fd, RNDRESEEDCRNG);
    close(fd);
    return err;
}

int wake(const uint8_t *content, size_t size)
{
    if (size < TIME_BYTES || clock_set(content) < 0)
        return -1;
    return random_feed(content + TIME_BYTES, size - TIME_BYTES);
}
