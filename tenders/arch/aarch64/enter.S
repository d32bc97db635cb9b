/* SPDX-License-Identifier: ISC */
/* spt_enter (spt/enter.h): x0 entry, x1 stack, x2 boot info. */
    .text
    .globl spt_enter
    .type spt_enter, %function
spt_enter:
    mov sp, x1
    mov x16, x0
    mov x0, x2
    msr tpidr_el0, xzr
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    mov x\n, xzr
    .endr
    br x16
    .size spt_enter, . - spt_enter
    .section .note.GNU-stack, "", %progbits
