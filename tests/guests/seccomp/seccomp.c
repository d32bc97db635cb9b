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

static void attempt(const char *what, const struct spt_boot_info *boot)
{
    const struct mft *mft = (const struct mft *)(uintptr_t)boot->mft;
    long disk = mft->e[1].b.hostfd, tap = mft->e[2].b.hostfd;
    long size = mft->e[1].u.block_basic.block_size;
    long capacity = (long)mft->e[1].u.block_basic.capacity;
    long text = (long)hello, data = (long)block;

#define ATTEMPT(name, ...)        \
    if (text_equal(what, name)) { \
        linux_call(__VA_ARGS__);  \
        return;                   \
    }
    ATTEMPT("openat", NR_OPENAT, -100, text, 0, 0, 0, 0)
    ATTEMPT("socket", NR_SOCKET, 2, 1, 0, 0, 0, 0)
    ATTEMPT("mmap", NR_MMAP, 0, 65536, 7, 0x22, -1, 0)
    ATTEMPT("mprotect", NR_MPROTECT, data, 4096, 7, 0, 0, 0)
    ATTEMPT("execve", NR_EXECVE, text, 0, 0, 0, 0, 0)
    ATTEMPT("ptrace", NR_PTRACE, 0, 0, 0, 0, 0, 0)
    ATTEMPT("kill", NR_KILL, 1, 0, 0, 0, 0, 0)
    ATTEMPT("prctl", NR_PRCTL, 15, text, 0, 0, 0, 0)
    ATTEMPT("bpf", NR_BPF, 0, data, 16, 0, 0, 0)
    ATTEMPT("clone3", NR_CLONE3, data, 64, 0, 0, 0, 0)
    ATTEMPT("read-stdin", NR_READ, 0, data, 16, 0, 0, 0)
    ATTEMPT("read-disk", NR_READ, disk, data, size, 0, 0, 0)
    ATTEMPT("write-stderr", NR_WRITE, 2, text, 4, 0, 0, 0)
    ATTEMPT("write-disk", NR_WRITE, disk, data, size, 0, 0, 0)
    /* Only the low half looks like the console's descriptor. */
    ATTEMPT("write-high", NR_WRITE, 0x100000001, text, 4, 0, 0, 0)
    ATTEMPT("pread-end", NR_PREAD64, disk, data, size, capacity, 0, 0)
    ATTEMPT("pwrite-end", NR_PWRITE64, disk, data, size, capacity, 0, 0)
    ATTEMPT("pwrite-over", NR_PWRITE64, disk, data, size, capacity - size + 1,
            0, 0)
    ATTEMPT("pwrite-high", NR_PWRITE64, disk, data, size, 0x100000000, 0, 0)
    ATTEMPT("pwrite-long", NR_PWRITE64, disk, data, 2 * size, 0, 0, 0)
    ATTEMPT("pwrite-tap", NR_PWRITE64, tap, data, size, 0, 0, 0)
    ATTEMPT("epoll", NR_EPOLL_PWAIT, boot->timerfd, data, 1, 0, 0, 8)
    ATTEMPT("timer", NR_TIMERFD_SETTIME, boot->epollfd, 1, (long)timer, 0, 0, 0)
    ATTEMPT("clock", NR_CLOCK_GETTIME, CLOCK_BOOTTIME, data, 0, 0, 0, 0)
    /* What is allowed must not be what ends it. */
    ATTEMPT("allowed-clock", NR_CLOCK_GETTIME, CLOCK_MONOTONIC, data, 0, 0, 0,
            0)
    ATTEMPT("allowed-pread", NR_PREAD64, disk, data, size, capacity - size, 0,
            0)
    ATTEMPT("allowed-pwrite", NR_PWRITE64, disk, data, size, capacity - size, 0,
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
