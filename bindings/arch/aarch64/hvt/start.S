/* SPDX-License-Identifier: ISC */
/*
 * Entry of hvt guests on aarch64. In: x0 boot info, sp a multiple of 16. A
 * frame pointer and a return address of 0 end backtraces.
 */
    .text
    .globl _start
    .type _start, %function
_start:
    mov x29, #0
    mov x30, #0
    b hvt_start
    .size _start, . - _start
    .section .note.GNU-stack, "", %progbits
