/* SPDX-License-Identifier: ISC */
/*
 * Filter assembler. Contract: filter.h; the machine: Linux
 * Documentation/networking/filter.rst and userspace-api/seccomp_filter.rst.
 *
 * Each call has a section; each section tests its arguments and ends with a
 * verdict, so that control never falls from one into the next. Arguments have
 * 64 bits and the machine 32: both halves are always compared, since the
 * kernel looks at all of an offset, and at the low half of a descriptor.
 */
#include "filter.h"

#include <linux/seccomp.h>
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

/* A block device takes 26 instructions at most, all else fewer than 100. */
_Static_assert(26 * MFT_MAX_ENTRIES + 100 <= BPF_MAXINSNS, "room");

/* The filter on its way. */
struct filter {
    struct sock_filter *insns;
    uint32_t count;
    uint32_t jump; /* over the section that is open */
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

/* Kills unless the accumulator is K. */
static void emit_require(struct filter *filter, uint32_t k)
{
    emit(filter, IF_EQUAL, 1, 0, k);
    emit(filter, RETURN, 0, 0, KILL);
}

/* Allows if the accumulator is K. */
static void emit_allow_if(struct filter *filter, uint32_t k)
{
    emit(filter, IF_EQUAL, 0, 1, k);
    emit(filter, RETURN, 0, 0, ALLOW);
}

/* Leaves the low half of an argument whose high half must be zero. */
static void emit_small_arg(struct filter *filter, unsigned arg)
{
    emit(filter, LOAD, 0, 0, HIGH(arg));
    emit_require(filter, 0);
    emit(filter, LOAD, 0, 0, LOW(arg));
}

/*
 * Opens the section of the COUNT calls CALLS, and leaves their first argument,
 * a small one. Sections are too long for the 8 bits of a conditional jump.
 */
static void section_begin(struct filter *filter, const uint32_t *calls,
                          uint8_t count)
{
    /* Over the tests that are left, and the jump. */
    for (uint8_t i = 0; i < count; i++)
        emit(filter, IF_EQUAL, (uint8_t)(count - i), 0, calls[i]);
    filter->jump = filter->count;
    emit(filter, GO, 0, 0, 0);
    emit_small_arg(filter, 0);
}

static void section_end(struct filter *filter)
{
    emit(filter, RETURN, 0, 0, KILL);
    filter->insns[filter->jump].k = filter->count - filter->jump - 1;
}

/* A call whose first argument must be VALUE. */
static void section_of_value(struct filter *filter, uint32_t call,
                             uint32_t value)
{
    section_begin(filter, &call, 1);
    emit_allow_if(filter, value);
    section_end(filter);
}

/*
 * Allows if argument 3 (an offset) and argument 2 (a length) together are at
 * most MOST, else kills. The length fits into 32 bits here, the sum of the low
 * halves may not: then one is carried.
 */
static void emit_sum_at_most(struct filter *filter, uint64_t most)
{
    /* Of such an offset, the carry would be lost. */
    emit(filter, LOAD, 0, 0, HIGH(3));
    emit(filter, IF_EQUAL, 0, 1, UINT32_MAX);
    emit(filter, RETURN, 0, 0, KILL);
    emit(filter, LOAD, 0, 0, LOW(3));
    emit(filter, BPF_MISC | BPF_TAX, 0, 0, 0);
    emit(filter, LOAD, 0, 0, LOW(2));
    emit(filter, BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
    /* M[0]: low half of the sum; no carry if it is not below an addend. */
    emit(filter, BPF_ST, 0, 0, 0);
    emit(filter, BPF_JMP | BPF_JGE | BPF_X, 3, 0, 0);
    emit(filter, LOAD, 0, 0, HIGH(3));
    emit(filter, BPF_ALU | BPF_ADD | BPF_K, 0, 0, 1);
    emit(filter, GO, 0, 0, 1);
    emit(filter, LOAD, 0, 0, HIGH(3));
    /* The high half, then the low one. */
    emit(filter, IF_ABOVE, 3, 0, most >> 32);
    emit(filter, IF_EQUAL, 0, 3, most >> 32);
    emit(filter, BPF_LD | BPF_MEM, 0, 0, 0);
    emit(filter, IF_ABOVE, 0, 1, most);
    emit(filter, RETURN, 0, 0, KILL);
    emit(filter, RETURN, 0, 0, ALLOW);
}

/* Decides about offset and length, if the accumulator is DEVICE's descriptor;
 * else leaves it for the next test. */
static void emit_block(struct filter *filter, const struct mft_entry *device,
                       bool any_length)
{
    const struct mft_block_basic *block = &device->u.block_basic;
    const uint32_t test = filter->count;

    emit(filter, IF_EQUAL, 0, 0, (uint32_t)device->b.hostfd);
    emit_small_arg(filter, 2);
    if (!any_length)
        emit_require(filter, block->block_size);
    emit_sum_at_most(filter, block->capacity);
    filter->insns[test].jf = (uint8_t)(filter->count - test - 1);
}

static void emit_allow_nets(struct filter *filter, const struct mft *mft)
{
    for (uint32_t i = 1; i < mft->entries; i++)
        if (mft->e[i].type == MFT_DEV_NET_BASIC)
            emit_allow_if(filter, (uint32_t)mft->e[i].b.hostfd);
}

size_t filter_build(const struct linux_arch *arch, const struct policy *policy,
                    struct sock_filter insns[BPF_MAXINSNS])
{
    /* To both, the same holds: inside each block device. */
    const uint32_t block_calls[] = {arch->pread64, arch->pwrite64};
    const struct mft *mft = policy->mft;
    struct filter filter = {insns, 0, 0};

    emit(&filter, LOAD, 0, 0, offsetof(struct seccomp_data, arch));
    emit_require(&filter, arch->audit_arch);
    emit(&filter, LOAD, 0, 0, offsetof(struct seccomp_data, nr));

    /* What a busy guest calls most comes first. */
    if (policy->cpu_fd != POLICY_NO_FD) {
        section_begin(&filter, &arch->ioctl, 1);
        emit_require(&filter, (uint32_t)policy->cpu_fd);
        emit_small_arg(&filter, 1);
        emit_allow_if(&filter, policy->cpu_request);
        section_end(&filter);
    }

    section_begin(&filter, block_calls, 2);
    for (uint32_t i = 1; i < mft->entries; i++)
        if (mft->e[i].type == MFT_DEV_BLOCK_BASIC)
            emit_block(&filter, &mft->e[i], policy->any_length);
    section_end(&filter);

    section_begin(&filter, &arch->read, 1);
    emit_allow_nets(&filter, mft);
    section_end(&filter);

    section_begin(&filter, &arch->write, 1);
    emit_allow_nets(&filter, mft);
    emit_allow_if(&filter, (uint32_t)policy->console_fd);
    if (policy->error_fd != POLICY_NO_FD)
        emit_allow_if(&filter, (uint32_t)policy->error_fd);
    section_end(&filter);

    /* No signal mask: a guest that blocked signals could not be stopped. */
    section_begin(&filter, &arch->epoll_pwait, 1);
    emit_require(&filter, (uint32_t)policy->poll_fd);
    emit_small_arg(&filter, 4);
    emit_allow_if(&filter, 0);
    section_end(&filter);

    section_of_value(&filter, arch->timerfd_settime,
                     (uint32_t)policy->timer_fd);

    section_begin(&filter, &arch->clock_gettime, 1);
    emit_allow_if(&filter, CLOCK_MONOTONIC);
    emit_allow_if(&filter, CLOCK_REALTIME);
    section_end(&filter);

    if (arch->set_thread_pointer != LINUX_NO_CALL)
        section_of_value(&filter, arch->set_thread_pointer,
                         arch->set_thread_pointer_op);
    emit_allow_if(&filter, arch->exit_group);
    emit(&filter, RETURN, 0, 0, KILL);
    return filter.count;
}
