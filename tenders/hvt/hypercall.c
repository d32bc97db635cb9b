/* SPDX-License-Identifier: ISC */
/* Hypercalls. Contract: hypercall.h; structs: hvt_abi.h. */
#include "hypercall.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hvt_abi.h"
#include "solo5.h"

/* One hypercall on its way. */
struct caller {
    struct machine *machine;
    const char *name;
    struct error *error;
};

static void *memory_at(const struct caller *caller, uint64_t addr,
                       uint64_t size, bool write)
{
    const struct guest_memory *memory = &caller->machine->memory;
    guest_addr_t at = {addr};
    void *found = write ? guest_memory_to_write(memory, at, size)
                        : guest_memory_at(memory, at, size);

    if (found == NULL)
        error_set(caller->error, EFAULT,
                  "the guest's %s: %" PRIu64 " bytes at 0x%" PRIx64
                  " are not all memory that it may %s",
                  caller->name, size, addr, write ? "write" : "read");
    return found;
}

/* The device of a handle, if it is one of that kind. */
static const struct mft_entry *device_of(const struct caller *caller,
                                         uint64_t handle, uint32_t type)
{
    const struct mft *mft = &caller->machine->guest->manifest.mft;

    if (handle == 0 || handle >= mft->entries || mft->e[handle].type != type)
        return NULL;
    return &mft->e[handle];
}

static int walltime(const struct caller *caller, void *arg)
{
    struct hvt_hc_walltime *call = arg;
    struct timespec now;

    (void)caller;
    clock_gettime(CLOCK_REALTIME, &now);
    call->nsecs = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return 0;
}

static int put_string(const struct caller *caller, void *arg)
{
    const struct hvt_hc_puts *call = arg;
    const char *data = memory_at(caller, call->data, call->len, false);
    uint64_t left = call->len;

    if (data == NULL)
        return -EFAULT;
    while (left > 0) {
        ssize_t done =
            write(caller->machine->guest->policy.console_fd, data, left);

        /* Full, closed or not waiting for us: lost, as promised. */
        if (done <= 0)
            break;
        data += done;
        left -= (uint64_t)done;
    }
    return 0;
}

static int poll_devices(const struct caller *caller, void *arg)
{
    const struct filter_policy *policy = &caller->machine->guest->policy;
    struct hvt_hc_poll *call = arg;

    call->ready_set =
        host_poll_wait(policy->epoll_fd, policy->timer_fd, call->timeout_nsecs);
    call->ret = __builtin_popcountll(call->ready_set);
    return 0;
}

/* Whole blocks inside the device. */
static bool blocks_fit(const struct mft_entry *device, uint64_t offset,
                       uint64_t len)
{
    uint64_t mask = device->u.block_basic.block_size - UINT64_C(1);

    return ((offset | len) & mask) == 0 &&
           guest_range_inside(offset, len, 0, device->u.block_basic.capacity);
}

/* The structs of both are the same, but for what they say of DATA. */
_Static_assert(sizeof(struct hvt_hc_block_write) ==
                   sizeof(struct hvt_hc_block_read),
               "block");

static int block_move(const struct caller *caller, void *arg, bool write)
{
    struct hvt_hc_block_read *call = arg;
    const struct mft_entry *device =
        device_of(caller, call->handle, MFT_DEV_BLOCK_BASIC);
    void *data = memory_at(caller, call->data, call->len, !write);
    off_t offset = (off_t)call->offset;
    ssize_t done;

    if (data == NULL)
        return -EFAULT;
    call->ret = SOLO5_R_EINVAL;
    if (device == NULL || !blocks_fit(device, call->offset, call->len))
        return 0;
    done = write ? pwrite(device->b.hostfd, data, call->len, offset)
                 : pread(device->b.hostfd, data, call->len, offset);
    call->ret = done == (ssize_t)call->len ? SOLO5_R_OK : SOLO5_R_EUNSPEC;
    return 0;
}

static int block_write(const struct caller *caller, void *arg)
{
    return block_move(caller, arg, true);
}

static int block_read(const struct caller *caller, void *arg)
{
    return block_move(caller, arg, false);
}

static int net_write(const struct caller *caller, void *arg)
{
    struct hvt_hc_net_write *call = arg;
    const struct mft_entry *device =
        device_of(caller, call->handle, MFT_DEV_NET_BASIC);
    const void *data = memory_at(caller, call->data, call->len, false);
    ssize_t done;

    if (data == NULL)
        return -EFAULT;
    call->ret = SOLO5_R_EINVAL;
    if (device == NULL ||
        call->len > (uint64_t)device->u.net_basic.mtu + SOLO5_NET_HLEN)
        return 0;
    done = write(device->b.hostfd, data, call->len);
    /* Without room the frame is dropped, as on any network. */
    if (done == (ssize_t)call->len || errno == EAGAIN || errno == ENOBUFS ||
        errno == ENOMEM)
        call->ret = SOLO5_R_OK;
    else
        call->ret = SOLO5_R_EUNSPEC;
    return 0;
}

static int net_read(const struct caller *caller, void *arg)
{
    struct hvt_hc_net_read *call = arg;
    const struct mft_entry *device =
        device_of(caller, call->handle, MFT_DEV_NET_BASIC);
    void *data = memory_at(caller, call->data, call->len, true);
    ssize_t done;

    if (data == NULL)
        return -EFAULT;
    call->ret = SOLO5_R_EINVAL;
    if (device == NULL)
        return 0;
    done = read(device->b.hostfd, data, call->len);
    if (done > 0) {
        call->len = (uint64_t)done;
        call->ret = SOLO5_R_OK;
    } else {
        call->ret =
            done == 0 || errno == EAGAIN ? SOLO5_R_AGAIN : SOLO5_R_EUNSPEC;
    }
    return 0;
}

static int halt(const struct caller *caller, void *arg)
{
    const struct hvt_hc_halt *call = arg;

    if (call->cookie != 0 &&
        memory_at(caller, call->cookie, HVT_HALT_COOKIE_SIZE, false) == NULL)
        return -EFAULT;
    caller->machine->halted = true;
    caller->machine->status = call->exit_status & 0xff;
    return 0;
}

static const struct {
    const char *name;
    uint64_t size; /* of its struct */
    bool answers;  /* writes to it */
    int (*run)(const struct caller *caller, void *arg);
} calls[] = {
    [HVT_HYPERCALL_WALLTIME] = {"WALLTIME", sizeof(struct hvt_hc_walltime),
                                true, walltime},
    [HVT_HYPERCALL_PUTS] = {"PUTS", sizeof(struct hvt_hc_puts), false,
                            put_string},
    [HVT_HYPERCALL_POLL] = {"POLL", sizeof(struct hvt_hc_poll), true,
                            poll_devices},
    [HVT_HYPERCALL_BLOCK_WRITE] = {"BLOCK_WRITE",
                                   sizeof(struct hvt_hc_block_write), true,
                                   block_write},
    [HVT_HYPERCALL_BLOCK_READ] = {"BLOCK_READ",
                                  sizeof(struct hvt_hc_block_read), true,
                                  block_read},
    [HVT_HYPERCALL_NET_WRITE] = {"NET_WRITE", sizeof(struct hvt_hc_net_write),
                                 true, net_write},
    [HVT_HYPERCALL_NET_READ] = {"NET_READ", sizeof(struct hvt_hc_net_read),
                                true, net_read},
    [HVT_HYPERCALL_HALT] = {"HALT", sizeof(struct hvt_hc_halt), false, halt},
};

int hypercall_do(struct machine *machine, const struct hypercall *call,
                 struct error *error)
{
    struct caller caller = {machine, "", error};
    /* Of all structs; a copy, since the guest's may be anywhere. */
    uint64_t arg[8];
    void *at;
    int err;

    if (call->nr >= sizeof calls / sizeof *calls || calls[call->nr].run == NULL)
        return error_set(error, EFAULT,
                         "the guest made hypercall %" PRIu32
                         ", which does not exist",
                         call->nr);
    caller.name = calls[call->nr].name;
    at = memory_at(&caller, call->arg, calls[call->nr].size,
                   calls[call->nr].answers);
    if (at == NULL)
        return -EFAULT;
    memcpy(arg, at, calls[call->nr].size);
    err = calls[call->nr].run(&caller, arg);
    if (err == 0 && calls[call->nr].answers)
        memcpy(at, arg, calls[call->nr].size);
    return err;
}
