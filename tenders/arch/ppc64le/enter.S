/* SPDX-License-Identifier: ISC */
/*
 * spt_enter (spt/enter.h): r3 entry, r4 stack, r5 boot info. r12 is the entry
 * address, from which a function finds its TOC (ELFv2 ABI, 2.3.2.1).
 */
    .abiversion 2
    .text
    .globl spt_enter
    .type spt_enter, @function
spt_enter:
    mr 12, 3
    mr 1, 4
    mr 3, 5
    mtctr 12
    li 0, 0
    mtlr 0
    .irp n, 2, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    li \n, 0
    .endr
    bctr
    .size spt_enter, . - spt_enter
    .section .note.GNU-stack, "", @progbits
