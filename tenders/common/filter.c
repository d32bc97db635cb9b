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

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <time.h>

#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS

struct program {
    struct sock_filter *insns;
    size_t count;
    size_t max;
};

/* Counts on when full, so that filter_build can say so once, at the end. */
static void emit(struct program *program, uint16_t code, uint8_t jt, uint8_t jf,
                 uint32_t k)
{
    if (program->count < program->max)
        program->insns[program->count] = (struct sock_filter){code, jt, jf, k};
    program->count++;
}

static void emit_load(struct program *program, size_t offset)
{
    emit(program, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void emit_load_low(struct program *program, unsigned arg)
{
    emit_load(program, offsetof(struct seccomp_data, args) + 8 * arg);
}

static void emit_load_high(struct program *program, unsigned arg)
{
    emit_load(program, offsetof(struct seccomp_data, args) + 8 * arg + 4);
}

static void emit_return(struct program *program, uint32_t verdict)
{
    emit(program, BPF_RET | BPF_K, 0, 0, verdict);
}

/* Skips JT or JF instructions, as the accumulator is K or not. */
static void emit_equal(struct program *program, uint32_t k, uint8_t jt,
                       uint8_t jf)
{
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, jt, jf, k);
}

/* Kills unless the accumulator is K. */
static void emit_require(struct program *program, uint32_t k)
{
    emit_equal(program, k, 1, 0);
    emit_return(program, KILL);
}

/* Allows if the accumulator is K. */
static void emit_allow_if(struct program *program, uint32_t k)
{
    emit_equal(program, k, 0, 1);
    emit_return(program, ALLOW);
}

/*
 * Opens the section of call NR; close it with section_end. Sections are too
 * long for a conditional jump's 8 bits.
 */
static size_t section_begin(struct program *program, uint32_t nr)
{
    emit_equal(program, nr, 1, 0);
    emit(program, BPF_JMP | BPF_JA, 0, 0, 0);
    return program->count - 1;
}

static void section_end(struct program *program, size_t jump)
{
    emit_return(program, KILL);
    if (program->count <= program->max)
        program->insns[jump].k = (uint32_t)(program->count - jump - 1);
}

/* Leaves the low half of an argument whose high half must be zero. */
static void emit_small_arg(struct program *program, unsigned arg)
{
    emit_load_high(program, arg);
    emit_require(program, 0);
    emit_load_low(program, arg);
}

/* A call whose first argument must be one of COUNT values. */
static void section_of_values(struct program *program, uint32_t nr,
                              unsigned count, ...)
{
    size_t jump = section_begin(program, nr);
    va_list values;

    emit_small_arg(program, 0);
    va_start(values, count);
    while (count-- > 0)
        emit_allow_if(program, va_arg(values, uint32_t));
    va_end(values);
    section_end(program, jump);
}

/* read and write: on every network device, and on two more descriptors. */
static void section_of_streams(struct program *program, uint32_t nr,
                               const struct filter_policy *policy,
                               int32_t one_fd, int32_t other_fd)
{
    size_t jump = section_begin(program, nr);

    emit_small_arg(program, 0);
    for (uint32_t i = 0; i < policy->device_count; i++)
        if (policy->device[i].is_net)
            emit_allow_if(program, (uint32_t)policy->device[i].fd);
    if (one_fd != FILTER_NO_FD)
        emit_allow_if(program, (uint32_t)one_fd);
    if (other_fd != FILTER_NO_FD)
        emit_allow_if(program, (uint32_t)other_fd);
    section_end(program, jump);
}

/* ioctl: one request, on the descriptor of the virtual processor. */
static void section_of_cpu(struct program *program, uint32_t nr,
                           const struct filter_policy *policy)
{
    size_t jump = section_begin(program, nr);

    emit_small_arg(program, 0);
    emit_require(program, (uint32_t)policy->cpu_fd);
    emit_small_arg(program, 1);
    emit_allow_if(program, policy->cpu_request);
    section_end(program, jump);
}

/* Allows if argument 3 (an offset) is at most MOST, else kills. */
static void emit_offset_at_most(struct program *program, uint64_t most)
{
    uint32_t high = (uint32_t)(most >> 32), low = (uint32_t)most;

    emit_load_high(program, 3);
    emit(program, BPF_JMP | BPF_JGT | BPF_K, 3, 0, high);
    emit_equal(program, high, 0, 3);
    emit_load_low(program, 3);
    emit(program, BPF_JMP | BPF_JGT | BPF_K, 0, 1, low);
    emit_return(program, KILL);
    emit_return(program, ALLOW);
}

/*
 * Allows if argument 3 (an offset) and argument 2 (a length) together are at
 * most MOST. The length fits into 32 bits here, the sum of the low halves may
 * not: then one is carried.
 */
static void emit_sum_at_most(struct program *program, uint64_t most)
{
    uint32_t high = (uint32_t)(most >> 32), low = (uint32_t)most;

    emit_load_low(program, 3);
    emit(program, BPF_MISC | BPF_TAX, 0, 0, 0);
    emit_load_low(program, 2);
    emit(program, BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
    /* M[0]: low half of the sum; no carry if it is not below an addend. */
    emit(program, BPF_ST, 0, 0, 0);
    emit(program, BPF_JMP | BPF_JGE | BPF_X, 3, 0, 0);
    emit_load_high(program, 3);
    emit(program, BPF_ALU | BPF_ADD | BPF_K, 0, 0, 1);
    emit(program, BPF_JMP | BPF_JA, 0, 0, 1);
    emit_load_high(program, 3);
    emit(program, BPF_JMP | BPF_JGT | BPF_K, 3, 0, high);
    emit_equal(program, high, 0, 3);
    emit(program, BPF_LD | BPF_MEM, 0, 0, 0);
    emit(program, BPF_JMP | BPF_JGT | BPF_K, 0, 1, low);
    emit_return(program, KILL);
    emit_return(program, ALLOW);
}

/* pread64 and pwrite64, to which the same holds: inside each block device. */
static void section_of_blocks(struct program *program,
                              const struct filter_arch *arch,
                              const struct filter_policy *policy)
{
    size_t jump;

    /* Over the two instructions that the section begins with. */
    emit_equal(program, arch->pread64, 2, 0);
    jump = section_begin(program, arch->pwrite64);
    emit_small_arg(program, 0);
    for (uint32_t i = 0; i < policy->device_count; i++) {
        const struct filter_device *device = &policy->device[i];
        size_t test;

        if (device->is_net)
            continue;
        emit_equal(program, (uint32_t)device->fd, 0, 0);
        test = program->count - 1;
        emit_small_arg(program, 2);
        if (policy->any_length) {
            /* An offset that carries into the 65th bit is above it, too. */
            emit_load_high(program, 3);
            emit(program, BPF_JMP | BPF_JGT | BPF_K, 0, 1,
                 (uint32_t)(device->capacity >> 32));
            emit_return(program, KILL);
            emit_sum_at_most(program, device->capacity);
        } else {
            emit_require(program, device->block_size);
            emit_offset_at_most(program, device->capacity - device->block_size);
        }
        /* The descriptor is still in the accumulator for the next test. */
        if (program->count <= program->max)
            program->insns[test].jf = (uint8_t)(program->count - test - 1);
    }
    section_end(program, jump);
}

int filter_build(const struct filter_arch *arch,
                 const struct filter_policy *policy, struct sock_filter *insns,
                 size_t max, struct error *error)
{
    struct program program = {insns, 0, max};

    if (policy->device_count > FILTER_MAX_DEVICES)
        return error_set(error, EINVAL, "filter: %u devices, at most %d",
                         policy->device_count, FILTER_MAX_DEVICES);
    for (uint32_t i = 0; i < policy->device_count; i++)
        if (!policy->device[i].is_net &&
            (policy->device[i].block_size == 0 ||
             policy->device[i].capacity < policy->device[i].block_size))
            return error_set(error, EINVAL,
                             "filter: device %u has not one block", i + 1);

    emit_load(&program, offsetof(struct seccomp_data, arch));
    emit_require(&program, arch->audit_arch);
    emit_load(&program, offsetof(struct seccomp_data, nr));

    /* What a busy guest calls most comes first. */
    if (policy->cpu_fd != FILTER_NO_FD)
        section_of_cpu(&program, arch->ioctl, policy);
    section_of_blocks(&program, arch, policy);
    section_of_streams(&program, arch->read, policy, FILTER_NO_FD,
                       FILTER_NO_FD);
    section_of_streams(&program, arch->write, policy, policy->console_fd,
                       policy->error_fd);
    section_of_values(&program, arch->epoll_pwait, 1,
                      (uint32_t)policy->epoll_fd);
    section_of_values(&program, arch->timerfd_settime, 1,
                      (uint32_t)policy->timer_fd);
    section_of_values(&program, arch->clock_gettime, 2,
                      (uint32_t)CLOCK_MONOTONIC, (uint32_t)CLOCK_REALTIME);
    if (arch->set_thread_pointer != FILTER_NO_CALL)
        section_of_values(&program, arch->set_thread_pointer, 1,
                          arch->set_thread_pointer_op);
    emit_allow_if(&program, arch->exit_group);
    emit_return(&program, KILL);

    if (program.count > max)
        return error_set(error, ENOSPC,
                         "filter: %zu instructions, room for %zu",
                         program.count, max);
    return (int)program.count;
}
