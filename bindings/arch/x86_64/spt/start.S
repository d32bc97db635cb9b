/* SPDX-License-Identifier: ISC */
/*
 * Entry of spt guests on x86_64. In: rdi boot info, rsp 8 below a multiple of
 * 16, as after a call. A frame pointer of 0 ends backtraces.
 */
    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    jmp spt_start
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
