/* SPDX-License-Identifier: ISC */
/*
 * The other end of a test guest's network: sends frames through the host's
 * side of a tap and checks what comes back. Status 0: all frames were right;
 * else one line on standard error says which was not.
 *
 *   peer echo OUT IN COUNT WINDOW MIN MAX   COUNT frames of MIN to MAX bytes,
 *                                           at most WINDOW of them under way;
 *                                           says "ns TIME", first to last
 *   peer poke TAP                           one frame, a while after GO
 *   peer edges TAP MTU                      the largest frame, both ways
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23 /* linux/if_packet.h, since 4.20 */
#endif

/* So long without a frame, and something is lost. */
#define SILENCE_MS 20000
#define POKE_DELAY_MS 30

static const struct frame_mac peer_mac = {{0x02, 0, 0, 0, 0, 0x01}};

struct link {
    int fd;
    struct frame_mac guest;
};

static _Noreturn void fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("peer: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void link_open(struct link *link, const char *name)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(FRAME_TYPE),
        .sll_ifindex = (int)if_nametoindex(name),
    };
    int one = 1, room = 8 << 20;

    if (address.sll_ifindex == 0)
        fail("%s: no such interface", name);
    link->fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (link->fd < 0 ||
        setsockopt(link->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
                   sizeof one) < 0 ||
        setsockopt(link->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) <
            0 ||
        bind(link->fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("%s: packet socket: %s", name, strerror(errno));
}

/* Waits for a frame of ours and returns its size. */
static size_t link_read(const struct link *link, uint8_t *frame)
{
    struct pollfd ready = {.fd = link->fd, .events = POLLIN};

    for (;;) {
        ssize_t size = recv(link->fd, frame, FRAME_MAX, MSG_DONTWAIT);

        if (size > 0 && frame_is_ours(frame, (size_t)size))
            return (size_t)size;
        if (size < 0 && errno == EAGAIN && poll(&ready, 1, SILENCE_MS) == 0)
            fail("nothing came for %d ms", SILENCE_MS);
        if (size < 0 && errno != EAGAIN && errno != EINTR && errno != ENETDOWN)
            fail("recv: %s", strerror(errno));
    }
}

static void link_write(const struct link *link, const uint8_t *frame,
                       size_t size)
{
    struct pollfd room = {.fd = link->fd, .events = POLLOUT};

    while (send(link->fd, frame, size, 0) < 0) {
        if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
            fail("send of %zu bytes: %s", size, strerror(errno));
        poll(&room, 1, 1);
    }
}

static void pause_ms(long milliseconds)
{
    struct timespec time = {.tv_nsec = milliseconds * 1000000};

    nanosleep(&time, NULL);
}

/* Answers a guest's HELLO and learns its address. */
static void link_answer(struct link *link, uint8_t *frame)
{
    memcpy(link->guest.byte, frame + 6, 6);
    frame_write(frame, FRAME_MIN, link->guest, peer_mac, FRAME_ACK, 0);
    link_write(link, frame, FRAME_MIN);
}

static void link_meet(struct link *link)
{
    uint8_t frame[FRAME_MAX];

    do
        link_read(link, frame);
    while (frame[14] != FRAME_HELLO);
    link_answer(link, frame);
}

/* Reads a frame that is not one more HELLO of a guest we have answered. */
static size_t link_read_next(struct link *link, uint8_t *frame)
{
    size_t size;

    do
        size = link_read(link, frame);
    while (frame[14] == FRAME_HELLO);
    return size;
}

struct load {
    uint32_t count;
    uint32_t window;
    size_t min;
    size_t max;
};

/* Every size from min to max comes up, in leaps. */
static size_t load_size(const struct load *load, uint32_t sequence)
{
    return load->min + (size_t)sequence * 611 % (load->max - load->min + 1);
}

static uint64_t now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void echo(struct link *out, struct link *in, const struct load *load)
{
    uint8_t frame[FRAME_MAX];
    uint32_t sent = 0, got = 0;
    uint64_t start = now_ns();

    while (got < load->count) {
        size_t size;

        while (sent < load->count && sent - got < load->window) {
            enum frame_op op =
                sent == load->count - 1 ? FRAME_LAST : FRAME_DATA;

            size = load_size(load, sent);
            frame_write(frame, size, out->guest, peer_mac, op, sent);
            link_write(out, frame, size);
            sent++;
        }
        size = link_read_next(in, frame);
        if (frame_sequence(frame) != got)
            fail("frame %u came, %u was due", frame_sequence(frame), got);
        if (size != load_size(load, got))
            fail("frame %u has %zu bytes, not %zu", got, size,
                 load_size(load, got));
        if (!frame_payload_holds(frame, size))
            fail("frame %u: payload changed", got);
        got++;
    }
    printf("ns %llu\n", (unsigned long long)(now_ns() - start));
}

static void poke(struct link *link)
{
    uint8_t frame[FRAME_MAX];

    link_read_next(link, frame);
    if (frame[14] != FRAME_GO)
        fail("operation %d came, GO was due", frame[14]);
    pause_ms(POKE_DELAY_MS);
    frame_write(frame, FRAME_MIN, link->guest, peer_mac, FRAME_LAST, 0);
    link_write(link, frame, FRAME_MIN);
}

/* The guest tries frames that are too long; only the longest may arrive. */
static void edges(struct link *link, size_t mtu)
{
    uint8_t frame[FRAME_MAX];
    size_t size = mtu + 14;

    frame_write(frame, size, link->guest, peer_mac, FRAME_DATA, 1);
    link_write(link, frame, size);
    for (uint32_t sequence = 1; sequence <= 3; sequence++) {
        size_t due = sequence == 2 ? FRAME_MIN : size;
        size_t got = link_read_next(link, frame);

        if (got != due || frame_sequence(frame) != sequence ||
            !frame_payload_holds(frame, got))
            fail("frame %u of %zu bytes came; frame %u of %zu was due",
                 frame_sequence(frame), got, sequence, due);
    }
}

static uint32_t number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value > UINT32_MAX)
        fail("%s: not a number", text);
    return (uint32_t)value;
}

int main(int argc, char **argv)
{
    struct link a, b;

    if (argc == 8 && strcmp(argv[1], "echo") == 0) {
        struct load load = {number(argv[4]), number(argv[5]), number(argv[6]),
                            number(argv[7])};
        bool same = strcmp(argv[2], argv[3]) == 0;

        if (load.min < FRAME_MIN || load.max < load.min ||
            load.max > FRAME_MAX || load.window == 0)
            fail("sizes from %d to %d, window from 1", FRAME_MIN, FRAME_MAX);
        link_open(&a, argv[2]);
        if (!same)
            link_open(&b, argv[3]);
        link_meet(&a);
        if (!same)
            link_meet(&b);
        echo(&a, same ? &a : &b, &load);
    } else if (argc == 3 && strcmp(argv[1], "poke") == 0) {
        link_open(&a, argv[2]);
        link_meet(&a);
        poke(&a);
    } else if (argc == 4 && strcmp(argv[1], "edges") == 0) {
        link_open(&a, argv[2]);
        link_meet(&a);
        edges(&a, number(argv[3]));
    } else {
        fail("usage: echo OUT IN COUNT WINDOW MIN MAX | poke TAP | "
             "edges TAP MTU");
    }
    return 0;
}
