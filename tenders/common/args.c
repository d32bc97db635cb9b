/* SPDX-License-Identifier: ISC */
/* Command line reader. Contract: args.h. */
#include "args.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "manifest.h"

#define MIB (UINT64_C(1) << 20)

const char args_help[] =
    "usage: %s [OPTIONS] [--] KERNEL [ARGS...]\n"
    "\n"
    "Runs the unikernel KERNEL with ARGS as its command line.\n"
    "\n"
    "  --mem=MB                        memory of the guest, in MiB (512)\n"
    "  --block:NAME=PATH               attach a block device: a file\n"
    "  --block-sector-size:NAME=BYTES  its block size, a power of two from\n"
    "                                  512 to 32768 (512)\n"
    "  --net:NAME=IFACE                attach a network device: a tap\n"
    "  --net:NAME=@FD                  the same, as an open descriptor\n"
    "  --net-mac:NAME=MAC              its address, xx:xx:xx:xx:xx:xx\n"
    "                                  (random)\n"
    "%s"
    "  --no-net-ring                   accepted, without effect\n"
    "  --help                          print this\n"
    "  --version                       print the versions\n"
    "\n"
    "Exit status: the guest's; 255 if it aborts; 1 if it could not be run;\n"
    "128 + signal, as a shell says, if it was killed.\n";

bool args_number(const char *text, uint64_t most, uint64_t *value)
{
    uint64_t sum = 0;

    if (*text == '\0')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return *text == '\0' && sum <= most;
}

/* What is being read. */
struct reader {
    struct args *args;
    const struct target *target;
    struct error *error;
    bool has_mem;
};

/* An option in parts: --KIND:NAME=VALUE, or --KIND=VALUE with no name. */
struct option {
    const char *word; /* whole, for messages */
    char name[MFT_NAME_SIZE];
    const char *value; /* NULL: no "=" */
};

#define REFUSE(r, ...) error_set((r)->error, EINVAL, __VA_ARGS__)

/* Splits WORD if it begins with PREFIX ("--net:"). */
static bool option_split(struct option *option, const char *word,
                         const char *prefix)
{
    size_t prefix_size = strlen(prefix), name_size;
    const char *name = word + prefix_size;

    if (strncmp(word, prefix, prefix_size) != 0)
        return false;
    option->word = word;
    name_size = strcspn(name, "=");
    option->value = name[name_size] == '=' ? name + name_size + 1 : NULL;
    option->name[0] = '\0';
    if (name_size < sizeof option->name) {
        memcpy(option->name, name, name_size);
        option->name[name_size] = '\0';
    }
    return true;
}

/* Finds what was said of the option's device before, or begins it. */
static int device_of(struct reader *r, const struct option *option,
                     struct args_device **device)
{
    struct args *args = r->args;

    if (option->name[0] == '\0' || option->value == NULL ||
        option->value[0] == '\0')
        return REFUSE(r,
                      "%s: NAME=VALUE expected after the colon, NAME of "
                      "1 to 67 characters",
                      option->word);
    for (uint32_t i = 0; i < args->device_count; i++) {
        if (strcmp(args->device[i].name, option->name) == 0) {
            *device = &args->device[i];
            return 0;
        }
    }
    if (args->device_count == ARGS_MAX_DEVICES)
        return REFUSE(r, "%s: more than %d devices", option->word,
                      ARGS_MAX_DEVICES);
    *device = &args->device[args->device_count++];
    memcpy((*device)->name, option->name, sizeof option->name);
    return 0;
}

static int mem_read(struct reader *r, const char *text)
{
    uint64_t mib;

    if (r->has_mem)
        return REFUSE(r, "--mem: given twice");
    r->has_mem = true;
    if (!args_number(text, r->target->mem_max / MIB, &mib) ||
        mib * MIB < r->target->mem_min)
        return REFUSE(r,
                      "--mem=%s: a number of MiB from %" PRIu64 " to %" PRIu64
                      " expected",
                      text, r->target->mem_min / MIB, r->target->mem_max / MIB);
    r->args->mem_bytes = mib * MIB;
    return 0;
}

static int attach(struct reader *r, const struct option *option,
                  mft_type_t type)
{
    struct args_device *device;
    int err = device_of(r, option, &device);

    if (err != 0)
        return err;
    if (device->type != 0)
        return REFUSE(r, "%s: device %s is attached already", option->word,
                      device->name);
    device->type = type;
    device->source = option->value;
    return 0;
}

static int block_size_read(struct reader *r, const struct option *option)
{
    struct args_device *device;
    uint64_t bytes;
    int err = device_of(r, option, &device);

    if (err != 0)
        return err;
    if (device->block_bytes != 0)
        return REFUSE(r, "%s: block size of %s given twice", option->word,
                      device->name);
    if (!args_number(option->value, ARGS_MAX_BLOCK_BYTES, &bytes) ||
        bytes < ARGS_MIN_BLOCK_BYTES || (bytes & (bytes - 1)) != 0)
        return REFUSE(r, "%s: a power of two from %d to %d expected",
                      option->word, ARGS_MIN_BLOCK_BYTES, ARGS_MAX_BLOCK_BYTES);
    device->block_bytes = (uint32_t)bytes;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool mac_parse(const char *text, uint8_t mac[6])
{
    if (strlen(text) != 17)
        return false;
    for (int i = 0; i < 6; i++) {
        int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);

        if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static int mac_read(struct reader *r, const struct option *option)
{
    static const uint8_t unset[6];
    struct args_device *device;
    int err = device_of(r, option, &device);

    if (err != 0)
        return err;
    if (device->has_mac)
        return REFUSE(r, "%s: address of %s given twice", option->word,
                      device->name);
    if (!mac_parse(option->value, device->mac))
        return REFUSE(r, "%s: six bytes xx:xx:xx:xx:xx:xx expected",
                      option->word);
    if (memcmp(device->mac, unset, sizeof unset) == 0)
        return REFUSE(r, "%s: all zeros mean no address", option->word);
    if (device->mac[0] & 1)
        return REFUSE(r, "%s: a multicast address cannot be a device's own",
                      option->word);
    device->has_mac = true;
    return 0;
}

static int flag_set(struct reader *r, const char *word, bool *flag)
{
    if (*flag)
        return REFUSE(r, "%s: given twice", word);
    *flag = true;
    return 0;
}

static int option_read(struct reader *r, const char *word)
{
    struct option option;
    int taken;

    if (strncmp(word, "--mem=", 6) == 0)
        return mem_read(r, word + 6);
    if (option_split(&option, word, "--block:"))
        return attach(r, &option, MFT_DEV_BLOCK_BASIC);
    if (option_split(&option, word, "--net:"))
        return attach(r, &option, MFT_DEV_NET_BASIC);
    if (option_split(&option, word, "--block-sector-size:"))
        return block_size_read(r, &option);
    if (option_split(&option, word, "--net-mac:"))
        return mac_read(r, &option);
    if (r->target->has_exec_heap && strcmp(word, "--x-exec-heap") == 0)
        return flag_set(r, word, &r->args->exec_heap);
    taken = r->target->more_option == NULL
                ? 0
                : r->target->more_option(word, r->error);
    if (taken != 0)
        return taken < 0 ? taken : 0;
    if (strcmp(word, "--no-net-ring") == 0)
        return flag_set(r, word, &r->args->no_net_ring);
    if (strcmp(word, "--help") == 0)
        r->args->help = true;
    else if (strcmp(word, "--version") == 0)
        r->args->version = true;
    else
        return REFUSE(r, "%s: unknown option; --help lists them", word);
    return 0;
}

/* Joins WORDS (NULL at the end) by one space each. */
static int cmdline_join(struct reader *r, char *const *words)
{
    char *out = r->args->cmdline;
    size_t room = sizeof r->args->cmdline;

    for (bool first = true; *words != NULL; words++, first = false) {
        size_t size = strlen(*words);

        if (size + !first >= room)
            return error_set(r->error, E2BIG,
                             "the guest's arguments are longer than %zu "
                             "bytes together",
                             sizeof r->args->cmdline - 1);
        if (!first)
            *out++ = ' ';
        memcpy(out, *words, size);
        out += size;
        room -= size + !first;
    }
    *out = '\0';
    return 0;
}

int args_read(struct args *args, int argc, char *const *argv,
              const struct target *target, struct error *error)
{
    struct reader r = {args, target, error, false};
    int i;

    memset(args, 0, sizeof *args);
    args->mem_bytes = ARGS_DEFAULT_MEM_MB * MIB;
    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        int err;

        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        err = option_read(&r, argv[i]);
        if (err != 0 || args->help || args->version)
            return err;
    }
    if (i >= argc)
        return REFUSE(&r, "no kernel given; --help says how");
    args->kernel = argv[i];
    return cmdline_join(&r, argv + i + 1);
}

/* Does what was said of the device fit the kind that the guest wants? */
static bool fits(const struct args_device *device, uint32_t type)
{
    if (device->type != 0 && device->type != type)
        return false;
    return type == MFT_DEV_NET_BASIC ? device->block_bytes == 0
                                     : !device->has_mac;
}

int args_match(const struct args *args, const struct mft *mft,
               struct error *error)
{
    for (uint32_t i = 0; i < args->device_count; i++) {
        const struct args_device *device = &args->device[i];
        uint32_t handle = manifest_find(mft, device->name);

        if (handle == 0)
            return error_set(error, EINVAL,
                             "%s: the guest has no device of that name",
                             device->name);
        if (!fits(device, mft->e[handle].type))
            return error_set(error, EINVAL,
                             "%s: the guest wants a %s device of that name",
                             device->name, manifest_kind(mft->e[handle].type));
    }
    for (uint32_t n = 1; n < mft->entries; n++) {
        const char *name = mft->e[n].name;
        const struct args_device *device = args_device(args, name);

        if (device == NULL || device->type == 0)
            return error_set(error, EINVAL,
                             "%s: device of the guest is not attached; use "
                             "--%s:%s=",
                             name, manifest_kind(mft->e[n].type), name);
    }
    return 0;
}

const struct args_device *args_device(const struct args *args, const char *name)
{
    for (uint32_t i = 0; i < args->device_count; i++)
        if (strcmp(args->device[i].name, name) == 0)
            return &args->device[i];
    return NULL;
}
