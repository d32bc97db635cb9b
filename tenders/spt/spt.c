/* SPDX-License-Identifier: ISC */
/*
 * solo5-spt: runs a unikernel as a part of this process, behind a seccomp
 * filter. Everything is opened, loaded and protected first; then the filter is
 * installed and the guest entered.
 */
#include <errno.h>
#include <stdio.h>

#include "boot.h"
#include "enter.h"
#include "guest.h"
#include "spt_abi.h"

const struct target tender_target = {
    .name = "spt",
    .program = "solo5-spt",
    .more_help =
        "  --x-exec-heap                   make the heap executable (unsafe)\n",
    .has_exec_heap = true,
    .abi = SOLO5_TARGET_SPT,
    .abi_min = 1,
    .abi_max = SPT_ABI_VERSION,
    /* Below 1 MiB is no guest; above 1 TiB lie this program and its stack. */
    .mem_min = UINT64_C(1) << 20,
    .mem_max = UINT64_C(1) << 40,
    .guest_min = SPT_GUEST_MIN_BASE,
};

_Static_assert(HOST_POLL_TIMER == SPT_INTERNAL_TIMERFD, "timer");

/* Copies the segments in and gives every page its last protection. */
static int memory_load(const struct guest *guest, const struct boot *boot,
                       const struct host_file *kernel, struct error *error)
{
    const struct elf_image *image = &guest->image;
    const uint64_t end = guest->args.mem_bytes, page = host_page_bytes();
    const uint64_t low_end = SPT_HOST_MEM_BASE + 0x10000;
    const struct guest_memory memory = {
        /* The guest's addresses are this process' own. */
        .host = (uint8_t *)(uintptr_t)SPT_HOST_MEM_BASE,
        .start = SPT_HOST_MEM_BASE,
        .end = end,
    };
    int err = host_memory_reserve(SPT_HOST_MEM_BASE, end, error);

    if (err == 0)
        err =
            host_memory_protect(SPT_HOST_MEM_BASE, low_end, true, false, error);
    if (err == 0)
        boot_write(&memory, boot);
    if (err == 0)
        err = host_memory_protect(SPT_HOST_MEM_BASE, low_end, false, false,
                                  error);
    for (uint32_t i = 0; err == 0 && i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        /* Two segments that share a host page have the same protection. */
        uint64_t first = segment->addr & ~(page - 1);
        uint64_t next =
            (segment->addr + segment->mem_bytes + page - 1) & ~(page - 1);

        err = host_memory_protect(first, next, true, false, error);
        if (err == 0)
            err = guest_load_segment(guest, kernel, i, &memory, error);
        if (err == 0 && !(segment->prot & ELF_WRITE))
            err = host_memory_protect(first, next, false,
                                      segment->prot & ELF_EXEC, error);
    }
    if (err == 0)
        err = host_memory_protect(image->end, end, true, guest->args.exec_heap,
                                  error);
    return err;
}

static int load(struct guest *guest, struct error *error)
{
    struct host_file kernel;
    struct boot boot = {
        .mem_end = guest->args.mem_bytes,
        .clock_function = host_clock_function(guest->arch->vdso_clock_gettime),
        .mft = &guest->manifest.mft,
        .cmdline = guest->args.cmdline,
    };
    int err = guest_open(guest, &kernel, host_page_bytes(), error);

    if (err == 0)
        err = host_random(boot.seed, sizeof boot.seed, error);
    if (err != 0)
        return err;
    boot.kernel_end = guest->image.end;
    boot.poll_fd = guest->policy.epoll_fd;
    boot.timer_fd = guest->policy.timer_fd;
    err = memory_load(guest, &boot, &kernel, error);
    host_file_close(&kernel);
    return err;
}

int tender_run(struct guest *guest, struct error *error)
{
    static struct sock_filter filter[FILTER_MAX_INSNS];
    const struct arch *arch = guest->arch;
    int count, err = host_process_check(error);

    if (err == 0)
        err = load(guest, error);
    if (err != 0)
        return err;
    if (guest->args.exec_heap)
        fprintf(stderr,
                "%s: warning: --x-exec-heap: the heap is executable, "
                "a fault of the guest is easier to exploit\n",
                tender_target.program);
    count = filter_build(arch->filter, &guest->policy, filter, FILTER_MAX_INSNS,
                         error);
    if (count < 0)
        return count;
    err = host_sandbox_enter(filter, (size_t)count, error);
    if (err != 0)
        return err;
    spt_enter(guest->image.entry, guest->args.mem_bytes - arch->stack_gap_bytes,
              SPT_BOOT_INFO_BASE);
}
