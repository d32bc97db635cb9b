/* SPDX-License-Identifier: ISC */
/*
 * networking STEP [STEP ...] [run STEP ...]: a manager of networks, in a
 * network namespace of its own. Steps before "run" come before the tender,
 * those after it once its guest has written "ready". Without "run", the tender
 * is to refuse what it is given, which has to stay as it was.
 *
 *   tap, tap:pi, tap:vnet,    makes "tap9", attached to: of plain frames; with
 *   tap:queues, tap:tun       packet information, virtio headers, more than
 *                             one queue; of IP packets
 *   pair:dgram, ...           a pair of sockets, the guest's and the manager's
 *   listening, unconnected    a socket that waits for others; one without any
 *   given N, named            the tender's own: descriptor N; tap9 by its name
 *   up, down, mtu N, delete   sets the tap
 *   offloads, no-offloads     sets the tap's; requires that it has none
 *   elsewhere                 goes on in another namespace, new and empty
 *   namesake N                makes another "tap9" there, of MTU N
 *   send N, tag N, last N     sends a frame of N bytes (with a VLAN tag)
 *   ack N                     waits until the guest has acknowledged one
 *   dropped                   waits until the tap has dropped a frame of its
 *   close                     closes the manager's end
 *   shut, shut-given          ends what it writes; what the guest's can read
 *   leave                     connects it to another, with frames unread
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "frame.h"

#define NAME "tap9"

static struct net {
    int end;     /* the tap's descriptor, or the guest's socket */
    int link; /* the other side: a packet socket, or the manager's socket */
    int control; /* of the tap's namespace, as is the next */
    int routes;
    int given; /* the tender's own descriptor */
} net = {-1, -1, -1, -1, -1};

static struct ifreq tap_request(void)
{
    struct ifreq request = {0};

    strcpy(request.ifr_name, NAME);
    return request;
}

static void tap_control(unsigned long what, struct ifreq *request)
{
    if (ioctl(net.control, (int)what, request) < 0)
        caller_fail("networking: %#lx of " NAME ": %m", what);
}

static void tap_make(int flags)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(FRAME_TYPE)};
    struct ifreq request = tap_request();

    request.ifr_flags = (short)flags;
    net.end = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (net.end < 0 || ioctl(net.end, TUNSETIFF, &request) < 0)
        caller_fail("networking: /dev/net/tun: %m");
    net.control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    net.routes = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
    net.link = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    address.sll_ifindex = (int)if_nametoindex(NAME);
    if (net.control < 0 || net.routes < 0 || net.link < 0 ||
        bind(net.link, (struct sockaddr *)&address, sizeof address) < 0)
        caller_fail("networking: sockets: %m");
}

static void pair_make(int family, int type)
{
    int ends[2];

    if (family == AF_INET)
        ends[0] = ends[1] = socket(family, type | SOCK_CLOEXEC, 0);
    else if (socketpair(family, type | SOCK_CLOEXEC, 0, ends) < 0)
        ends[0] = -1;
    if (ends[0] < 0)
        caller_fail("networking: sockets: %m");
    net.end = ends[0];
    net.link = ends[1];
}

static void tap(long number)
{
    (void)number;
    tap_make(IFF_TAP | IFF_NO_PI);
}

static void tap_pi(long number)
{
    (void)number;
    tap_make(IFF_TAP);
}

static void tap_vnet(long number)
{
    (void)number;
    tap_make(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
}

static void tap_queues(long number)
{
    (void)number;
    tap_make(IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
}

static void tap_tun(long number)
{
    (void)number;
    tap_make(IFF_TUN | IFF_NO_PI);
}

static void pair_dgram(long number)
{
    (void)number;
    pair_make(AF_UNIX, SOCK_DGRAM);
}

static void pair_seqpacket(long number)
{
    (void)number;
    pair_make(AF_UNIX, SOCK_SEQPACKET);
}

static void pair_stream(long number)
{
    (void)number;
    pair_make(AF_UNIX, SOCK_STREAM);
}

static void pair_udp(long number)
{
    (void)number;
    pair_make(AF_INET, SOCK_DGRAM);
}

static void unconnected(long number)
{
    (void)number;
    net.end = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (net.end < 0)
        caller_fail("networking: socket: %m");
}

static void listening(long number)
{
    const struct sockaddr address = {.sa_family = AF_UNIX};

    unconnected(number);
    /* A name that the kernel chooses (unix(7), autobind). */
    if (bind(net.end, &address, sizeof(sa_family_t)) < 0 ||
        listen(net.end, 1) < 0)
        caller_fail("networking: listening: %m");
}

static void given(long number)
{
    net.given = (int)number;
    if (dup2(net.end, net.given) < 0)
        caller_fail("networking: given %ld: %m", number);
}

static void named(long number)
{
    (void)number;
    if (ioctl(net.end, TUNSETPERSIST, 1) < 0)
        caller_fail("networking: " NAME ": %m");
    close(net.end);
    net.end = -1;
}

static void flags_set(short flags)
{
    struct ifreq request = tap_request();

    request.ifr_flags = flags;
    tap_control(SIOCSIFFLAGS, &request);
}

static void up(long number)
{
    (void)number;
    flags_set(IFF_UP | IFF_NOARP);
}

static void down(long number)
{
    (void)number;
    flags_set(IFF_NOARP);
}

static void mtu(long number)
{
    struct ifreq request = tap_request();

    request.ifr_mtu = (int)number;
    tap_control(SIOCSIFMTU, &request);
}

static void delete(long number)
{
    struct ifreq index = tap_request();
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } request = {{sizeof request, RTM_DELLINK, NLM_F_REQUEST, 0, 0}, {0}};

    (void)number;
    tap_control(SIOCGIFINDEX, &index);
    request.link.ifi_index = index.ifr_ifindex;
    if (send(net.routes, &request, sizeof request, 0) < 0)
        caller_fail("networking: delete: %m");
}

static void offloads(long number)
{
    (void)number;
    if (ioctl(net.end, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0)
        caller_fail("networking: offloads: %m");
}

static void no_offloads(long number)
{
    struct ethtool_value value = {.cmd = ETHTOOL_GTXCSUM};
    struct ifreq request = tap_request();

    (void)number;
    request.ifr_data = (void *)&value;
    tap_control(SIOCETHTOOL, &request);
    if (value.data != 0)
        caller_fail("networking: " NAME " has offloads");
}

static void elsewhere(long number)
{
    (void)number;
    if (unshare(CLONE_NEWNET) < 0)
        caller_fail("networking: unshare: %m");
}

/* Another tap of that name and hardware address, here. */
static void namesake(long number)
{
    struct ifreq address = tap_request();
    const struct net before = net;

    if (ioctl(net.end, SIOCGIFHWADDR, &address) < 0)
        caller_fail("networking: address: %m");
    tap(0);
    tap_control(SIOCSIFHWADDR, &address);
    mtu(number);
    net = before;
}

/* More than any device's frame, and than a tender has room for. */
#define SENT_MAX 66000

static void frame_send(size_t size, size_t tag, enum frame_op op)
{
    static const struct frame_mac ours = {{0x02, 0, 0, 0, 0, 0x01}};
    static const struct frame_mac all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    static uint8_t frame[SENT_MAX];

    if (size > sizeof frame || (size > 0 && size < FRAME_MIN + tag))
        caller_fail("networking: no frame has %zu bytes", size);
    if (size > 0)
        frame_write(frame + tag, size - tag, all, ours, op, (uint32_t)size);
    if (tag > 0) {
        memmove(frame, frame + tag, 12);
        memcpy(frame + 12, "\x81\x00\x00\x05", 4);
    }
    while (send(net.link, frame, size, 0) < 0)
        if (errno != ENETDOWN)
            caller_fail("networking: send %zu: %m", size);
}

static void frame_plain(long number)
{
    frame_send((size_t)number, 0, FRAME_DATA);
}

static void frame_tag(long number)
{
    frame_send((size_t)number, 4, FRAME_DATA);
}

static void frame_last(long number)
{
    frame_send((size_t)number, 0, FRAME_LAST);
}

static void ack(long number)
{
    uint8_t frame[FRAME_MAX];

    for (;;) {
        const ssize_t size = recv(net.link, frame, sizeof frame, 0);

        if (size < 0 && errno != ENETDOWN)
            caller_fail("networking: ack: %m");
        if (size > 0 && frame_is_ours(frame, (size_t)size) &&
            frame[14] == FRAME_ACK && frame_sequence(frame) == number)
            return;
    }
}

/* Frames that the host has not taken from the tap. */
static unsigned long drops(void)
{
    unsigned long bytes, packets, errors, dropped;
    FILE *devices = fopen("/proc/net/dev", "re");
    char line[512];

    while (devices != NULL && fgets(line, sizeof line, devices) != NULL)
        if (sscanf(line, " " NAME ": %lu %lu %lu %lu", &bytes, &packets,
                   &errors, &dropped) == 4) {
            fclose(devices);
            return dropped;
        }
    caller_fail("networking: no " NAME " in /proc/net/dev");
}

static void dropped(long number)
{
    const unsigned long before = drops();

    (void)number;
    while (drops() == before)
        poll(NULL, 0, 1);
}

static void close_ours(long number)
{
    (void)number;
    close(net.link);
}

static void shut(long number)
{
    (void)number;
    if (shutdown(net.link, SHUT_WR) < 0)
        caller_fail("networking: shut: %m");
}

static void shut_given(long number)
{
    (void)number;
    if (shutdown(net.end, SHUT_RD) < 0)
        caller_fail("networking: shut-given: %m");
}

static void leave(long number)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof address;

    (void)number;
    /* A name that the kernel chooses (unix(7), autobind). */
    if (bind(other, (struct sockaddr *)&address, sizeof(sa_family_t)) < 0 ||
        getsockname(other, (struct sockaddr *)&address, &size) < 0 ||
        poll(&(struct pollfd){net.link, POLLIN, 0}, 1, -1) != 1 ||
        connect(net.link, (struct sockaddr *)&address, size) < 0)
        caller_fail("networking: leave: %m");
}

static const struct {
    const char *name;
    void (*run)(long number);
    bool has_number;
} steps[] = {
    {"tap", tap, false},
    {"tap:pi", tap_pi, false},
    {"tap:vnet", tap_vnet, false},
    {"tap:queues", tap_queues, false},
    {"tap:tun", tap_tun, false},
    {"pair:dgram", pair_dgram, false},
    {"pair:seqpacket", pair_seqpacket, false},
    {"pair:stream", pair_stream, false},
    {"pair:udp", pair_udp, false},
    {"listening", listening, false},
    {"unconnected", unconnected, false},
    {"given", given, true},
    {"named", named, false},
    {"up", up, false},
    {"down", down, false},
    {"mtu", mtu, true},
    {"delete", delete, false},
    {"offloads", offloads, false},
    {"no-offloads", no_offloads, false},
    {"elsewhere", elsewhere, false},
    {"namesake", namesake, true},
    {"send", frame_plain, true},
    {"tag", frame_tag, true},
    {"last", frame_last, true},
    {"ack", ack, true},
    {"dropped", dropped, false},
    {"close", close_ours, false},
    {"leave", leave, false},
    {"shut", shut, false},
    {"shut-given", shut_given, false},
};

/* Makes the step of the first word. Returns the words after it. */
static char **step(char **words)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (strcmp(steps[i].name, *words) != 0)
            continue;
        words++;
        if (!steps[i].has_number) {
            steps[i].run(0);
            return words;
        }
        if (*words == NULL)
            caller_fail("networking: %s: a number expected", steps[i].name);
        steps[i].run(caller_number(*words, 0, INT_MAX));
        return words + 1;
    }
    caller_fail("networking: %s: no such step", *words);
}

static void act(pid_t child, void *arg)
{
    char **words = arg;

    (void)child;
    while (*words != NULL)
        words = step(words);
}

/* What a tender that refuses may not change. */
struct state {
    int mode, flags;
};

static struct state state_of_given(void)
{
    struct ifreq request = {0};
    struct state state = {.mode = fcntl(net.given, F_GETFL)};

    /* Of a tap; its flags tell whether it has a filter, too. */
    if (ioctl(net.given, TUNGETIFF, &request) == 0)
        state.flags = request.ifr_flags;
    return state;
}

static _Noreturn void expect_refusal(char **command)
{
    const struct state before = state_of_given();
    struct state after;
    const pid_t child = fork();
    int status;

    if (child == 0)
        caller_become(command);
    if (child < 0 || waitpid(child, &status, 0) < 0)
        caller_fail("networking: %m");
    after = state_of_given();
    if (memcmp(&before, &after, sizeof before) != 0)
        caller_fail("networking: what was given has changed");
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void networking(char **words, char **command)
{
    elsewhere(0);
    while (*words != NULL && strcmp(*words, "run") != 0)
        words = step(words);
    if (*words == NULL)
        expect_refusal(command);
    caller_supervise(command, "ready\n", act, words + 1);
}

VERB("networking", networking);
