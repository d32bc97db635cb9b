/* SPDX-License-Identifier: ISC */
/*
 * What is measured: each call of the API in a loop, "WHAT COUNT" as argument.
 * Its twin without Solo5 is tests/bench/plain.c; both say "ns TIME".
 */
#include "guest_net.h"

static _Alignas(4096) uint8_t buffer[32768];
static struct solo5_block_info block;
static solo5_handle_t disk;
static struct port port;

static void clock_loop(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        (void)solo5_clock_monotonic();
}

static void console_loop(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        say("a line\n");
}

static void yield_loop(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        solo5_yield(0, NULL);
}

static void read_loop(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        CHECK(solo5_block_read(disk, i * block.block_size % block.capacity,
                               buffer, block.block_size) == SOLO5_R_OK);
}

static void write_loop(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        CHECK(solo5_block_write(disk, i * block.block_size % block.capacity,
                                buffer, block.block_size) == SOLO5_R_OK);
}

/* Sends frames back until the last; the peer counts. */
static void net_loop(uint64_t count)
{
    (void)count;
    do
        port_forward(&port, port_wait(&port));
    while (port_frame[14] != FRAME_LAST);
}

static const struct loop {
    const char *name;
    void (*run)(uint64_t count);
} loops[] = {
    {"console", console_loop}, {"clock", clock_loop}, {"yield", yield_loop},
    {"read", read_loop},       {"write", write_loop}, {"net", net_loop},
};

/* Splits "WHAT COUNT" and returns COUNT. */
static uint64_t parse(const char *args, char what[16])
{
    uint64_t count = 0;
    size_t i = 0;

    for (; *args != '\0' && *args != ' ' && i < 15; args++)
        what[i++] = *args;
    what[i] = '\0';
    while (*args == ' ')
        args++;
    for (; *args >= '0' && *args <= '9'; args++)
        count = count * 10 + (uint64_t)(*args - '0');
    return count;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    char what[16];
    uint64_t count = parse(info->cmdline, what);

    CHECK(solo5_block_acquire("disk", &disk, &block) == SOLO5_R_OK);
    port_acquire(&port, "service");
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        solo5_time_t start;

        if (!text_equal(what, loops[i].name))
            continue;
        if (loops[i].run == net_loop)
            port_meet(&port);
        start = solo5_clock_monotonic();
        loops[i].run(count);
        say_number("ns ", solo5_clock_monotonic() - start);
        return success();
    }
    return SOLO5_EXIT_FAILURE;
}
