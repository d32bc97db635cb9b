/* SPDX-License-Identifier: ISC */
/*
 * Entry of hvt guests on x86_64. In: rdi boot info, rsp 8 below a multiple of
 * 16, as after a call. A frame pointer of 0 ends backtraces.
 */
    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    jmp hvt_start
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
