/* SPDX-License-Identifier: ISC */
/* Packets of GDB's remote protocol. Contract: packet.h. */
#include "packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static const char digits[] = "0123456789abcdef";

#define INTERRUPT 3

static bool byte_receive(struct packet_stream *stream, char *byte)
{
    ssize_t got;

    do {
        got = recv(stream->fd, byte, 1, 0);
    } while (got < 0 && errno == EINTR);
    return got == 1;
}

static bool bytes_send(struct packet_stream *stream, const char *from,
                       size_t size)
{
    while (size > 0) {
        ssize_t done = send(stream->fd, from, size, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        from += done;
        size -= (size_t)done;
    }
    return true;
}

/* Returns the value of a hexadecimal digit; -1: it is none. */
static int digit_of(char c)
{
    const char *found = c == '\0' ? NULL : strchr(digits, c | 0x20);

    return found == NULL ? -1 : (int)(found - digits);
}

/* Reads what stands between $ and #, and its SUM. Returns false if the debugger
 * has gone; what is too long is cut, and IS_WHOLE says so. */
static bool body_receive(struct packet_stream *stream, uint8_t *sum,
                         bool *is_whole)
{
    size_t size = 0;
    char byte;

    *sum = 0;
    *is_whole = true;
    for (;;) {
        if (!byte_receive(stream, &byte))
            return false;
        if (byte == '#')
            break;
        *sum = (uint8_t)(*sum + (uint8_t)byte);
        if (size == PACKET_MAX) {
            *is_whole = false;
            continue;
        }
        stream->in[size] = byte;
        size++;
    }
    stream->in[size] = '\0';
    stream->in_size = size;
    return true;
}

/* Reads the two digits behind #. Returns false if the debugger has gone. */
static bool sum_receive(struct packet_stream *stream, int *sum)
{
    char high, low;

    if (!byte_receive(stream, &high))
        return false;
    if (!byte_receive(stream, &low))
        return false;
    *sum = digit_of(high) < 0 || digit_of(low) < 0
               ? -1
               : digit_of(high) << 4 | digit_of(low);
    return true;
}

static bool is_acknowledgement(char byte)
{
    return byte == '+' || byte == '-';
}

bool packet_receive(struct packet_stream *stream)
{
    for (;;) {
        char byte;
        uint8_t sum;
        int told;
        bool is_whole;

        if (!byte_receive(stream, &byte))
            return false;
        if (byte == INTERRUPT) {
            stream->in[0] = INTERRUPT;
            stream->in[1] = '\0';
            return true;
        }
        if (is_acknowledgement(byte))
            continue;
        if (byte != '$')
            return false;
        if (!body_receive(stream, &sum, &is_whole))
            return false;
        if (!sum_receive(stream, &told))
            return false;
        if (stream->no_ack)
            return true;
        if (is_whole && told == sum)
            return bytes_send(stream, "+", 1);
        if (!bytes_send(stream, "-", 1))
            return false;
    }
}

enum packet_news packet_look(struct packet_stream *stream)
{
    char byte;
    ssize_t got;

    do {
        got = recv(stream->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
        if (got < 0 || (got == 1 && byte == '$'))
            return PACKET_NOTHING;
        if (got == 0)
            return PACKET_GONE;
        recv(stream->fd, &byte, 1, MSG_DONTWAIT);
    } while (is_acknowledgement(byte));
    return byte == INTERRUPT ? PACKET_INTERRUPT : PACKET_GONE;
}

void packet_begin(struct packet_stream *stream)
{
    stream->size = 0;
}

void packet_text(struct packet_stream *stream, const char *text)
{
    for (; *text != '\0' && stream->size < PACKET_MAX; text++) {
        stream->out[stream->size] = *text;
        stream->size++;
    }
}

void packet_hex(struct packet_stream *stream, const uint8_t *bytes,
                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15], '\0'};

        packet_text(stream, pair);
    }
}

void packet_send(struct packet_stream *stream)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < stream->size; i++)
        sum = (uint8_t)(sum + (uint8_t)stream->out[i]);
    const char end[] = {'#', digits[sum >> 4], digits[sum & 15]};
    /* What cannot be sent is followed by nothing. */
    if (bytes_send(stream, "$", 1) &&
        bytes_send(stream, stream->out, stream->size))
        bytes_send(stream, end, sizeof end);
}

void packet_answer(struct packet_stream *stream, const char *text)
{
    packet_begin(stream);
    packet_text(stream, text);
    packet_send(stream);
}

bool packet_bytes(const char *text, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int high = digit_of(text[2 * i]);
        int low = high < 0 ? -1 : digit_of(text[2 * i + 1]);

        if (low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool packet_binary(const struct packet_stream *stream, const char *text,
                   uint8_t *bytes, size_t count)
{
    const char *end = stream->in + stream->in_size;

    for (size_t i = 0; i < count; i++) {
        const bool is_escaped = text < end && *text == '}';

        text += is_escaped;
        if (text >= end)
            return false;
        bytes[i] = (uint8_t)(*text ^ (is_escaped ? 0x20 : 0));
        text++;
    }
    return text == end;
}

bool packet_number(const char **text, char separator, uint64_t *value)
{
    const char *at = *text;

    for (*value = 0; digit_of(*at) >= 0; at++)
        *value = *value << 4 | (uint64_t)digit_of(*at);
    if (at == *text || *at != separator)
        return false;
    *text = separator == '\0' ? at : at + 1;
    return true;
}
