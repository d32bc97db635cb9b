/* SPDX-License-Identifier: ISC */
/* Hypercalls. Contract: machine.h; structs: hvt_abi.h. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "memory.h"

#define ETHERNET_HEADER_BYTES 14

/* One hypercall on its way. */
struct caller {
    struct machine *machine;
    uint32_t nr;
    const char *name;
};

/* FOUND: where SIZE bytes at ADDR are, all of which the guest may use so. */
static int memory_find(const struct caller *caller, guest_addr_t addr,
                       uint64_t size, bool to_write, void **found)
{
    const struct machine *machine = caller->machine;

    *found = hvt_memory_at(&machine->memory, &machine->guest->image, addr, size,
                           to_write);
    FAIL_IF(
        *found == NULL, ERROR_GUEST_FAULT,
        "the guest's %s: %ju bytes at %#jx are not all memory that it may %s",
        caller->name, size, addr.value, to_write ? "write" : "read");
    return 0;
}

/* The device of a handle, if it is one of that kind. */
static const struct mft_entry *device_of(const struct caller *caller,
                                         uint64_t handle, uint32_t type)
{
    const struct mft *mft = &caller->machine->guest->image.manifest.mft;

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
    const int console = caller->machine->guest->policy.console_fd;
    uint64_t at = 0;
    void *data;

    TRY(memory_find(caller, call->data, call->len, false, &data));
    while (at < call->len) {
        ssize_t done = write(console, (const char *)data + at, call->len - at);

        if (done < 0 && errno == EINTR && !caller->machine->interrupted)
            continue;
        /* Full, closed or not waiting for us: the rest is lost, as promised. */
        if (done <= 0)
            break;
        at += (uint64_t)done;
    }
    return 0;
}

static int poll_devices(const struct caller *caller, void *arg)
{
    const struct policy *policy = &caller->machine->guest->policy;
    struct hvt_hc_poll *call = arg;

    TRY(host_poll_wait(policy, call->timeout_nsecs, &call->ready_set));
    call->ret = __builtin_popcountll(call->ready_set);
    return 0;
}

/* Both directions. */
static int block_move(const struct caller *caller, void *arg)
{
    const bool to_write = caller->nr == HVT_HYPERCALL_BLOCK_WRITE;
    struct hvt_hc_block *call = arg;
    const struct mft_entry *device =
        device_of(caller, call->handle, MFT_DEV_BLOCK_BASIC);
    const struct mft_block_basic *block;
    ssize_t done;
    void *data;

    TRY(memory_find(caller, call->data, call->len, !to_write, &data));
    call->ret = HVT_R_EINVAL;
    if (device == NULL)
        return 0;
    block = &device->u.block_basic;
    if ((call->offset | call->len) % block->block_size != 0 ||
        !guest_range_inside(call->offset, call->len, 0, block->capacity))
        return 0;
    if (to_write)
        RETRY(done,
              pwrite(device->b.hostfd, data, call->len, (off_t)call->offset));
    else
        RETRY(done,
              pread(device->b.hostfd, data, call->len, (off_t)call->offset));
    call->ret = done == (ssize_t)call->len ? HVT_R_OK : HVT_R_EUNSPEC;
    return 0;
}

/* The same. */
static int net_move(const struct caller *caller, void *arg)
{
    const bool to_send = caller->nr == HVT_HYPERCALL_NET_WRITE;
    struct hvt_hc_net *call = arg;
    const struct mft_entry *device =
        device_of(caller, call->handle, MFT_DEV_NET_BASIC);
    uint64_t most;
    ssize_t done;
    void *data;
    int result;

    TRY(memory_find(caller, call->data, call->len, !to_send, &data));
    call->ret = HVT_R_EINVAL;
    if (device == NULL)
        return 0;
    /* Of a frame that is too long to be read, the rest would be lost. */
    most = (uint64_t)device->u.net_basic.mtu + ETHERNET_HEADER_BYTES;
    if (to_send ? call->len > most : call->len < most)
        return 0;
    if (to_send)
        RETRY(done, write(device->b.hostfd, data, call->len));
    else
        RETRY(done, read(device->b.hostfd, data, call->len));
    TRY_GET(result, host_net_result(device, done));
    /* A frame that the network drops has been sent. */
    call->ret = result == HOST_NET_FAILED              ? HVT_R_EUNSPEC
                : result == HOST_NET_QUIET && !to_send ? HVT_R_AGAIN
                                                       : HVT_R_OK;
    if (!to_send && done > 0)
        call->len = (uint64_t)done;
    return 0;
}

static int halt(const struct caller *caller, void *arg)
{
    const struct hvt_hc_halt *call = arg;
    void *cookie;

    if (call->cookie.value != 0)
        TRY(memory_find(caller, call->cookie, HVT_HALT_COOKIE_SIZE, false,
                        &cookie));
    FAIL_IF(call->exit_status < 0 || call->exit_status > GUEST_EXIT_ABORT,
            ERROR_GUEST_FAULT, "the guest's HALT: %d is no status; 0 to %d are",
            call->exit_status, GUEST_EXIT_ABORT);
    caller->machine->halted = true;
    caller->machine->status = call->exit_status;
    return 0;
}

#define CALL(name, type, answers, run) \
    [HVT_HYPERCALL_##name] = {#name, sizeof(struct hvt_hc_##type), answers, run}
static const struct {
    const char *name;
    uint64_t size; /* of its struct */
    bool answers;  /* writes to it */
    int (*run)(const struct caller *caller, void *arg);
} calls[] = {
    CALL(WALLTIME, walltime, true, walltime),
    CALL(PUTS, puts, false, put_string),
    CALL(POLL, poll, true, poll_devices),
    CALL(BLOCK_WRITE, block, true, block_move),
    CALL(BLOCK_READ, block, true, block_move),
    CALL(NET_WRITE, net, true, net_move),
    CALL(NET_READ, net, true, net_move),
    CALL(HALT, halt, false, halt),
};

int machine_hypercall(struct machine *machine, const struct hypercall *call)
{
    struct caller caller = {machine, call->nr, ""};
    const uint32_t nr = call->nr;
    /* Of all structs; a copy, since the guest's may be anywhere. */
    uint64_t arg[8];
    void *at;

    FAIL_IF(nr >= sizeof calls / sizeof *calls || calls[nr].run == NULL,
            ERROR_GUEST_FAULT,
            "the guest made hypercall %u, which does not exist", nr);
    caller.name = calls[nr].name;
    TRY(memory_find(&caller, call->arg, calls[nr].size, calls[nr].answers,
                    &at));
    memcpy(arg, at, calls[nr].size);
    TRY(calls[nr].run(&caller, arg));
    if (calls[nr].answers)
        memcpy(at, arg, calls[nr].size);
    return 0;
}
