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
};

/* K: the instruction's constant. A test skips JT instructions if it holds, else
 * JF. Returns where it is. */
static uint32_t emit(struct filter *filter, uint16_t code, uint8_t jt,
                     uint8_t jf, uint64_t k)
{
    filter->insns[filter->count] =
        (struct sock_filter){code, jt, jf, (uint32_t)k};
    return filter->count++;
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
    no_carry = emit(filter, BPF_JMP | BPF_JGE | BPF_X, 0, 0, 0);
    if (high == 0) {
        emit(filter, RETURN, 0, 0, KILL);
        filter->insns[no_carry].jt = skipped(filter, no_carry);
        emit_high_at_most(filter, high);
    } else {
        emit_high_at_most(filter, high - 1);
        carried = emit(filter, GO, 0, 0, 0);
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
    uint32_t test;

    if (!any_length && block->capacity < block->block_size)
        return; /* no block is inside */
    test = emit(filter, IF_EQUAL, 0, 0, (uint32_t)device->b.hostfd);
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

/* A call that is allowed if its first argument is one of COUNT values; none: it
 * never is. Without values, block devices decide (emit_block). */
struct rule {
    uint32_t call;
    const uint32_t *first;
    uint32_t count;
    /* And if another one, which of them, has a value; 0: they are free. */
    unsigned other;
    uint32_t value;
};

/* Begins the section of the call that the test at TEST finds. */
static void section_begin(struct filter *filter, uint32_t test)
{
    filter->insns[test].jt = skipped(filter, test);
    /* That the first argument is a small one has been seen. */
    emit(filter, LOAD, 0, 0, LOW(0));
}

static void emit_rule(struct filter *filter, const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->count; i++)
        emit(filter, IF_EQUAL, (uint8_t)(rule->count - i), 0, rule->first[i]);
    emit(filter, RETURN, 0, 0, KILL);
    if (rule->other != 0)
        emit_require_arg(filter, rule->other, rule->value);
    emit(filter, RETURN, 0, 0, ALLOW);
}

/* Leaves the call's number, if it is one of this architecture. */
static void emit_number(struct filter *filter, const struct linux_arch *arch)
{
    emit(filter, LOAD, 0, 0, offsetof(struct seccomp_data, arch));
    emit_require(filter, arch->audit_arch);
    emit(filter, LOAD, 0, 0, offsetof(struct seccomp_data, nr));
}

/* Emits the list of calls that lead to a section. Returns where it begins. */
static uint32_t emit_list(struct filter *filter, const struct linux_arch *arch,
                          const struct rule *rules, uint32_t rule_count)
{
    uint32_t wide, list;

    /* First an argument: there a kernel stops that goes through the filter for
     * each call it knows, to find those that are always allowed (seccomp.c,
     * seccomp_cache_prepare): that takes longer than all else it does. */
    emit(filter, LOAD, 0, 0, HIGH(0));
    wide = emit(filter, IF_EQUAL, 0, 0, 0);
    emit_number(filter, arch);
    list = filter->count;
    for (uint32_t i = 0; i < rule_count; i++)
        if (rules[i].count > 0)
            emit(filter, IF_EQUAL, 0, 0, rules[i].call);
    /* What is not in the list, or has another first argument than those do. */
    filter->insns[wide].jf = skipped(filter, wide);
    emit_number(filter, arch);
    emit_require(filter, arch->exit_group);
    emit(filter, RETURN, 0, 0, ALLOW);
    return list;
}

size_t filter_build(const struct linux_arch *arch, const struct policy *policy,
                    struct sock_filter insns[BPF_MAXINSNS])
{
    static const uint32_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};
    static const uint32_t alarm = ITIMER_REAL;
    const uint32_t cpu = (uint32_t)policy->cpu_fd;
    const uint32_t poll = (uint32_t)policy->poll_fd;
    const uint32_t timer = (uint32_t)policy->timer_fd;
    const bool has_cpu = policy->cpu_fd != POLICY_NO_FD;
    const bool has_error = policy->error_fd != POLICY_NO_FD;
    const bool has_pointer = arch->set_thread_pointer != LINUX_NO_CALL;
    /* Where frames go, then where text goes. */
    uint32_t fds[MFT_MAX_ENTRIES + 1], net_count = 0;
    const struct mft *mft = policy->mft;
    struct filter filter = {.insns = insns};

    for (uint32_t i = 1; i < mft->entries; i++)
        if (mft->e[i].type == MFT_DEV_NET_BASIC)
            fds[net_count++] = (uint32_t)mft->e[i].b.hostfd;
    fds[net_count] = (uint32_t)policy->console_fd;
    fds[net_count + 1] = (uint32_t)policy->error_fd;

    const bool has_block = net_count + 1 < mft->entries;
    /* What a busy guest makes most comes first; but each is followed by one
     * that would not allow the same, so that a jump too far would show. */
    const struct rule rules[] = {
        {arch->ioctl, &cpu, has_cpu, 1, policy->cpu_request},
        /* No signal mask: who blocks signals cannot be asked to end. */
        {arch->epoll_pwait, &poll, 1, 4, 0},
        {arch->pread64, NULL, has_block, 0, 0},
        {arch->pwrite64, NULL, has_block, 0, 0},
        {arch->write, fds, net_count + 1 + has_error, 0, 0},
        {arch->setitimer, &alarm, has_error, 0, 0},
        {arch->timerfd_settime, &timer, 1, 0, 0},
        {arch->read, fds, net_count, 0, 0},
        {arch->clock_gettime, clocks, 2, 0, 0},
        {arch->set_thread_pointer, &arch->set_thread_pointer_op, has_pointer, 0,
         0},
    };
    const uint32_t rule_count = sizeof rules / sizeof *rules;
    uint32_t test = emit_list(&filter, arch, rules, rule_count);
    uint32_t block = 0; /* the last test of a block call */

    for (uint32_t i = 0; i < rule_count; i++) {
        if (rules[i].count == 0)
            continue;
        if (rules[i].first == NULL) {
            block = test;
        } else {
            section_begin(&filter, test);
            emit_rule(&filter, &rules[i]);
        }
        test++;
    }
    /* Reading and writing: inside each block device. */
    if (has_block) {
        filter.insns[block - 1].jt = skipped(&filter, block - 1);
        section_begin(&filter, block);
        for (uint32_t i = 1; i < mft->entries; i++)
            if (mft->e[i].type == MFT_DEV_BLOCK_BASIC)
                emit_block(&filter, &mft->e[i], policy->any_length);
        emit(&filter, RETURN, 0, 0, KILL);
    }
    return filter.count;
}
