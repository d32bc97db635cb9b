/* SPDX-License-Identifier: ISC */
/*
 * Filter assembler. Contract: filter.h; the machine: Linux
 * Documentation/networking/filter.rst and userspace-api/seccomp_filter.rst.
 *
 * A list of tests tells the calls apart. Each call has a section, which tests
 * its arguments and ends with a verdict, so that control never falls from one
 * into the next. Arguments have 64 bits and the machine 32: both halves are
 * always compared, since the kernel looks at all of an offset, and at the low
 * half of a descriptor. What comes out is proved to be the policy, and to have
 * no instruction too many (tests/tenders/test_filter.py).
 */
#include "filter.h"

#include <linux/seccomp.h>
#include <sys/time.h>
#include <time.h>

#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define RETURN (BPF_RET | BPF_K)
#define GO (BPF_JMP | BPF_JA)
#define IF_EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_ABOVE (BPF_JMP | BPF_JGT | BPF_K)

/* Where the halves of an argument are loaded from. */
#define LOW(arg) (offsetof(struct seccomp_data, args) + 8 * (arg))
#define HIGH(arg) (LOW(arg) + 4)

/* A test reaches 255 instructions far: over two lists of all network devices,
 * and fewer than 100 others. Block devices come last. */
_Static_assert(2 * MFT_MAX_ENTRIES + 100 <= UINT8_MAX, "reach");
/* Each of them takes 26 instructions at most. */
_Static_assert((2 + 26) * MFT_MAX_ENTRIES + 100 <= BPF_MAXINSNS, "room");

/* The filter on its way. */
struct filter {
    struct sock_filter *insns;
    uint32_t count;
    uint32_t tests, tests_end; /* where the list of calls lies */
};

/* K: the instruction's constant. A test skips JT instructions if it holds, else
 * JF. */
static void emit(struct filter *filter, uint16_t code, uint8_t jt, uint8_t jf,
                 uint64_t k)
{
    filter->insns[filter->count] =
        (struct sock_filter){code, jt, jf, (uint32_t)k};
    filter->count++;
}

/* Number of instructions that a jump at JUMP skips to come here. */
static uint8_t skipped(const struct filter *filter, uint32_t jump)
{
    return (uint8_t)(filter->count - jump - 1);
}

/* Kills unless the accumulator is K. */
static void emit_require(struct filter *filter, uint32_t k)
{
    emit(filter, IF_EQUAL, 1, 0, k);
    emit(filter, RETURN, 0, 0, KILL);
}

/* Leaves the low half of an argument whose high half must be zero. */
static void emit_small_arg(struct filter *filter, unsigned arg)
{
    emit(filter, LOAD, 0, 0, HIGH(arg));
    emit_require(filter, 0);
    emit(filter, LOAD, 0, 0, LOW(arg));
}

static void emit_require_arg(struct filter *filter, unsigned arg, uint32_t k)
{
    emit_small_arg(filter, arg);
    emit_require(filter, k);
}

/* Leaves the first argument: that it is a small one has been seen. */
static void emit_first_arg(struct filter *filter)
{
    emit(filter, LOAD, 0, 0, LOW(0));
}

static void emit_require_first_arg(struct filter *filter, uint32_t k)
{
    emit_first_arg(filter);
    emit_require(filter, k);
}

/* Allows if the first argument is one of COUNT values, else kills. */
static void emit_any_of(struct filter *filter, const uint32_t *values,
                        uint32_t count)
{
    emit_first_arg(filter);
    for (uint32_t i = 0; i < count; i++)
        emit(filter, IF_EQUAL, (uint8_t)(count - i), 0, values[i]);
    emit(filter, RETURN, 0, 0, KILL);
    emit(filter, RETURN, 0, 0, ALLOW);
}

/* The accumulator is at most MOST, or it kills; then it allows. */
static void emit_at_most(struct filter *filter, uint32_t most)
{
    emit(filter, IF_ABOVE, 0, 1, most);
    emit(filter, RETURN, 0, 0, KILL);
    emit(filter, RETURN, 0, 0, ALLOW);
}

/*
 * Decides about the high half of an offset (argument 3), which may be HIGH at
 * most: kills above, allows below, and goes on where the low half decides.
 */
static void emit_high_at_most(struct filter *filter, uint32_t high)
{
    emit(filter, LOAD, 0, 0, HIGH(3));
    if (high == 0) {
        emit_require(filter, 0);
        return;
    }
    emit(filter, IF_ABOVE, 0, 1, high);
    emit(filter, RETURN, 0, 0, KILL);
    emit(filter, IF_EQUAL, 1, 0, high);
    emit(filter, RETURN, 0, 0, ALLOW);
}

/*
 * Allows if an offset and a length (argument 2, whose low half is in the
 * accumulator and whose high half is zero) together are at most MOST, else
 * kills. The sum of the low halves may not fit: then one is carried.
 */
static void emit_sum_at_most(struct filter *filter, uint64_t most)
{
    const uint32_t high = (uint32_t)(most >> 32);
    uint32_t no_carry, carried;

    emit(filter, BPF_MISC | BPF_TAX, 0, 0, 0);
    emit(filter, LOAD, 0, 0, LOW(3));
    emit(filter, BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
    /* M[0]: low half of the sum; no carry if it is not below an addend. */
    emit(filter, BPF_ST, 0, 0, 0);
    no_carry = filter->count;
    emit(filter, BPF_JMP | BPF_JGE | BPF_X, 0, 0, 0);
    if (high == 0) {
        emit(filter, RETURN, 0, 0, KILL);
        filter->insns[no_carry].jt = skipped(filter, no_carry);
        emit_high_at_most(filter, high);
    } else {
        emit_high_at_most(filter, high - 1);
        carried = filter->count;
        emit(filter, GO, 0, 0, 0);
        filter->insns[no_carry].jt = skipped(filter, no_carry);
        emit_high_at_most(filter, high);
        filter->insns[carried].k = skipped(filter, carried);
    }
    emit(filter, BPF_LD | BPF_MEM, 0, 0, 0);
    emit_at_most(filter, (uint32_t)most);
}

/* Decides about offset and length, if the accumulator is DEVICE's descriptor;
 * else leaves it for the next test. */
static void emit_block(struct filter *filter, const struct mft_entry *device,
                       bool any_length)
{
    const struct mft_block_basic *block = &device->u.block_basic;
    const uint32_t test = filter->count;

    if (!any_length && block->capacity < block->block_size)
        return; /* no block is inside */
    emit(filter, IF_EQUAL, 0, 0, (uint32_t)device->b.hostfd);
    if (any_length) {
        emit_small_arg(filter, 2);
        emit_sum_at_most(filter, block->capacity);
    } else {
        const uint64_t last = block->capacity - block->block_size;

        emit_require_arg(filter, 2, block->block_size);
        emit_high_at_most(filter, (uint32_t)(last >> 32));
        emit(filter, LOAD, 0, 0, LOW(3));
        emit_at_most(filter, (uint32_t)last);
    }
    filter->insns[test].jf = skipped(filter, test);
}

/* Begins the section of a call. False: the list does not have it. */
static bool section_begin(struct filter *filter, uint32_t call)
{
    for (uint32_t i = filter->tests; i < filter->tests_end; i++) {
        if (filter->insns[i].k == call) {
            filter->insns[i].jt = skipped(filter, i);
            return true;
        }
    }
    return false;
}

/* Leaves the call's number, if it is one of this architecture. */
static void emit_number(struct filter *filter, const struct linux_arch *arch)
{
    emit(filter, LOAD, 0, 0, offsetof(struct seccomp_data, arch));
    emit_require(filter, arch->audit_arch);
    emit(filter, LOAD, 0, 0, offsetof(struct seccomp_data, nr));
}

/* Emits the list of calls: what a busy guest makes most comes first. A call
 * that this policy never allows is not in it. */
static void emit_list(struct filter *filter, const struct linux_arch *arch,
                      bool has_cpu, bool has_error, bool has_net,
                      bool has_block)
{
    const uint32_t calls[] = {
        has_cpu ? arch->ioctl : LINUX_NO_CALL,
        arch->epoll_pwait,
        has_block ? arch->pread64 : LINUX_NO_CALL,
        has_block ? arch->pwrite64 : LINUX_NO_CALL,
        has_net ? arch->read : LINUX_NO_CALL,
        arch->write,
        arch->timerfd_settime,
        arch->clock_gettime,
        arch->set_thread_pointer,
        has_error ? arch->setitimer : LINUX_NO_CALL,
    };

    filter->tests = filter->count;
    for (uint32_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i] != LINUX_NO_CALL)
            emit(filter, IF_EQUAL, 0, 0, calls[i]);
    filter->tests_end = filter->count;
}

size_t filter_build(const struct linux_arch *arch, const struct policy *policy,
                    struct sock_filter insns[BPF_MAXINSNS])
{
    static const uint32_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};
    static const uint32_t real_time = ITIMER_REAL;
    const uint32_t timer = (uint32_t)policy->timer_fd;
    const struct mft *mft = policy->mft;
    struct filter filter = {.insns = insns};
    /* Where frames go, then where text goes. */
    uint32_t fds[MFT_MAX_ENTRIES + 1], net_count = 0, count, wide;

    for (uint32_t i = 1; i < mft->entries; i++)
        if (mft->e[i].type == MFT_DEV_NET_BASIC)
            fds[net_count++] = (uint32_t)mft->e[i].b.hostfd;
    count = net_count;
    fds[count++] = (uint32_t)policy->console_fd;
    if (policy->error_fd != POLICY_NO_FD)
        fds[count++] = (uint32_t)policy->error_fd;

    /* First an argument: there a kernel stops that goes through the filter for
     * each call it knows, to find those that are always allowed (seccomp.c,
     * seccomp_cache_prepare): that takes longer than all else it does. */
    emit(&filter, LOAD, 0, 0, HIGH(0));
    wide = filter.count;
    emit(&filter, IF_EQUAL, 0, 0, 0);
    emit_number(&filter, arch);
    emit_list(&filter, arch, policy->cpu_fd != POLICY_NO_FD,
              policy->error_fd != POLICY_NO_FD, net_count > 0,
              net_count + 1 < mft->entries);
    /* What is not in the list, or has another first argument than those do. */
    filter.insns[wide].jf = skipped(&filter, wide);
    emit_number(&filter, arch);
    emit_require(&filter, arch->exit_group);
    emit(&filter, RETURN, 0, 0, ALLOW);

    /* Each section is followed by one that would not allow the same, so that a
     * jump too far would show. */
    if (section_begin(&filter, arch->ioctl)) {
        emit_require_first_arg(&filter, (uint32_t)policy->cpu_fd);
        emit_require_arg(&filter, 1, policy->cpu_request);
        emit(&filter, RETURN, 0, 0, ALLOW);
    }
    if (section_begin(&filter, arch->epoll_pwait)) {
        emit_require_first_arg(&filter, (uint32_t)policy->poll_fd);
        /* No signal mask: who blocks signals cannot be asked to end. */
        emit_require_arg(&filter, 4, 0);
        emit(&filter, RETURN, 0, 0, ALLOW);
    }
    if (section_begin(&filter, arch->write))
        emit_any_of(&filter, fds, count);
    if (section_begin(&filter, arch->setitimer))
        emit_any_of(&filter, &real_time, 1);
    if (section_begin(&filter, arch->timerfd_settime))
        emit_any_of(&filter, &timer, 1);
    if (section_begin(&filter, arch->read))
        emit_any_of(&filter, fds, net_count);
    if (section_begin(&filter, arch->clock_gettime))
        emit_any_of(&filter, clocks, 2);
    if (section_begin(&filter, arch->set_thread_pointer))
        emit_any_of(&filter, &arch->set_thread_pointer_op, 1);

    /* For both, the same holds: inside each block device. */
    section_begin(&filter, arch->pread64);
    if (section_begin(&filter, arch->pwrite64)) {
        emit_first_arg(&filter);
        for (uint32_t i = 1; i < mft->entries; i++)
            if (mft->e[i].type == MFT_DEV_BLOCK_BASIC)
                emit_block(&filter, &mft->e[i], policy->any_length);
        emit(&filter, RETURN, 0, 0, KILL);
    }
    return filter.count;
}
