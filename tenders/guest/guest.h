/* SPDX-License-Identifier: ISC */
/*
 * A guest before it runs: what every tender opens for it. Its memory, and how
 * it is entered, each tender has its own way with.
 */
#pragma once

#include "addr.h"
#include "args.h"
#include "elf_image.h"
#include "host/host.h"
#include "policy.h"

/*
 * In this order: guest_open, what else the tender opens with the rights that it
 * was started with, guest_read, guest_load.
 */
struct guest {
    /* Those of args.device, opened, as the manifest will have them. */
    struct mft_entry device[ARGS_MAX_DEVICES];
    struct args args;
    int kernel_fd; /* open from guest_open to guest_load */
    struct policy policy;
    struct elf_image image;
};

/*
 * Opens the kernel file and the devices that the arguments of GUEST name, then
 * closes all other descriptors. Nothing is read of them.
 */
int guest_open(struct guest *guest);

/*
 * Gives up all privileges, then reads the kernel file, which nobody vouches
 * for, and fills in image and policy of GUEST, but for what only a target
 * knows: a virtual processor, errors, the length of block calls. PAGE_BYTES:
 * granularity of memory protection.
 */
int guest_read(struct guest *guest, uint64_t page_bytes);

/*
 * Reads the segments, each byte once, to where they belong in MEMORY, all zero
 * before. TEXT_FD: a file of zeroes for those that are executed, at their guest
 * addresses; -1: these belong in MEMORY, too.
 */
int guest_load(struct guest *guest, const struct guest_memory *memory,
               int text_fd);

/*
 * Puts the SIZE bytes of BOOT into MEMORY at ADDR, right behind them the
 * manifest, right behind it the command line. The command line is
 * nowhere else then. There has to be room, for these two:
 */
#define GUEST_TOLD_MAX (sizeof(union manifest) + ARGS_CMDLINE_SIZE)
void guest_put_boot(struct guest *guest, const struct guest_memory *memory,
                    guest_addr_t addr, const void *boot, uint64_t size);

/*
 * The one function of each tender: runs GUEST, whose arguments are read.
 * Returns its exit status, or a negative code with a line. -ERROR_GUEST_FAULT:
 * the guest's status is that of one that aborts.
 */
#define GUEST_EXIT_ABORT 255
int tender_run(struct guest *guest);

/*
 * Writes the last error line to standard error, for a result of ERR < 0. A
 * guest's fault is marked with the word that scripts look for. If that cannot
 * be written, the exit status has to do.
 */
void tender_say(int err);

/* The tender itself; each program defines it. */
extern const struct target tender_target;
