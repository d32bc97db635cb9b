/* SPDX-License-Identifier: ISC */
/*
 * solo5-spt: runs a unikernel as a part of this process, behind a seccomp
 * filter. Everything is opened, loaded and protected first; then the filter is
 * installed and the guest entered.
 */
#include <stdio.h>
#include <unistd.h>

#include "enter.h"
#include "guest.h"
#include "spt_abi.h"

#define EXEC_HEAP ARGS_MORE
/* Below 1 MiB is no guest; above 1 TiB lie this program and its stack. */
const struct target tender_target = {
    .program = "solo5-spt",
    .options = {"--x-exec-heap"},
    .more_help =
        "  --x-exec-heap                   make the heap executable (unsafe)\n",
    .abi = SOLO5_TARGET_SPT,
    .abi_max = SPT_ABI_VERSION,
    .guest_min = SPT_GUEST_MIN_BASE,
    .mem_max = UINT64_C(1) << 40};

_Static_assert(HOST_POLL_TIMER == SPT_INTERNAL_TIMERFD, "timer");

/* The guest can only read the low memory, where this is, then the manifest and
 * the command line. */
#define LOW_END 0x20000
struct boot {
    struct spt_boot_info info;
    struct spt_boot_ext ext; /* guests of other toolchains do not look */
};
_Static_assert(SPT_BOOT_INFO_BASE + sizeof(struct boot) + GUEST_TOLD_MAX <=
                   LOW_END,
               "room");

static int boot_write(struct guest *guest, const struct guest_memory *memory)
{
    const uint64_t mft = SPT_BOOT_INFO_BASE + sizeof(struct boot);
    struct boot boot = {
        .info = {.mem_size = guest->args.mem_bytes,
                 .kernel_end = guest->image.end,
                 .cmdline = mft + MFT_SIZE(guest->image.manifest.mft.entries),
                 .mft = mft,
                 .epollfd = guest->policy.poll_fd,
                 .timerfd = guest->policy.timer_fd},
        .ext = {.magic = SPT_BOOT_EXT_MAGIC,
                .size = sizeof boot.ext,
                .clock_gettime = host_clock_function()},
    };

    TRY_SYSTEM(getentropy(boot.ext.seed, sizeof boot.ext.seed),
               "no random seed: %m");
    guest_put_boot(guest, memory, (guest_addr_t){SPT_BOOT_INFO_BASE}, &boot,
                   sizeof boot);
    return 0;
}

/* Makes memory of all but text, and of what nothing is to be in. */
static int memory_make(const struct elf_image *image)
{
    uint64_t start = SPT_HOST_MEM_BASE, end = LOW_END;

    /* The last pages are the heap's. */
    for (uint32_t i = 0; i <= image->segment_count; i++) {
        const struct elf_pages pages = elf_pages(image, i);

        if (pages.rights & PF_X)
            continue;
        if (pages.start > end) {
            TRY(host_memory_make(start, end));
            start = pages.start;
        }
        end = pages.end;
    }
    return host_memory_make(start, end);
}

/* Gives every page its last rights. */
static int memory_protect(const struct elf_image *image, int text_fd)
{
    TRY(host_memory_protect(SPT_HOST_MEM_BASE, LOW_END, PROT_READ));
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_pages pages = elf_pages(image, i);

        /* All of it may lie in the last page of the one before. */
        if (pages.start == pages.end)
            continue;
        if (pages.rights & PF_X)
            TRY(host_text_place(pages.start, pages.end, text_fd, pages.start));
        else if (!(pages.rights & PF_W))
            TRY(host_memory_protect(pages.start, pages.end, PROT_READ));
    }
    return 0;
}

static int memory_fill(struct guest *guest, const struct guest_memory *memory)
{
    int text_fd;

    TRY(memory_make(&guest->image));
    TRY(host_text_make(&text_fd));
    TRY(guest_load(guest, memory, text_fd));
    TRY(host_text_seal(text_fd));
    TRY(boot_write(guest, memory));
    TRY(memory_protect(&guest->image, text_fd));
    close(text_fd);
    return 0;
}

static int heap_make_executable(const struct elf_image *image)
{
    const int err = host_memory_protect(image->end, image->mem_bytes,
                                        PROT_READ | PROT_WRITE | PROT_EXEC);

    FAIL_IF(err < 0, -err, "--x-exec-heap: %s", error_line());
    fputs("solo5-spt: warning: --x-exec-heap makes attacks easier\n", stderr);
    return 0;
}

/* The guest's, and so not to be used: stack, thread pointer, stack guard. */
__attribute__((no_stack_protector)) static void signalled(int number)
{
    _exit(128 + number);
}

int tender_run(struct guest *guest)
{
    /* The guest's addresses are this process' own. */
    const struct guest_memory memory = {(uint8_t *)(uintptr_t)SPT_HOST_MEM_BASE,
                                        SPT_HOST_MEM_BASE,
                                        guest->args.mem_bytes};

    /* The first process of a namespace has no default actions
     * (pid_namespaces(7)). This is no call: libc knows it from its start. */
    host_signals_take(gettid() == 1 ? signalled : NULL);
    TRY(guest_open(guest));
    TRY(guest_read(guest, (uint64_t)sysconf(_SC_PAGESIZE)));
    TRY(memory_fill(guest, &memory));
    if (guest->args.value[EXEC_HEAP] != NULL)
        TRY(heap_make_executable(&guest->image));
    TRY(host_start_wipe(tender_target.program));
    /* ABI 1 lets one call move any number of blocks, and parts of them. */
    guest->policy.any_length = guest->image.abi_version < 2;
    TRY(host_sandbox_enter(&guest->policy));
    spt_enter(guest->image.entry, memory.end - archs[0]->stack_gap_bytes,
              SPT_BOOT_INFO_BASE);
}
