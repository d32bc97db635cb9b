/* SPDX-License-Identifier: ISC */
/*
 * The frames that test guests and their peer exchange. Both sides include
 * this; it needs no C library.
 *
 *   0  destination, source, FRAME_TYPE   the Ethernet header
 *  14  operation                         enum frame_op
 *  15  0
 *  16  sequence number                   little-endian
 *  20  payload                           frame_payload(sequence, index)
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For local experiments (IEEE Std 802, "EtherTypes for experimental use"). */
#define FRAME_TYPE 0x88b5
#define FRAME_MIN 20
#define FRAME_MAX (9000 + 14)

enum frame_op {
    FRAME_HELLO = 1, /* guest: here I am; repeated until answered */
    FRAME_ACK,       /* peer: so am I */
    FRAME_GO,        /* guest: send something, after a while */
    FRAME_DATA,      /* comes back as it went */
    FRAME_LAST,      /* as DATA; then it is over */
};

struct frame_mac {
    uint8_t byte[6];
};

static inline uint8_t frame_payload(uint32_t sequence, size_t index)
{
    return (uint8_t)(sequence * 7 + index + (index >> 8));
}

static inline void frame_write(uint8_t *frame, size_t size, struct frame_mac to,
                               struct frame_mac from, enum frame_op op,
                               uint32_t sequence)
{
    for (size_t i = 0; i < 6; i++) {
        frame[i] = to.byte[i];
        frame[6 + i] = from.byte[i];
    }
    frame[12] = FRAME_TYPE >> 8;
    frame[13] = FRAME_TYPE & 0xff;
    frame[14] = (uint8_t)op;
    frame[15] = 0;
    for (size_t i = 0; i < 4; i++)
        frame[16 + i] = (uint8_t)(sequence >> (8 * i));
    for (size_t i = FRAME_MIN; i < size; i++)
        frame[i] = frame_payload(sequence, i - FRAME_MIN);
}

/* Is it a frame of ours? The host's kernel talks on the network, too. */
static inline bool frame_is_ours(const uint8_t *frame, size_t size)
{
    return size >= FRAME_MIN && frame[12] == (FRAME_TYPE >> 8) &&
           frame[13] == (FRAME_TYPE & 0xff);
}

static inline uint32_t frame_sequence(const uint8_t *frame)
{
    return frame[16] | (uint32_t)frame[17] << 8 | (uint32_t)frame[18] << 16 |
           (uint32_t)frame[19] << 24;
}

static inline bool frame_payload_holds(const uint8_t *frame, size_t size)
{
    uint32_t sequence = frame_sequence(frame);

    for (size_t i = FRAME_MIN; i < size; i++)
        if (frame[i] != frame_payload(sequence, i - FRAME_MIN))
            return false;
    return true;
}

#endif
