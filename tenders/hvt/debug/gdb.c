/* SPDX-License-Identifier: ISC */
/* GDB's remote protocol, served. Contract: gdb.h. */
#include "gdb.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "registers.h"

#define DESCRIPTION_MAX 16384

/* So that a key in the debugger interrupts a running guest. */
static struct machine *running;

static void interrupt(int number)
{
    (void)number;
    running->interrupted = true;
    debug_interrupt(running->hypervisor);
}

int gdb_listen(struct gdb *gdb, uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int err;

    FAIL_IF(fd < 0, errno, "--gdb: socket: %m");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    err = bind(fd, (const struct sockaddr *)&address, sizeof address);
    if (err == 0)
        err = listen(fd, 1);
    FAIL_IF(err < 0, errno, "--gdb-port=%u: %m; give another one", port);
    gdb->listener = fd;
    gdb->port = port;
    return 0;
}

int gdb_open(struct gdb *gdb)
{
    struct machine *machine = gdb->points.machine;
    const struct sigaction action = {.sa_handler = interrupt};
    const int on = 1;
    int fd;

    fprintf(stderr,
            "%s: waiting for a debugger: gdb-multiarch -ex 'target remote "
            "127.0.0.1:%u' %s\n",
            tender_target.program, gdb->port, machine->guest->args.kernel);
    do {
        fd = accept4(gdb->listener, NULL, NULL, SOCK_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    close(gdb->listener);
    FAIL_IF(fd < 0, errno, "--gdb: %m");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    running = machine;
    sigaction(SIGIO, &action, NULL);
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETFL, O_ASYNC);
    gdb->stream.fd = fd;
    /* What it sends ends a wait, as the timer does. */
    return host_poll_add(machine->guest->policy.poll_fd, fd, HOST_POLL_TIMER);
}

/* ---- Memory ---- */

/* Reads ADDR,BYTES, behind which is END. */
static bool range_read(const char **text, char end, guest_addr_t *addr,
                       uint64_t *bytes)
{
    if (!packet_number(text, ',', &addr->value))
        return false;
    return packet_number(text, end, bytes);
}

/* m ADDR,BYTES */
static void memory_show(struct gdb *gdb, const char *text)
{
    guest_addr_t addr;
    uint64_t bytes;
    const uint8_t *at = NULL;

    if (range_read(&text, '\0', &addr, &bytes))
        at = points_memory(&gdb->points, addr, bytes);
    if (at == NULL || bytes > PACKET_MAX / 2)
        packet_text(&gdb->stream, "E01");
    else
        packet_hex(&gdb->stream, at, bytes);
}

/* M ADDR,BYTES:CONTENT; or X, whose content IS_BINARY. */
static const char *memory_change(struct gdb *gdb, const char *text,
                                 bool is_binary)
{
    static uint8_t content[PACKET_MAX / 2];
    guest_addr_t addr;
    uint64_t bytes;
    uint8_t *at;
    bool is_whole;

    if (!range_read(&text, ':', &addr, &bytes) || bytes > sizeof content)
        return "E01";
    is_whole = is_binary ? packet_binary(&gdb->stream, text, content, bytes)
                         : packet_bytes(text, content, bytes);
    if (!is_whole)
        return "E01";
    at = points_memory(&gdb->points, addr, bytes);
    if (at == NULL)
        return "E01";
    points_memory_write(at, content, bytes);
    return "OK";
}

/* ---- Registers ---- */

/* Reads NUMBER, which SEPARATOR ends: which register, so where it lies. */
static bool register_read(const char **text, char separator, size_t *at,
                          size_t *bytes)
{
    uint64_t number;

    return packet_number(text, separator, &number) &&
           registers_find(number, at, bytes);
}

/* g; or p NUMBER, with IS_ONE. */
static void registers_show(struct gdb *gdb, const char *text, bool is_one)
{
    const struct hypervisor *hypervisor = gdb->points.machine->hypervisor;
    uint8_t all[DEBUG_MAX_REGISTER_BYTES];
    size_t at = 0, bytes = registers_bytes();

    if (is_one && !register_read(&text, '\0', &at, &bytes))
        packet_text(&gdb->stream, "E02");
    else if (debug_registers_read(hypervisor, all) < 0)
        packet_text(&gdb->stream, "E02");
    else
        packet_hex(&gdb->stream, all + at, bytes);
}

/* G CONTENT; or P NUMBER=CONTENT, with IS_ONE. */
static const char *registers_change(struct gdb *gdb, const char *text,
                                    bool is_one)
{
    const struct hypervisor *hypervisor = gdb->points.machine->hypervisor;
    uint8_t all[DEBUG_MAX_REGISTER_BYTES];
    size_t at = 0, bytes = registers_bytes();

    if (is_one && !register_read(&text, '=', &at, &bytes))
        return "E02";
    if (debug_registers_read(hypervisor, all) < 0)
        return "E02";
    if (!packet_bytes(text, all + at, bytes))
        return "E02";
    return debug_registers_write(hypervisor, all) < 0 ? "E02" : "OK";
}

/* ---- Breakpoints and watchpoints ---- */

/* Z KIND,ADDR,BYTES sets, z removes. */
static const char *point_change(struct gdb *gdb, const char *text, bool add)
{
    struct debug_point point;
    uint64_t kind;

    if (!packet_number(&text, ',', &kind) || kind > DEBUG_WATCH_ACCESS)
        return "";
    if (!range_read(&text, '\0', &point.addr, &point.bytes))
        return "E03";
    point.kind = (enum debug_kind)kind;
    if (!add)
        points_remove(&gdb->points, &point);
    else if (!points_add(&gdb->points, &point))
        return "E03";
    return "OK";
}

/* ---- Conversation ---- */

/* qXfer:features:read:target.xml:AT,BYTES */
static void description_show(struct gdb *gdb, const char *text)
{
    static char description[DESCRIPTION_MAX];
    size_t size = registers_describe(description, sizeof description);
    uint64_t at, bytes;
    static char piece[PACKET_MAX / 2];

    if (!packet_number(&text, ',', &at) ||
        !packet_number(&text, '\0', &bytes)) {
        packet_text(&gdb->stream, "E00");
        return;
    }
    if (at > size)
        at = size;
    if (bytes > sizeof piece - 1)
        bytes = sizeof piece - 1;
    if (bytes > size - at)
        bytes = size - at;
    memcpy(piece, description + at, bytes);
    piece[bytes] = '\0';
    packet_text(&gdb->stream, at + bytes < size ? "m" : "l");
    packet_text(&gdb->stream, piece);
}

/* Returns what follows PREFIX in TEXT, or NULL. */
static const char *after(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);

    return strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

static void question_answer(struct gdb *gdb, const char *text)
{
    const char *rest = after(text, "qXfer:features:read:target.xml:");
    char line[128];

    if (after(text, "qSupported") != NULL) {
        snprintf(line, sizeof line,
                 "PacketSize=%x;qXfer:features:read+;swbreak+;hwbreak+;"
                 "QStartNoAckMode+",
                 PACKET_MAX);
        packet_text(&gdb->stream, line);
    } else if (rest != NULL) {
        description_show(gdb, rest);
    } else if (after(text, "qAttached") != NULL) {
        packet_text(&gdb->stream, "1");
    } else if (strcmp(text, "qfThreadInfo") == 0) {
        packet_text(&gdb->stream, "m1");
    } else if (strcmp(text, "qsThreadInfo") == 0) {
        packet_text(&gdb->stream, "l");
    } else if (strcmp(text, "qC") == 0) {
        packet_text(&gdb->stream, "QC1");
    }
    /* Nothing: what was asked for is not known here. */
}

static void stop_report(struct gdb *gdb, int signal,
                        const struct debug_stop *stop)
{
    char line[64];

    snprintf(line, sizeof line, "T%02xthread:1;", signal);
    packet_begin(&gdb->stream);
    packet_text(&gdb->stream, line);
    if (stop != NULL && stop->watch) {
        snprintf(line, sizeof line, "watch:%llx;",
                 (unsigned long long)points_touched(&gdb->points, stop).value);
        packet_text(&gdb->stream, line);
    } else if (stop != NULL && stop->software) {
        packet_text(&gdb->stream, "swbreak:;");
    }
}

/* Lets the debugger go; the guest goes on without its points. */
static void leave(struct gdb *gdb)
{
    points_forget(&gdb->points);
    close(gdb->stream.fd);
    gdb->stream.fd = -1;
}

/* Does what a packet asks for. Returns true when the guest may go on; ERR then
 * says whether it can. */
static bool packet_do(struct gdb *gdb, int signal,
                      const struct debug_stop *stop, int *err)
{
    struct packet_stream *stream = &gdb->stream;
    const char *text = stream->in;

    packet_begin(stream);
    switch (text[0]) {
    case 'c':
    case 'C': /* with a signal, of which there are none here */
    case 's':
    case 'S':
        *err = points_use(&gdb->points, text[0] == 's' || text[0] == 'S');
        return true;
    case 'D':
        packet_answer(stream, "OK");
        leave(gdb);
        return true;
    case 'k':
        gdb->killed = true;
        leave(gdb);
        return true;
    case '?':
        stop_report(gdb, signal, stop);
        break;
    case 'g':
        registers_show(gdb, text + 1, false);
        break;
    case 'p':
        registers_show(gdb, text + 1, true);
        break;
    case 'G':
        packet_text(stream, registers_change(gdb, text + 1, false));
        break;
    case 'P':
        packet_text(stream, registers_change(gdb, text + 1, true));
        break;
    case 'm':
        memory_show(gdb, text + 1);
        break;
    case 'M':
    case 'X':
        packet_text(stream, memory_change(gdb, text + 1, text[0] == 'X'));
        break;
    case 'Z':
    case 'z':
        packet_text(stream, point_change(gdb, text + 1, text[0] == 'Z'));
        break;
    case 'H':
    case 'T':
        packet_text(stream, "OK"); /* there is but one thread */
        break;
    case 'q':
        question_answer(gdb, text);
        break;
    case 'Q':
        if (strcmp(text, "QStartNoAckMode") == 0) {
            packet_answer(stream, "OK");
            stream->no_ack = true;
            return false;
        }
        break;
    default:
        break;
    }
    packet_send(stream);
    return false;
}

int gdb_stopped(struct gdb *gdb, int signal, const struct debug_stop *stop)
{
    static bool first = true;
    bool goes_on = false;
    int err = 0;

    /* At first, the debugger asks. */
    if (!first) {
        stop_report(gdb, signal, stop);
        packet_send(&gdb->stream);
    }
    first = false;
    while (!goes_on) {
        if (!packet_receive(&gdb->stream)) {
            leave(gdb);
            return 0;
        }
        goes_on = packet_do(gdb, signal, stop, &err);
    }
    return err;
}

bool gdb_wants_stop(struct gdb *gdb)
{
    enum packet_news news;

    gdb->points.machine->interrupted = false;
    debug_interrupt_clear(gdb->points.machine->hypervisor);
    if (gdb->stream.fd < 0)
        return false;
    news = packet_look(&gdb->stream);
    if (news == PACKET_GONE)
        leave(gdb);
    return news == PACKET_INTERRUPT;
}

void gdb_ended(struct gdb *gdb, int status)
{
    char line[8];

    if (gdb->stream.fd < 0)
        return;
    snprintf(line, sizeof line, "W%02x", status & 0xff);
    packet_answer(&gdb->stream, line);
    close(gdb->stream.fd);
    gdb->stream.fd = -1;
}
