/* SPDX-License-Identifier: ISC */
/* Contract: packet.h. */
#include "packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static const char digits[] = "0123456789abcdef";

static int byte_receive(struct packet_stream *stream, char *byte)
{
    ssize_t got;

    do {
        got = recv(stream->fd, byte, 1, 0);
    } while (got < 0 && errno == EINTR);
    return got == 1 ? 0 : -1;
}

static int bytes_send(struct packet_stream *stream, const char *from,
                      size_t size)
{
    while (size > 0) {
        ssize_t done = send(stream->fd, from, size, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return -1;
        from += done;
        size -= (size_t)done;
    }
    return 0;
}

static int digit_of(char c)
{
    const char *found = c == '\0' ? NULL : strchr(digits, c | 0x20);

    return found == NULL ? -1 : (int)(found - digits);
}

/* Reads what stands between $ and #. Returns its size, or -1; -2: too long. */
static int body_receive(struct packet_stream *stream, uint8_t *sum)
{
    size_t size = 0;
    char byte;

    for (*sum = 0;;) {
        if (byte_receive(stream, &byte) < 0)
            return -1;
        if (byte == '#')
            break;
        *sum = (uint8_t)(*sum + (uint8_t)byte);
        if (size < PACKET_MAX)
            stream->in[size] = byte;
        size++;
    }
    stream->in[size < PACKET_MAX ? size : PACKET_MAX] = '\0';
    return size <= PACKET_MAX ? (int)size : -2;
}

int packet_receive(struct packet_stream *stream)
{
    for (;;) {
        char byte, high, low;
        uint8_t sum;
        int size;

        if (byte_receive(stream, &byte) < 0)
            return -1;
        if (byte == 3) {
            memcpy(stream->in, "\3", 2);
            return 0;
        }
        if (byte != '$') /* acknowledgements, and what is none of ours */
            continue;
        size = body_receive(stream, &sum);
        if (size == -1 || byte_receive(stream, &high) < 0 ||
            byte_receive(stream, &low) < 0)
            return -1;
        if (stream->no_ack)
            return 0;
        if (size >= 0 && digit_of(high) == sum >> 4 &&
            digit_of(low) == (sum & 15))
            return bytes_send(stream, "+", 1);
        if (bytes_send(stream, "-", 1) < 0)
            return -1;
    }
}

int packet_interrupted(struct packet_stream *stream)
{
    char byte;
    ssize_t got = recv(stream->fd, &byte, 1, MSG_DONTWAIT);

    if (got == 0)
        return -1;
    return got == 1 && byte == 3;
}

void packet_begin(struct packet_stream *stream)
{
    stream->size = 0;
}

void packet_text(struct packet_stream *stream, const char *text)
{
    while (*text != '\0' && stream->size < PACKET_MAX)
        stream->out[stream->size++] = *text++;
}

void packet_hex(struct packet_stream *stream, const uint8_t *bytes,
                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15], '\0'};

        packet_text(stream, pair);
    }
}

int packet_send(struct packet_stream *stream)
{
    uint8_t sum = 0;
    char end[3] = "#";

    for (size_t i = 0; i < stream->size; i++)
        sum = (uint8_t)(sum + (uint8_t)stream->out[i]);
    end[1] = digits[sum >> 4];
    end[2] = digits[sum & 15];
    if (bytes_send(stream, "$", 1) < 0 ||
        bytes_send(stream, stream->out, stream->size) < 0)
        return -1;
    return bytes_send(stream, end, sizeof end);
}

int packet_answer(struct packet_stream *stream, const char *text)
{
    packet_begin(stream);
    packet_text(stream, text);
    return packet_send(stream);
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
