/* SPDX-License-Identifier: ISC */
/*
 * Descriptor tables of a machine of x86_64 (AMD APM 2, 4 and 8): the guest's
 * own, so that every trap arrives on a stack of its own, even that of an
 * overrun stack.
 */
#include <stddef.h>

#include "machine.h"

#define TRAP_STUB_BYTES 16
#define TRAP_STACK_BYTES 4096
#define VECTORS 32
#define VECTOR_PAGE_FAULT 14

#define CODE_SELECTOR 8
#define TSS_SELECTOR 24

/* As the processor reads them. */
struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t stack; /* number in tss.ist, from 1 */
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t zero;
};
_Static_assert(sizeof(struct gate) == 16, "gate");

struct tss {
    uint32_t zero0;
    uint64_t rsp[3];
    uint64_t zero1;
    uint64_t ist[7];
    uint64_t zero2;
    uint16_t zero3;
    uint16_t io_map; /* beyond the limit: none */
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "tss");

struct table {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

/* What traps.S leaves on the stack, and before it the processor. */
struct trap_frame {
    uint64_t registers[15];
    uint64_t vector;
    uint64_t error_code;
    uint64_t rip, cs, rflags, rsp, ss;
};

extern const uint8_t trap_stubs[VECTORS][TRAP_STUB_BYTES];
_Noreturn void trap_handle(const struct trap_frame *frame);

static struct gate gates[VECTORS];
static struct tss tss = {.io_map = sizeof tss};
static uint8_t trap_stack[TRAP_STACK_BYTES] __attribute__((aligned(16)));
/* Null, code of 64 bits, data, and two words for the TSS. All are marked
 * accessed: nobody needs to write to them. */
static uint64_t segments[5] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff};

static void gate_set(struct gate *gate, const uint8_t *stub)
{
    const uint8_t interrupt_gate = 0x8e; /* present, of the highest privilege */
    uintptr_t at = (uintptr_t)stub;

    *gate = (struct gate){
        .offset_low = (uint16_t)at,
        .selector = CODE_SELECTOR,
        .stack = 1,
        .type = interrupt_gate,
        .offset_middle = (uint16_t)(at >> 16),
        .offset_high = (uint32_t)(at >> 32),
    };
}

static void tss_describe(void)
{
    const uint64_t present_tss = 0x89; /* available, of 64 bits */
    uint64_t at = (uintptr_t)&tss;

    segments[TSS_SELECTOR / 8] = (sizeof tss - 1) | (at & 0xffffff) << 16 |
                                 present_tss << 40 | (at >> 24 & 0xff) << 56;
    segments[TSS_SELECTOR / 8 + 1] = at >> 32;
}

void cpu_init(void)
{
    const struct table gdt = {sizeof segments - 1, (uintptr_t)segments};
    const struct table idt = {sizeof gates - 1, (uintptr_t)gates};

    tss.ist[0] = (uintptr_t)(trap_stack + sizeof trap_stack);
    tss_describe();
    for (size_t i = 0; i < VECTORS; i++)
        gate_set(&gates[i], trap_stubs[i]);
    /* Code and data have the selectors that they had before. */
    __asm__ volatile("lgdt %0\n\t"
                     "lidt %1\n\t"
                     "ltr %w2"
                     :
                     : "m"(gdt), "m"(idt), "r"(TSS_SELECTOR)
                     : "memory");
}

void cpu_set_tp(uintptr_t tp)
{
    const uint32_t fs_base = 0xc0000100; /* AMD APM 2, A.5 */

    __asm__ volatile("wrmsr"
                     :
                     : "c"(fs_base), "a"((uint32_t)tp),
                       "d"((uint32_t)(tp >> 32))
                     : "memory");
}

/* AMD APM 2, 8.2. */
static const char *const trap_names[VECTORS] = {
    [0] = "divide error",
    [1] = "debug",
    [2] = "non-maskable interrupt",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound range",
    [6] = "invalid opcode",
    [7] = "device not available",
    [8] = "double fault",
    [10] = "invalid TSS",
    [11] = "segment not present",
    [12] = "stack",
    [13] = "general protection",
    [VECTOR_PAGE_FAULT] = "page fault",
    [16] = "x87 floating point",
    [17] = "alignment check",
    [18] = "machine check",
    [19] = "SIMD floating point",
};

static const char *const register_names[] = {
    "rax", "rbx", "rcx", "rdx", "rbp", "rsi", "rdi", "r8 ",
    "r9 ", "r10", "r11", "r12", "r13", "r14", "r15",
};

_Noreturn void trap_handle(const struct trap_frame *frame)
{
    /* Whoever reads it knows it in this order: the address of a page fault,
     * then what the processor pushes. */
    uint64_t state[] = {0,         frame->error_code, frame->rip,
                        frame->cs, frame->rflags,     frame->rsp,
                        frame->ss};
    const char *name = trap_names[frame->vector];

    __asm__ volatile("mov %%cr2, %0" : "=r"(state[0]));
    trap_report(&(struct trap){
        .name = name != NULL ? name : "reserved",
        .cause = frame->error_code,
        .pc = frame->rip,
        .sp = frame->rsp,
        .has_address = frame->vector == VECTOR_PAGE_FAULT,
        .address = state[0],
        .count = sizeof frame->registers / sizeof *frame->registers,
        .names = register_names,
        .registers = frame->registers,
        .state_count = sizeof state / sizeof *state,
        .state = state,
    });
}
