/* SPDX-License-Identifier: ISC */
/*
 * Makes one Linux system call that its sandbox must not let through, named by
 * the first argument. Descriptors of its devices it reads from the manifest.
 */
#include "guest.h"
#include "guest_arch.h"
#include "mft_abi.h"
#include "spt_abi.h"

#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME 7

static const char hello[] = "/etc/passwd";
static _Alignas(4096) uint8_t block[4096];
static uint64_t timer[4];
/* Of signals: all. */
static const uint64_t mask = UINT64_MAX;

/* Moves the last two blocks in one call: both arrive. */
static void two_blocks(long disk, long size, long capacity)
{
    const uint64_t offset = (uint64_t)(capacity - 2 * size);

    CHECK(syscall6(SYS_PREAD64, disk, (long)block, 2 * size, (long)offset, 0,
                   0) == 2 * size);
    for (uint64_t i = 0; i < (uint64_t)(2 * size); i++)
        CHECK(block[i] == image_pattern(offset + i));
    CHECK(syscall6(SYS_PWRITE64, disk, (long)block, 2 * size, (long)offset, 0,
                   0) == 2 * size);
}

static void attempt(const char *what, const struct spt_boot_info *boot)
{
    const struct mft *mft = (const struct mft *)(uintptr_t)boot->mft;
    long disk = mft->e[1].b.hostfd, tap = mft->e[2].b.hostfd;
    long size = mft->e[1].u.block_basic.block_size;
    long capacity = (long)mft->e[1].u.block_basic.capacity;
    long text = (long)hello, data = (long)block;

#define ATTEMPT(name, ...)        \
    if (text_equal(what, name)) { \
        syscall6(__VA_ARGS__);    \
        return;                   \
    }
    ATTEMPT("openat", SYS_OPENAT, -100, text, 0, 0, 0, 0)
    ATTEMPT("socket", SYS_SOCKET, 2, 1, 0, 0, 0, 0)
    ATTEMPT("mmap", SYS_MMAP, 0, 65536, 7, 0x22, -1, 0)
    ATTEMPT("mprotect", SYS_MPROTECT, data, 4096, 7, 0, 0, 0)
    ATTEMPT("execve", SYS_EXECVE, text, 0, 0, 0, 0, 0)
    ATTEMPT("ptrace", SYS_PTRACE, 0, 0, 0, 0, 0, 0)
    ATTEMPT("kill", SYS_KILL, 1, 0, 0, 0, 0, 0)
    ATTEMPT("prctl", SYS_PRCTL, 15, text, 0, 0, 0, 0)
    ATTEMPT("bpf", SYS_BPF, 0, data, 16, 0, 0, 0)
    ATTEMPT("clone3", SYS_CLONE3, data, 64, 0, 0, 0, 0)
    ATTEMPT("read-stdin", SYS_READ, 0, data, 16, 0, 0, 0)
    ATTEMPT("read-disk", SYS_READ, disk, data, size, 0, 0, 0)
    ATTEMPT("write-stderr", SYS_WRITE, 2, text, 4, 0, 0, 0)
    ATTEMPT("write-disk", SYS_WRITE, disk, data, size, 0, 0, 0)
    /* Only the low half looks like the console's descriptor. */
    ATTEMPT("write-high", SYS_WRITE, 0x100000001, text, 4, 0, 0, 0)
    ATTEMPT("pread-end", SYS_PREAD64, disk, data, size, capacity, 0, 0)
    ATTEMPT("pwrite-end", SYS_PWRITE64, disk, data, size, capacity, 0, 0)
    ATTEMPT("pwrite-over", SYS_PWRITE64, disk, data, size, capacity - size + 1,
            0, 0)
    ATTEMPT("pwrite-high", SYS_PWRITE64, disk, data, size, 0x100000000, 0, 0)
    ATTEMPT("pwrite-long", SYS_PWRITE64, disk, data, 2 * size, 0, 0, 0)
    ATTEMPT("pwrite-tap", SYS_PWRITE64, tap, data, size, 0, 0, 0)
    ATTEMPT("epoll", SYS_EPOLL_PWAIT, boot->timerfd, data, 1, 0, 0, 8)
    ATTEMPT("epoll-mask", SYS_EPOLL_PWAIT, boot->epollfd, data, 1, 0,
            (long)&mask, 8)
    ATTEMPT("epoll-mask-high", SYS_EPOLL_PWAIT, boot->epollfd, data, 1, 0,
            0x100000000, 8)
    ATTEMPT("timer", SYS_TIMERFD_SETTIME, boot->epollfd, 1, (long)timer, 0, 0,
            0)
    ATTEMPT("clock", SYS_CLOCK_GETTIME, CLOCK_BOOTTIME, data, 0, 0, 0, 0)
    /* What is allowed must not be what ends it. */
    ATTEMPT("allowed-clock", SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, data, 0, 0, 0,
            0)
    ATTEMPT("allowed-epoll", SYS_EPOLL_PWAIT, boot->epollfd, data, 64, 0, 0, 8)
    ATTEMPT("allowed-pread", SYS_PREAD64, disk, data, size, capacity - size, 0,
            0)
    ATTEMPT("allowed-pwrite", SYS_PWRITE64, disk, data, size, capacity - size,
            0, 0)
    /* What guests of ABI version 1 may. */
    if (text_equal(what, "two-blocks")) {
        two_blocks(disk, size, capacity);
        return;
    }
    ATTEMPT("two-blocks-over", SYS_PWRITE64, disk, data, 2 * size,
            capacity - size, 0, 0)
    ATTEMPT("two-blocks-behind", SYS_PREAD64, disk, data, 2 * size, capacity, 0,
            0)
    ATTEMPT("unknown", 1023, 0, 0, 0, 0, 0, 0)
    say("FAILED: no such attempt\n");
    solo5_exit(SOLO5_EXIT_FAILURE);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    say("before\n");
    attempt(info->cmdline,
            (const struct spt_boot_info *)(uintptr_t)SPT_BOOT_INFO_BASE);
    say("after\n");
    return success();
}
