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

#define NONE (-1)
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
_Static_assert(26 * MFT_MAX_ENTRIES + 100 <= FILTER_MAX_INSNS, "room");

/* Where the next instruction goes. */
typedef struct sock_filter *cursor_t;

/* K: the instruction's constant. A test skips JT instructions if it holds, else
 * JF. */
static void emit(cursor_t *at, uint16_t code, uint8_t jt, uint8_t jf,
                 uint64_t k)
{
    *(*at)++ = (struct sock_filter){code, jt, jf, (uint32_t)k};
}

/* Kills unless the accumulator is K. */
static void emit_require(cursor_t *at, uint32_t k)
{
    emit(at, IF_EQUAL, 1, 0, k);
    emit(at, RETURN, 0, 0, KILL);
}

/* Allows if the accumulator is K. */
static void emit_allow_if(cursor_t *at, uint32_t k)
{
    emit(at, IF_EQUAL, 0, 1, k);
    emit(at, RETURN, 0, 0, ALLOW);
}

/* Leaves the low half of an argument whose high half must be zero. */
static void emit_small_arg(cursor_t *at, unsigned arg)
{
    emit(at, LOAD, 0, 0, HIGH(arg));
    emit_require(at, 0);
    emit(at, LOAD, 0, 0, LOW(arg));
}

/*
 * Opens the section of call NR, whose first argument is a small one; close it
 * with section_end. Sections are too long for a conditional jump's 8 bits.
 */
static cursor_t section_begin(cursor_t *at, uint32_t nr)
{
    cursor_t jump = *at + 1;

    emit(at, IF_EQUAL, 1, 0, nr);
    emit(at, GO, 0, 0, 0);
    emit_small_arg(at, 0);
    return jump;
}

static void section_end(cursor_t *at, cursor_t jump)
{
    emit(at, RETURN, 0, 0, KILL);
    jump->k = (uint32_t)(*at - jump - 1);
}

/*
 * A call whose first argument must be ONE, or OTHER, unless these are
 * NONE; or, with MFT, the descriptor of one of its network devices.
 */
static void section(cursor_t *at, uint32_t nr, const struct mft *mft,
                    int32_t one, int32_t other)
{
    cursor_t jump = section_begin(at, nr);

    for (uint32_t i = 1; mft != NULL && i < mft->entries; i++)
        if (mft->e[i].type == MFT_DEV_NET_BASIC)
            emit_allow_if(at, (uint32_t)mft->e[i].b.hostfd);
    if (one != NONE)
        emit_allow_if(at, (uint32_t)one);
    if (other != NONE)
        emit_allow_if(at, (uint32_t)other);
    section_end(at, jump);
}

/*
 * Allows if a number is at most MOST, else kills. Its high half is in the
 * accumulator, its low half there after the instruction LOW_CODE, LOW_K.
 */
static void emit_at_most(cursor_t *at, uint64_t most, uint16_t low_code,
                         uint32_t low_k)
{
    emit(at, IF_ABOVE, 3, 0, most >> 32);
    emit(at, IF_EQUAL, 0, 3, most >> 32);
    emit(at, low_code, 0, 0, low_k);
    emit(at, IF_ABOVE, 0, 1, most);
    emit(at, RETURN, 0, 0, KILL);
    emit(at, RETURN, 0, 0, ALLOW);
}

/*
 * Allows if argument 3 (an offset) and argument 2 (a length) together are at
 * most MOST. The length fits into 32 bits here, the sum of the low halves may
 * not: then one is carried.
 */
static void emit_sum_at_most(cursor_t *at, uint64_t most)
{
    /* An offset that carries into the 65th bit is above it, too. */
    emit(at, LOAD, 0, 0, HIGH(3));
    emit(at, IF_ABOVE, 0, 1, most >> 32);
    emit(at, RETURN, 0, 0, KILL);
    emit(at, LOAD, 0, 0, LOW(3));
    emit(at, BPF_MISC | BPF_TAX, 0, 0, 0);
    emit(at, LOAD, 0, 0, LOW(2));
    emit(at, BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
    /* M[0]: low half of the sum; no carry if it is not below an addend. */
    emit(at, BPF_ST, 0, 0, 0);
    emit(at, BPF_JMP | BPF_JGE | BPF_X, 3, 0, 0);
    emit(at, LOAD, 0, 0, HIGH(3));
    emit(at, BPF_ALU | BPF_ADD | BPF_K, 0, 0, 1);
    emit(at, GO, 0, 0, 1);
    emit(at, LOAD, 0, 0, HIGH(3));
    emit_at_most(at, most, BPF_LD | BPF_MEM, 0);
}

/* pread64 and pwrite64, to which the same holds: inside each block device. */
static void section_of_blocks(cursor_t *at, const struct filter_arch *arch,
                              const struct filter_policy *policy)
{
    cursor_t jump;

    /* Over the two instructions that the section begins with. */
    emit(at, IF_EQUAL, 2, 0, arch->pread64);
    jump = section_begin(at, arch->pwrite64);
    for (uint32_t i = 1; i < policy->mft->entries; i++) {
        const struct mft_entry *device = &policy->mft->e[i];
        const struct mft_block_basic *block = &device->u.block_basic;
        cursor_t test = *at;

        if (device->type != MFT_DEV_BLOCK_BASIC)
            continue;
        emit(at, IF_EQUAL, 0, 0, (uint32_t)device->b.hostfd);
        emit_small_arg(at, 2);
        if (policy->any_length) {
            emit_sum_at_most(at, block->capacity);
        } else {
            emit_require(at, block->block_size);
            emit(at, LOAD, 0, 0, HIGH(3));
            emit_at_most(at, block->capacity - block->block_size, LOAD, LOW(3));
        }
        /* The descriptor is still in the accumulator for the next test. */
        test->jf = (uint8_t)(*at - test - 1);
    }
    section_end(at, jump);
}

size_t filter_build(const struct filter_arch *arch,
                    const struct filter_policy *policy,
                    struct sock_filter insns[FILTER_MAX_INSNS])
{
    cursor_t end = insns, *at = &end;

    emit(at, LOAD, 0, 0, offsetof(struct seccomp_data, arch));
    emit_require(at, arch->audit_arch);
    emit(at, LOAD, 0, 0, offsetof(struct seccomp_data, nr));

    /* What a busy guest calls most comes first. */
    if (policy->cpu_fd != 0) {
        cursor_t jump = section_begin(at, arch->ioctl);

        emit_require(at, (uint32_t)policy->cpu_fd);
        emit_small_arg(at, 1);
        emit_allow_if(at, policy->cpu_request);
        section_end(at, jump);
    }
    section_of_blocks(at, arch, policy);
    section(at, arch->read, policy->mft, NONE, NONE);
    section(at, arch->write, policy->mft, FILTER_CONSOLE_FD,
            policy->error_fd != 0 ? policy->error_fd : NONE);
    section(at, arch->epoll_pwait, NULL, policy->poll_fd, NONE);
    section(at, arch->timerfd_settime, NULL, policy->timer_fd, NONE);
    section(at, arch->clock_gettime, NULL, CLOCK_MONOTONIC, CLOCK_REALTIME);
    if (arch->set_thread_pointer != FILTER_NO_CALL)
        section(at, arch->set_thread_pointer, NULL, arch->set_thread_pointer_op,
                NONE);
    emit_allow_if(at, arch->exit_group);
    emit(at, RETURN, 0, 0, KILL);
    return (size_t)(end - insns);
}
