/* SPDX-License-Identifier: ISC */
/*
 * A tender as others have it, for one test: it gives a guest exactly what the
 * contract of spt's ABI 2 promises and nothing of ours behind it. It believes
 * the file and has no sandbox; it shows only that our guests need no more.
 *
 *   field GUEST CMDLINE [IMAGE]...    IMAGES become the block devices, in order
 */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "enter.h"
#include "mft_abi.h"
#include "spt_abi.h"
#include "target.h"

#define MEM_BYTES (UINT64_C(16) << 20)
#define FILE_MAX (4 << 20)

static uint8_t file[FILE_MAX];

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *pointer(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

/* Copies the segments; returns the first address behind them. */
static uint64_t load(const Elf64_Ehdr *header)
{
    const Elf64_Phdr *phdr = (const void *)(file + header->e_phoff);
    uint64_t end = 0;

    for (int i = 0; i < header->e_phnum; i++) {
        if (phdr[i].p_type != PT_LOAD || phdr[i].p_memsz == 0)
            continue;
        memcpy(pointer(phdr[i].p_vaddr), file + phdr[i].p_offset,
               phdr[i].p_filesz);
        end = phdr[i].p_vaddr + phdr[i].p_memsz;
    }
    return (end + 0xffff) & ~UINT64_C(0xffff);
}

static const struct mft *manifest(const Elf64_Ehdr *header)
{
    const Elf64_Phdr *phdr = (const void *)(file + header->e_phoff);

    for (int i = 0; i < header->e_phnum; i++) {
        const struct solo5_note_header *note =
            (const void *)(file + phdr[i].p_offset);

        if (phdr[i].p_type == PT_NOTE && note->n_type == MFT1_NOTE_TYPE)
            return (const void *)(file + phdr[i].p_offset + 24);
    }
    fail("manifest");
}

static void attach(struct mft *mft, char *const *images)
{
    for (uint32_t i = 1; i < mft->entries; i++) {
        struct mft_entry *entry = &mft->e[i];
        int fd = *images == NULL ? -1 : open(*images++, O_RDWR);

        if (fd < 0)
            fail("image");
        entry->u.block_basic.capacity = (uint64_t)lseek(fd, 0, SEEK_END);
        entry->u.block_basic.block_size = 512;
        entry->b.hostfd = fd;
        entry->attached = 1;
    }
}

int main(int argc, char **argv)
{
    const Elf64_Ehdr *header = (const void *)file;
    struct spt_boot_info *info;
    struct mft *mft;
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = SPT_INTERNAL_TIMERFD};
    int fd = argc > 2 ? open(argv[1], O_RDONLY) : -1;

    if (fd < 0 || read(fd, file, sizeof file) < (ssize_t)sizeof *header)
        fail("guest");
    if (mmap(pointer(SPT_HOST_MEM_BASE), MEM_BYTES - SPT_HOST_MEM_BASE,
             PROT_READ | PROT_WRITE | PROT_EXEC,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        fail("memory");
    info = pointer(SPT_BOOT_INFO_BASE);
    mft = (struct mft *)(info + 1);
    memcpy(mft, manifest(header), MFT_SIZE(manifest(header)->entries));
    attach(mft, argv + 3);
    info->mft = (uintptr_t)mft;
    info->cmdline = info->mft + MFT_SIZE(mft->entries);
    strcpy(pointer(info->cmdline), argv[2]);
    info->mem_size = MEM_BYTES;
    info->kernel_end = load(header);
    info->epollfd = epoll_create1(0);
    info->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (epoll_ctl(info->epollfd, EPOLL_CTL_ADD, info->timerfd, &event) < 0)
        fail("epoll");
    __builtin___clear_cache(pointer(SPT_GUEST_MIN_BASE),
                            pointer(info->kernel_end));
    spt_enter(header->e_entry, MEM_BYTES - archs[0]->stack_gap_bytes,
              SPT_BOOT_INFO_BASE);
}
