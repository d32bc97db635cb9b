/* SPDX-License-Identifier: ISC */
/*
 * The kinds of network devices, of which net.c knows nothing else, and the
 * queue of frames that both have. Each int function returns 0, or -errno with
 * a line; NAME is what the command line says, for the line.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* More frames than wait in a queue. */
#define QUEUE_FRAMES_MAX 65536

/* Attaches to a tap that exists. FD: a new descriptor. */
int tap_attach(const char *name, int *fd);
/*
 * Requires FD to be a tap of plain frames, and tells its MTU. It has no
 * offloads then, and queue_limit holds. What is refused for its kind stays as
 * it was; for its namespace, it has neither offloads nor filter any longer.
 */
int tap_examine(const char *name, int fd, uint16_t *mtu);

/* Requires FD to be a socket of frames, and tells their MTU. */
int socket_examine(const char *name, int fd, uint16_t *mtu);
/*
 * Drops from the queue of FD what is longer than MAX_BYTES, and what waits
 * before it.
 */
void socket_sift(int fd, uint32_t max_bytes);

/*
 * Lets no frame of more than MAX_BYTES, nor of none, into the queue of FD any
 * more: reading would cut a long one without a sign. Returns 0, or -1 with
 * errno, without a line.
 */
int queue_limit(int fd, bool is_socket, uint32_t max_bytes);
/* Drops up to COUNT frames from the queue of FD. */
void queue_drop(int fd, uint32_t count);
