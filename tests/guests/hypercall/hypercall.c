/* SPDX-License-Identifier: ISC */
/*
 * Makes hypercalls that no bindings make, named by the first argument: at,
 * over and around the top of memory, with lengths that wrap, to wild handles
 * and of unknown numbers. What must end the guest is followed by "after".
 */
#include "guest.h"
#include "guest_arch.h"
#include "hvt_abi.h"

#ifdef HVT_CALL

static const char rodata[64] = "read-only\n";
static uint8_t block[512], blocks[1024];
static uintptr_t top;
/* Where text and read-only data end, in their last pages. */
extern const uint8_t _etext[], _erodata[];

static void call(unsigned nr, const volatile void *arg)
{
    HVT_CALL(nr, (uint32_t)(uintptr_t)arg);
}

static void put(uint64_t data, uint64_t size)
{
    struct hvt_hc_puts puts = {data, size};

    call(HVT_HYPERCALL_PUTS, &puts);
}

static int32_t read_block(uint64_t handle, uint64_t offset, uint64_t data,
                          uint64_t size)
{
    struct hvt_hc_block read = {handle, offset, data, size, -1};

    call(HVT_HYPERCALL_BLOCK_READ, &read);
    return read.ret;
}

static int32_t write_from(uint64_t handle, uint64_t offset, const void *data,
                          uint64_t size)
{
    struct hvt_hc_block write = {handle, offset, (uintptr_t)data, size, -1};

    call(HVT_HYPERCALL_BLOCK_WRITE, &write);
    return write.ret;
}

static int32_t write_block(uint64_t handle, uint64_t offset, uint64_t size)
{
    return write_from(handle, offset, block, size);
}

static int32_t send(uint64_t handle, uint64_t size)
{
    struct hvt_hc_net write = {handle, (uintptr_t)block, size, -1};

    call(HVT_HYPERCALL_NET_WRITE, &write);
    return write.ret;
}

static int32_t receive(uint64_t handle)
{
    struct hvt_hc_net read = {handle, (uintptr_t)block, sizeof block, -1};

    call(HVT_HYPERCALL_NET_READ, &read);
    return read.ret;
}

/* What is answered: the guest goes on. */
static int answered(const char *what)
{
    static const uint64_t wild[] = {
        0, 3, 63, 64, 65, 0xffffffff, 1ull << 32 | 1, UINT64_MAX};
    uint64_t disk = 1, net = 2;

    if (text_equal(what, "handles")) {
        for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
            CHECK(read_block(wild[i], 0, (uintptr_t)block, 512) ==
                  SOLO5_R_EINVAL);
            CHECK(write_block(wild[i], 0, 512) == SOLO5_R_EINVAL);
            CHECK(send(wild[i], 60) == SOLO5_R_EINVAL);
            CHECK(receive(wild[i]) == SOLO5_R_EINVAL);
        }
        CHECK(read_block(net, 0, (uintptr_t)block, 512) == SOLO5_R_EINVAL);
        CHECK(write_block(net, 0, 512) == SOLO5_R_EINVAL);
        CHECK(send(disk, 60) == SOLO5_R_EINVAL);
        CHECK(receive(disk) == SOLO5_R_EINVAL);
        return success();
    }
    if (text_equal(what, "ranges")) {
        /* A frame of 1514 bytes would be cut. */
        CHECK(receive(net) == SOLO5_R_EINVAL);
        CHECK(read_block(disk, 8192, (uintptr_t)block, 512) == SOLO5_R_EINVAL);
        CHECK(read_block(disk, UINT64_MAX - 511, (uintptr_t)block, 512) ==
              SOLO5_R_EINVAL);
        CHECK(read_block(disk, 1, (uintptr_t)block, 512) == SOLO5_R_EINVAL);
        CHECK(read_block(disk, 0, (uintptr_t)block, 511) == SOLO5_R_EINVAL);
        CHECK(write_block(disk, 8192, 512) == SOLO5_R_EINVAL);
        CHECK(write_block(disk, 1ull << 63, 512) == SOLO5_R_EINVAL);
        CHECK(send(net, 1515) == SOLO5_R_EINVAL);
        CHECK(read_block(disk, 7680, (uintptr_t)block, 512) == SOLO5_R_OK);
        return success();
    }
    if (text_equal(what, "top")) {
        /* Both the struct and what it names may end with the memory. */
        struct hvt_hc_puts *last = (struct hvt_hc_puts *)top - 1;
        struct hvt_hc_puts kept = *last;

        *last = (struct hvt_hc_puts){top, 0};
        call(HVT_HYPERCALL_PUTS, last);
        *last = kept;
        return success();
    }
    if (text_equal(what, "two-blocks")) {
        CHECK(read_block(disk, 7168, (uintptr_t)blocks, 1024) == SOLO5_R_OK);
        for (uint64_t i = 0; i < sizeof blocks; i++)
            CHECK(blocks[i] == image_pattern(7168 + i));
        CHECK(write_from(disk, 7168, blocks, 1024) == SOLO5_R_OK);
        CHECK(write_from(disk, 7680, blocks, 1024) == SOLO5_R_EINVAL);
        CHECK(read_block(disk, 7680, (uintptr_t)blocks, 1024) ==
              SOLO5_R_EINVAL);
        return success();
    }
    return SOLO5_EXIT_FAILURE;
}

static void halt(int32_t status)
{
    struct hvt_hc_halt last = {0, status};

    call(HVT_HYPERCALL_HALT, &last);
}

/* The first room of eight bytes behind what ends at END. */
static const void *behind(const uint8_t *end)
{
    return (const void *)(((uintptr_t)end + 7) & ~(uintptr_t)7);
}

/* What is the guest's end. */
static bool fatal(const char *what)
{
    struct hvt_hc_halt with_cookie = {top - 511, 0};
    struct hvt_hc_poll *poll = (void *)(uintptr_t)rodata;

    if (text_equal(what, "data-over"))
        put(top - 4, 5);
    else if (text_equal(what, "data-wrap"))
        put((uintptr_t)rodata, UINT64_MAX);
    else if (text_equal(what, "data-wrap-to-0"))
        put((uintptr_t)rodata, -(uint64_t)(uintptr_t)rodata);
    else if (text_equal(what, "data-behind"))
        put(top, 1);
    else if (text_equal(what, "data-high"))
        put(1ull << 63, 1);
    else if (text_equal(what, "data-0"))
        put(0, 1);
    else if (text_equal(what, "arg-over"))
        call(HVT_HYPERCALL_PUTS, (void *)(top - 15));
    else if (text_equal(what, "arg-behind"))
        call(HVT_HYPERCALL_POLL, (void *)top);
    else if (text_equal(what, "arg-last"))
        HVT_CALL(HVT_HYPERCALL_POLL, 0xffffffff);
    else if (text_equal(what, "arg-read-only"))
        call(HVT_HYPERCALL_POLL, poll);
    else if (text_equal(what, "arg-boot-info"))
        HVT_CALL(HVT_HYPERCALL_WALLTIME, HVT_BOOT_INFO_BASE);
    else if (text_equal(what, "into-text"))
        read_block(1, 0, HVT_GUEST_MIN_BASE, 512);
    else if (text_equal(what, "into-end-of-text"))
        call(HVT_HYPERCALL_WALLTIME, behind(_etext));
    else if (text_equal(what, "into-end-of-rodata"))
        call(HVT_HYPERCALL_WALLTIME, behind(_erodata));
    else if (text_equal(what, "from-nothing-low"))
        put(HVT_BOOT_INFO_BASE - 1, 2);
    else if (text_equal(what, "into-boot-info"))
        read_block(1, 0, HVT_BOOT_INFO_BASE, 512);
    else if (text_equal(what, "into-last-of-rodata"))
        read_block(1, 0, ((uintptr_t)rodata & ~511ull) + 1, 512);
    else if (text_equal(what, "number-0"))
        call(0, block);
    else if (text_equal(what, "number-9"))
        call(9, block);
    else if (text_equal(what, "number-200"))
        call(200, block);
    else if (text_equal(what, "cookie"))
        call(HVT_HYPERCALL_HALT, &with_cookie);
    else if (text_equal(what, "status-256"))
        halt(256);
    else if (text_equal(what, "status-minus-one"))
        halt(-1);
    else if (text_equal(what, "status-lowest"))
        halt(INT32_MIN);
    else if (text_equal(what, "nothing-there"))
        HVT_ACCESS_NOTHING();
    else if (text_equal(what, "unhandled"))
        HVT_UNHANDLED_TRAP();
    else
        return false;
    return true;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    top = info->heap_start + info->heap_size;
    if (!fatal(info->cmdline))
        return answered(info->cmdline);
    say("after\n");
    return SOLO5_EXIT_FAILURE;
}

#else

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    return SOLO5_EXIT_FAILURE;
}

#endif
