/* SPDX-License-Identifier: ISC */
/*
 * The command line of a tender, read into plain values. Whether the devices
 * that it names fit the guest's manifest, args_match says.
 */
#ifndef TENDER_ARGS_H
#define TENDER_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "mft_abi.h"
#include "target.h"

#define ARGS_MAX_DEVICES (MFT_MAX_ENTRIES - 1)
#define ARGS_DEFAULT_MEM_MB 512
#define ARGS_DEFAULT_BLOCK_BYTES 512
#define ARGS_MIN_BLOCK_BYTES 512
#define ARGS_MAX_BLOCK_BYTES 32768
#define ARGS_CMDLINE_SIZE 8192 /* bytes with NUL */

/* All that options said of one device. */
struct args_device {
    char name[MFT_NAME_SIZE];
    uint32_t type;        /* mft_type_t of --block or --net; 0: neither */
    const char *source;   /* PATH, IFACE or @FD; points into argv */
    uint32_t block_bytes; /* --block-sector-size; 0: not given */
    bool has_mac;
    uint8_t mac[6]; /* --net-mac */
};

struct args {
    bool help;
    bool version;
    bool exec_heap; /* --x-exec-heap */
    bool no_net_ring; /* --no-net-ring; there is none to do without yet */
    uint64_t mem_bytes;
    const char *kernel;                   /* points into argv */
    char cmdline[ARGS_CMDLINE_SIZE];      /* what follows it, joined */
    uint32_t device_count;
    struct args_device device[ARGS_MAX_DEVICES];
};

/*
 * Reads ARGV (ARGC words, the program's name first). With help or version
 * set, nothing else counts. Returns 0, or -EINVAL or -E2BIG with one line in
 * ERROR.
 */
int args_read(struct args *args, int argc, char *const *argv,
              const struct target *target, struct error *error);

/*
 * Requires that each device of MFT is attached, as its kind, and no other.
 * Returns 0, or -EINVAL with one line in ERROR.
 */
int args_match(const struct args *args, const struct mft *mft,
               struct error *error);

/* Returns what was said of the device of that name; after args_match only. */
const struct args_device *args_device(const struct args *args,
                                      const char *name);

/*
 * Reads all of TEXT as a decimal number of at most MOST: digits only. Returns
 * whether it is one.
 */
bool args_number(const char *text, uint64_t most, uint64_t *value);

/* The text of --help; %s is the program's name, then its further lines. */
extern const char args_help[];

#endif
