/* SPDX-License-Identifier: ISC */
/* Frames. Contract: wire.h. */
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int read_all(int fd, void *buffer, size_t size)
{
    char *at = buffer;

    while (size > 0) {
        ssize_t got = read(fd, at, size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

static void write_all(int fd, const void *buffer, size_t size)
{
    const char *at = buffer;

    while (size > 0) {
        ssize_t done = write(fd, at, size);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            _exit(1);
        at += done;
        size -= (size_t)done;
    }
}

int wire_read(int fd, struct frame *frame)
{
    static uint8_t *room;
    uint8_t head[5];

    if (read_all(fd, head, sizeof head) < 0)
        return -1;
    frame->kind = head[0];
    frame->size = head[1] | (uint32_t)head[2] << 8 | (uint32_t)head[3] << 16 |
                  (uint32_t)head[4] << 24;
    if (frame->size > WIRE_MAX_BYTES)
        return -1;
    free(room);
    room = malloc((size_t)frame->size + 1);
    if (room == NULL || read_all(fd, room, frame->size) < 0)
        return -1;
    room[frame->size] = '\0';
    frame->data = room;
    return 0;
}

void wire_write(int fd, enum wire_kind kind, const void *head, size_t head_size,
                const void *body, size_t body_size)
{
    size_t size = head_size + body_size;
    uint8_t start[5] = {(uint8_t)kind, (uint8_t)size, (uint8_t)(size >> 8),
                        (uint8_t)(size >> 16), (uint8_t)(size >> 24)};

    write_all(fd, start, sizeof start);
    write_all(fd, head, head_size);
    write_all(fd, body, body_size);
}
