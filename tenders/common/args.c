/* SPDX-License-Identifier: ISC */
/* Command line reader. Contract: args.h. */
#include "args.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#define REFUSE_IF(condition, ...) FAIL_IF(condition, EINVAL, __VA_ARGS__)

#define MIB (UINT64_C(1) << 20)

const char args_help[] =
    "usage: %s [OPTIONS] [--] KERNEL [ARGS...]\n\n"
    "Runs the unikernel KERNEL with ARGS as its command line.\n\n"
    "  --mem=MB                        memory of the guest, in MiB (512)\n"
    "  --block:NAME=PATH               attach a block device: a file\n"
    "  --block-sector-size:NAME=BYTES  its block size, 512 to 32768 (512)\n"
    "  --net:NAME=IFACE                attach a network device: a tap\n"
    "  --net:NAME=@FD                  the same: an open descriptor of a tap, or\n"
    "                                  of a datagram socket of frames\n"
    "  --net-mac:NAME=XX:XX:XX:XX:XX:XX  its address (random)\n"
    "%s"
    "  --no-net-ring                   accepted, without effect\n"
    "  --user=UID[:GID]                run as that user and group, if started as\n"
    "                                  root (GID: the same number)\n"
    "  --help                          print this\n"
    "  --version                       print the versions\n\n"
    "Exit status: the guest's; 255 if it aborts; 1 if it could not be run;\n"
    "128 + signal, as a shell says, if it was killed.\n";

/*
 * Reads the digits that TEXT begins with. Returns what follows them; NULL if
 * there are none, or they say more than MOST.
 */
static const char *digits_read(const char *text, uint64_t most, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || errno != 0 || *value > most)
        return NULL;
    return end;
}

bool args_number(const char *text, uint64_t most, uint64_t *value)
{
    const char *end = digits_read(text, most, value);

    return end != NULL && *end == '\0';
}

bool args_descriptor(const char *source, int *fd)
{
    uint64_t number;
    const bool is_one =
        *source == '@' && args_number(source + 1, INT32_MAX, &number);

    if (is_one)
        *fd = (int)number;
    return is_one;
}

/* By enum args_option. "=" is followed by a value. */
static const char *const options[ARGS_MORE] = {
    "--help", "--version", "--mem=", "--no-net-ring", "--user="};

/* Tells whether TEXT is exactly the SIZE bytes at WORD. */
static bool text_is(const char *text, const char *word, size_t size)
{
    return strlen(text) == size && memcmp(text, word, size) == 0;
}

/* Returns the device of that name, or NULL. */
static struct args_device *device_find(struct args *args, const char *name,
                                       size_t size)
{
    for (uint32_t i = 0; i < args->device_count; i++)
        if (text_is(args->device[i].name, name, size))
            return &args->device[i];
    return NULL;
}

/* Keeps VALUE, which is said once. WORD: the whole option. */
static int value_keep(const char **slot, const char *value, const char *word)
{
    REFUSE_IF(*slot != NULL, "%s: given twice", word);
    *slot = value;
    return 0;
}

static int block_bytes_read(struct args_device *device)
{
    const char *text = device->detail;
    uint64_t bytes;
    bool is_number = args_number(text, 32768, &bytes);

    REFUSE_IF(
        !is_number || bytes < 512 || (bytes & (bytes - 1)) != 0,
        "--block-sector-size:%s=%s: Block size must be a multiple of 2 (a power of two), greater than or equal 512 and at most 32768",
        device->name, text);
    device->block_bytes = (uint16_t)bytes;
    return 0;
}

static int mac_read(struct args_device *device)
{
    static const uint8_t zeros[sizeof device->mac];
    const char *text = device->detail;

    for (size_t i = 0; i < sizeof device->mac; i++) {
        const char *pair = text + 3 * i;

        /* A text that ends too soon is refused where it ends. */
        REFUSE_IF(!isxdigit((unsigned char)pair[0]) ||
                      !isxdigit((unsigned char)pair[1]) ||
                      pair[2] != (i + 1 < sizeof device->mac ? ':' : '\0'),
                  "--net-mac:%s=%s: six bytes xx:xx:xx:xx:xx:xx expected",
                  device->name, text);
        device->mac[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    REFUSE_IF((device->mac[0] & 1) != 0 ||
                  memcmp(device->mac, zeros, sizeof zeros) == 0,
              "--net-mac:%s: zeros or multicast is no address", device->name);
    return 0;
}

/* By type of a device: the option that attaches it, and one more, which says
 * what another function reads. NAME=VALUE follows each. */
static const struct {
    const char *source, *detail;
    int (*detail_read)(struct args_device *device);
} device_options[] = {
    [MFT_DEV_BLOCK_BASIC] = {"--block:", "--block-sector-size:",
                             block_bytes_read},
    [MFT_DEV_NET_BASIC] = {"--net:", "--net-mac:", mac_read},
};

/* Reads TEXT, "NAME=VALUE", of an option of devices of that type. */
static int device_option_read(struct args *args, uint32_t type, bool is_source,
                              const char *text, const char *word)
{
    const size_t size = strcspn(text, "=");
    struct args_device *device = device_find(args, text, size);

    REFUSE_IF(size == 0 || size >= MFT_NAME_SIZE || text[size] == '\0' ||
                  text[size + 1] == '\0',
              "%s: NAME=VALUE expected, NAME of 1 to 67 characters", word);
    if (device == NULL) {
        REFUSE_IF(args->device_count == ARGS_MAX_DEVICES,
                  "%s: more than %d devices", word, ARGS_MAX_DEVICES);
        device = &args->device[args->device_count];
        args->device_count++;
        memcpy(device->name, text, size);
        device->type = type;
        device->block_bytes = 512;
    }
    REFUSE_IF(device->type != type, "%s: that is a device of another type",
              word);
    if (is_source)
        return value_keep(&device->source, text + size + 1, word);
    TRY(value_keep(&device->detail, text + size + 1, word));
    return device_options[type].detail_read(device);
}

static int option_read(struct args *args, const struct target *target,
                       const char *word)
{
    /* What follows the option begins behind "=" or ":", if there is one. */
    const size_t end = strcspn(word, "=:");
    const size_t size = word[end] == '\0' ? end : end + 1;

    for (uint32_t type = MFT_DEV_BLOCK_BASIC; type <= MFT_DEV_NET_BASIC;
         type++) {
        bool is_source = text_is(device_options[type].source, word, size);

        if (is_source || text_is(device_options[type].detail, word, size))
            return device_option_read(args, type, is_source, word + size, word);
    }
    for (unsigned i = 0; i < ARGS_OPTIONS; i++) {
        const char *option =
            i < ARGS_MORE ? options[i] : target->options[i - ARGS_MORE];

        if (option != NULL && text_is(option, word, size))
            return value_keep(&args->value[i], word + size, word);
    }
    return fail(EINVAL, "%s: unknown option; see --help", word);
}

/* What is a file or a network of one device is that of no other. */
static int source_check(const struct args *args, uint32_t index)
{
    const struct args_device *device = &args->device[index];

    REFUSE_IF(device->source == NULL, "%s: it is not attached", device->name);
    for (uint32_t i = 0; i < index; i++) {
        const struct args_device *other = &args->device[i];

        REFUSE_IF(other->type == device->type &&
                      strcmp(other->source, device->source) == 0,
                  "%s and %s: two devices cannot both be %s", other->name,
                  device->name, device->source);
    }
    return 0;
}

static int mem_read(struct args *args, const struct target *target)
{
    const uint64_t least = target->guest_min / MIB;
    const uint64_t most = target->mem_max / MIB;
    const char *text = args->value[ARGS_MEM];
    uint64_t mib = args->mem_bytes / MIB;
    bool is_number = text == NULL || args_number(text, most, &mib);

    REFUSE_IF(!is_number || mib < least,
              "--mem=%s: a number from %ju to %ju expected", text, least, most);
    args->mem_bytes = mib * MIB;
    return 0;
}

static int user_read(struct args *args)
{
    /* One more is -1, which is nobody (setresuid(2)). */
    const uint64_t most = UINT32_MAX - 1;
    const char *text = args->value[ARGS_USER], *end;
    uint64_t uid, gid;
    bool is_number;

    if (text == NULL)
        return 0;
    end = digits_read(text, most, &uid);
    gid = uid;
    is_number =
        end != NULL &&
        (*end == '\0' || (*end == ':' && args_number(end + 1, most, &gid)));
    REFUSE_IF(!is_number || uid == 0 || gid == 0,
              "--user=%s: UID or UID:GID expected, numbers from 1 to %ju", text,
              most);
    args->uid = (uint32_t)uid;
    args->gid = (uint32_t)gid;
    return 0;
}

/* Joins WORDS to the guest's command line. */
static int cmdline_join(struct args *args, char *const *words)
{
    size_t used = 0;

    for (size_t i = 0; words[i] != NULL; i++) {
        const size_t size = strlen(words[i]);

        FAIL_IF(size >= sizeof args->cmdline - used, E2BIG,
                "the guest's arguments exceed %d bytes", ARGS_CMDLINE_SIZE - 1);
        memcpy(args->cmdline + used, words[i], size);
        used += size;
        args->cmdline[used] = words[i + 1] != NULL ? ' ' : '\0';
        used++;
    }
    return 0;
}

int args_read(struct args *args, const struct target *target, char *const *argv)
{
    size_t at = 1; /* the program's name is first */

    args->mem_bytes = 512 * MIB;
    while (argv[at] != NULL && argv[at][0] == '-' &&
           strcmp(argv[at], "--") != 0) {
        TRY(option_read(args, target, argv[at]));
        if (args->value[ARGS_HELP] != NULL || args->value[ARGS_VERSION] != NULL)
            return 0;
        at++;
    }
    if (argv[at] != NULL && strcmp(argv[at], "--") == 0)
        at++;
    for (uint32_t i = 0; i < args->device_count; i++)
        TRY(source_check(args, i));
    TRY(mem_read(args, target));
    TRY(user_read(args));
    REFUSE_IF(argv[at] == NULL, "no kernel given; --help says how");
    args->kernel = argv[at];
    return cmdline_join(args, argv + at + 1);
}

int args_match(struct args *args, const struct mft *mft)
{
    for (uint32_t handle = 1; handle < mft->entries; handle++) {
        const struct mft_entry *entry = &mft->e[handle];
        struct args_device *device =
            device_find(args, entry->name, strlen(entry->name));

        REFUSE_IF(device == NULL || device->type != entry->type,
                  "%s: the guest's device wants %s%s=", entry->name,
                  device_options[entry->type].source, entry->name);
        device->handle = handle;
    }
    for (uint32_t i = 0; i < args->device_count; i++)
        REFUSE_IF(args->device[i].handle == 0,
                  "%s: the guest has no device of that name",
                  args->device[i].name);
    return 0;
}
