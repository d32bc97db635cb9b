/* SPDX-License-Identifier: ISC */
/* Traps of a machine of aarch64 (Arm ARM, D1.3 and ESR_EL1). */
#include <stddef.h>

#include "arch.h"
#include "machine.h"

#define CLASS_COUNT 64
#define CLASS_INSTRUCTION_ABORT 0x21
#define CLASS_PC_ALIGNMENT 0x22
#define CLASS_DATA_ABORT 0x25

/* What traps.S leaves on the stack. */
struct trap_frame {
    uint64_t registers[31];
    uint64_t sp;
    uint64_t vector;
    uint64_t pc;
};

extern const uint8_t trap_vectors[];
_Noreturn void trap_handle(const struct trap_frame *frame);

void cpu_init(void)
{
    __asm__ volatile("msr vbar_el1, %0\n\t"
                     "isb"
                     :
                     : "r"(trap_vectors)
                     : "memory");
}

void cpu_set_tp(uintptr_t tp)
{
    arch_set_tp(tp);
}

/* Exception classes that a program at EL1 can meet. */
static const char *const class_names[CLASS_COUNT] = {
    [0x00] = "undefined instruction",
    [0x07] = "floating point is off",
    [0x0e] = "illegal execution state",
    [0x15] = "system call",
    [0x18] = "system register",
    [CLASS_INSTRUCTION_ABORT] = "instruction abort",
    [CLASS_PC_ALIGNMENT] = "unaligned instruction",
    [CLASS_DATA_ABORT] = "data abort",
    [0x26] = "unaligned stack",
    [0x2c] = "floating point",
    [0x2f] = "system error",
    [0x31] = "breakpoint",
    [0x33] = "step",
    [0x35] = "watchpoint",
    [0x3c] = "breakpoint instruction",
};

static const char *const register_names[] = {
    "x0 ", "x1 ", "x2 ", "x3 ", "x4 ", "x5 ", "x6 ", "x7 ", "x8 ", "x9 ", "x10",
    "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
    "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30",
};

/* The four kinds of entries in the table, for each source of a trap. */
static const char *const kind_names[] = {
    NULL,
    "interrupt",
    "fast interrupt",
    "system error",
};

_Noreturn void trap_handle(const struct trap_frame *frame)
{
    uint64_t esr, far;
    unsigned class;
    const char *name = kind_names[frame->vector % 4];

    __asm__ volatile("mrs %0, esr_el1" : "=r"(esr));
    __asm__ volatile("mrs %0, far_el1" : "=r"(far));
    class = (unsigned)(esr >> 26) % CLASS_COUNT;
    if (name == NULL)
        name = class_names[class];
    trap_report(&(struct trap){
        .name = name != NULL ? name : "reserved",
        .cause = esr,
        .pc = frame->pc,
        .sp = frame->sp,
        .has_address = class == CLASS_INSTRUCTION_ABORT ||
                       class == CLASS_PC_ALIGNMENT || class == CLASS_DATA_ABORT,
        .address = far,
        .count = sizeof frame->registers / sizeof *frame->registers,
        .names = register_names,
        .registers = frame->registers,
    });
}
