/* SPDX-License-Identifier: ISC */
/* Command line reader. Contract: args.h. */
#include "args.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "manifest.h"

#define REFUSE_IF(condition, ...) FAIL_IF(condition, EINVAL, __VA_ARGS__)

#define MIB (UINT64_C(1) << 20)

const char args_help[] =
    "usage: %s [OPTIONS] [--] KERNEL [ARGS...]\n\n"
    "Runs the unikernel KERNEL with ARGS as its command line.\n\n"
    "  --mem=MB                        memory of the guest, in MiB (512)\n"
    "  --block:NAME=PATH               attach a block device: a file\n"
    "  --block-sector-size:NAME=BYTES  its block size, 512 to 32768 (512)\n"
    "  --net:NAME=IFACE                attach a network device: a tap\n"
    "  --net:NAME=@FD                  the same, as an open descriptor\n"
    "  --net-mac:NAME=XX:XX:XX:XX:XX:XX  its address (random)\n"
    "%s"
    "  --no-net-ring                   accepted, without effect\n"
    "  --help                          print this\n"
    "  --version                       print the versions\n\n"
    "Exit status: the guest's; 255 if it aborts; 1 if it could not be run;\n"
    "128 + signal, as a shell says, if it was killed.\n";

bool args_number(const char *text, uint64_t most, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 &&
           *value <= most;
}

/* By enum args_option. "=" is followed by a value, ":" by NAME=VALUE. */
static const char *const options[ARGS_MORE] = {
    "--help",        "--version", "--mem=",
    "--no-net-ring", "--block:",  "--block-sector-size:",
    "--net:",        "--net-mac:"};

/* Returns the option that WORD begins with, and its SIZE; or ARGS_OPTIONS. */
static unsigned option_find(const struct target *target, const char *word,
                            size_t *size)
{
    for (unsigned i = 0; i < ARGS_OPTIONS; i++) {
        const char *option =
            i < ARGS_MORE ? options[i] : target->options[i - ARGS_MORE];

        *size = option == NULL ? 0 : strlen(option);
        if (*size > 0 && strncmp(word, option, *size) == 0 &&
            (word[*size] == '\0' || strchr("=:", word[*size - 1]) != NULL))
            return i;
    }
    return ARGS_OPTIONS;
}

static int option_read(struct args *args, const struct target *target,
                       const char *word)
{
    struct args_device *device = args->device;
    const struct args_device *end = device + args->device_count;
    size_t size;
    unsigned option = option_find(target, word, &size);

    REFUSE_IF(option == ARGS_OPTIONS, "%s: unknown option; see --help", word);
    const char *value = word + size, **slot = &args->value[option];
    if (value[-1] == ':') {
        size = strcspn(value, "=");
        REFUSE_IF(!size || size >= MFT_NAME_SIZE || strlen(value) < size + 2,
                  "%s: NAME=VALUE expected, NAME of 1 to 67 characters", word);
        while (device < end && (strncmp(device->name, value, size) != 0 ||
                                device->name[size] != '\0'))
            device++;
        REFUSE_IF(device == args->device + ARGS_MAX_DEVICES,
                  "%s: more than %d devices", word, ARGS_MAX_DEVICES);
        args->device_count += device == end;
        memcpy(device->name, value, size);
        slot = &device->value[option];
        value += size + 1;
    }
    REFUSE_IF(*slot != NULL, "%s: given twice", word);
    *slot = value;
    return 0;
}

/* Reads the values of a device's options that are not names. */
static int device_read(struct args_device *device)
{
    static const uint8_t unset[sizeof device->mac];
    const char *bytes = device->value[ARGS_BLOCK_BYTES];
    const char *mac = device->value[ARGS_MAC];
    uint64_t number = 512;

    REFUSE_IF(
        bytes != NULL && (!args_number(bytes, 32768, &number) || number < 512 ||
                          (number & (number - 1)) != 0),
        "--block-sector-size:%s=%s: a power of two from 512 to 32768 expected",
        device->name, bytes);
    device->block_bytes = (uint16_t)number;
    for (int i = 0; mac != NULL && i < 6; i++) {
        char *end = NULL;

        if (isxdigit((unsigned char)*mac))
            device->mac[i] = (uint8_t)strtoul(mac, &end, 16);
        REFUSE_IF(end != mac + 2 || *end != (i < 5 ? ':' : '\0'),
                  "--net-mac:%s=%s: six bytes xx:xx:xx:xx:xx:xx expected",
                  device->name, device->value[ARGS_MAC]);
        mac = end + 1;
    }
    REFUSE_IF(mac != NULL && ((device->mac[0] & 1) ||
                              memcmp(device->mac, unset, sizeof unset) == 0),
              "--net-mac:%s: zeros or multicast is no address", device->name);
    return 0;
}

int args_read(struct args *args, const struct target *target, char *const *argv)
{
    const uint64_t least = target->mem_min / MIB, most = target->mem_max / MIB;
    const char *mem;
    uint64_t mib, used = 0;

    while (*++argv != NULL && **argv == '-' && strcmp(*argv, "--") != 0) {
        TRY(option_read(args, target, *argv));
        if (args->value[ARGS_HELP] || args->value[ARGS_VERSION])
            return 0;
    }
    if (*argv != NULL && **argv == '-')
        argv++;
    for (uint32_t i = 0; i < args->device_count; i++)
        TRY(device_read(&args->device[i]));
    mem = args->value[ARGS_MEM] != NULL ? args->value[ARGS_MEM] : "512";
    REFUSE_IF(!args_number(mem, most, &mib) || mib < least,
              "--mem=%s: a number from %ju to %ju expected", mem, least, most);
    args->mem_bytes = mib * MIB;
    REFUSE_IF(*argv == NULL, "no kernel given; --help says how");
    args->kernel = *argv;
    while (*++argv != NULL) {
        size_t size = strlen(*argv);

        FAIL_IF(size >= sizeof args->cmdline - used, E2BIG,
                "the guest's arguments exceed %d bytes", ARGS_CMDLINE_SIZE - 1);
        memcpy(args->cmdline + used, *argv, size);
        used += size;
        /* What is written behind the last is the string's end. */
        args->cmdline[used++] = argv[1] == NULL ? '\0' : ' ';
    }
    return 0;
}

int args_match(const struct args *args, const struct mft *mft,
               const struct args_device *found[MFT_MAX_ENTRIES])
{
    memset(found, 0, MFT_MAX_ENTRIES * sizeof *found);
    for (uint32_t i = 0; i < args->device_count; i++) {
        uint32_t handle = manifest_find(mft, args->device[i].name);

        REFUSE_IF(handle == 0, "%s: the guest has no device of that name",
                  args->device[i].name);
        found[handle] = &args->device[i];
    }
    for (uint32_t handle = 1; handle < mft->entries; handle++) {
        const struct mft_entry *entry = &mft->e[handle];
        const unsigned own =
            entry->type == MFT_DEV_NET_BASIC ? ARGS_NET : ARGS_BLOCK;
        const unsigned other = ARGS_BLOCK + ARGS_NET - own;
        const char *const *value = found[handle] ? found[handle]->value : NULL;

        REFUSE_IF(
            !value || !value[own] || value[other] || value[other + 1],
            "%s: the guest's device wants %s%s= and no option of another kind",
            entry->name, options[own], entry->name);
    }
    return 0;
}
