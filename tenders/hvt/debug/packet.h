/* SPDX-License-Identifier: ISC */
/*
 * Packets of GDB's remote protocol (GDB manual, appendix E, Overview) over a
 * connected socket: framing, checksums, acknowledgement, hexadecimal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a packet, in both directions. */
#define PACKET_MAX 8192

struct packet_stream {
    int fd; /* -1: nobody is there */
    bool no_ack;
    size_t size; /* of what goes out */
    char out[PACKET_MAX + 1];
    size_t in_size; /* of what came in; there may be a NUL in it */
    char in[PACKET_MAX + 1];
};

/*
 * Waits for a packet and leaves it in IN, with a NUL. Returns false if the
 * debugger has gone, or is none: whatever comes between packets but an
 * acknowledgement or an interrupt is somebody else's protocol, such as a
 * browser's. An interrupt is a packet of one byte, 3.
 */
bool packet_receive(struct packet_stream *stream);

/* Tells, without waiting, what has come while the guest runs. A packet may wait
 * until it stops. */
enum packet_news {
    PACKET_NOTHING,
    PACKET_INTERRUPT,
    PACKET_GONE, /* the debugger, or it is none */
};
enum packet_news packet_look(struct packet_stream *stream);

/* An answer is put together and then sent; what is too long is cut. */
void packet_begin(struct packet_stream *stream);
void packet_text(struct packet_stream *stream, const char *text);
void packet_hex(struct packet_stream *stream, const uint8_t *bytes,
                size_t count);
/* Whether it arrives, the next packet_receive tells. */
void packet_send(struct packet_stream *stream);

/* Sends just TEXT. */
void packet_answer(struct packet_stream *stream, const char *text);

/* Reads COUNT bytes written in hexadecimal. Returns whether all were. */
bool packet_bytes(const char *text, uint8_t *bytes, size_t count);

/* The same of what stands as it is from TEXT to the end of STREAM's packet, but
 * for bytes that are escaped (Overview, Binary Data). */
bool packet_binary(const struct packet_stream *stream, const char *text,
                   uint8_t *bytes, size_t count);

/* Reads a number in hexadecimal and moves *TEXT behind it and one SEPARATOR
 * (0: the end must follow). Returns whether there was one. */
bool packet_number(const char **text, char separator, uint64_t *value);
