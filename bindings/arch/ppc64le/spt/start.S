/* SPDX-License-Identifier: ISC */
/*
 * Entry of spt guests on ppc64le. In: r3 boot info, r1 a stack frame (ELFv2
 * ABI, 2.2.3). Tenders of the field promise neither r2 nor r12, so the table
 * of contents is found by its absolute address, below 2 GiB. A back chain and
 * a return address of 0 end backtraces.
 */
    .abiversion 2
    .text
    .globl _start
    .type _start, @function
_start:
    lis 2, .TOC.@ha
    addi 2, 2, .TOC.@l
    li 0, 0
    std 0, 0(1)
    mtlr 0
    b spt_start
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
