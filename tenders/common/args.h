/* SPDX-License-Identifier: ISC */
/*
 * The command line of a tender, read into plain values. Whether the devices
 * that it names fit the guest's manifest, args_match says.
 */
#pragma once

#include "mft_abi.h"
#include "target.h"

#define ARGS_MAX_DEVICES (MFT_MAX_ENTRIES - 1) /* one record is reserved */
#define ARGS_CMDLINE_SIZE 8192 /* bytes with NUL */

enum args_option {
    ARGS_HELP,
    ARGS_VERSION,
    ARGS_MEM,
    ARGS_NO_NET_RING,
    ARGS_USER,
    ARGS_MORE, /* the first of the target's own */
    ARGS_OPTIONS = ARGS_MORE + TARGET_MAX_OPTIONS
};

/* All that options said of one device. */
struct args_device {
    char name[MFT_NAME_SIZE];
    uint32_t type;        /* enum mft_type */
    const char *source;   /* of --block or --net; points into argv */
    const char *detail;   /* of the other one; there, or NULL: not given */
    uint16_t block_bytes; /* --block-sector-size, or its default */
    uint8_t mac[6];       /* --net-mac, or all zero */
    uint32_t handle;      /* in the manifest, once matched */
};

/* What every command line fills stands together, at the end. */
struct args {
    struct args_device device[ARGS_MAX_DEVICES];
    char cmdline[ARGS_CMDLINE_SIZE]; /* what follows the kernel, joined */
    uint32_t device_count;
    const char *kernel;              /* points into argv */
    const char *value[ARGS_OPTIONS]; /* there, too; NULL: not given */
    uint64_t mem_bytes;
    uint32_t uid, gid; /* --user; 0: not given */
};

/*
 * Reads ARGV (the program's name first, NULL at the end) into ARGS, all zero
 * before. With --help or --version, nothing else counts. Each device has a
 * source then, which no other of its type has. Returns 0, or -EINVAL or -E2BIG
 * with a line.
 */
int args_read(struct args *args, const struct target *target,
              char *const *argv);

/*
 * Requires that each device of MFT is attached, as its type, and no other, and
 * gives those of ARGS their handles. Returns 0, or -EINVAL with a line.
 */
int args_match(struct args *args, const struct mft *mft);

/*
 * Reads all of TEXT as a decimal number of at most MOST: digits only. Returns
 * whether it is one.
 */
bool args_number(const char *text, uint64_t most, uint64_t *value);

/* Tells whether SOURCE, of --net, is the number of a descriptor: "@FD". */
bool args_descriptor(const char *source, int *fd);

/* The text of --help; %s is the program's name, then its further lines. */
extern const char args_help[];
