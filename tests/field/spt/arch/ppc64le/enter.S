/* SPDX-License-Identifier: ISC */
/*
 * spt_enter (spt/enter.h) as a tender may have it that promises no more than
 * the contract does: r1, r3 and LR. r2 and r12, which functions find their
 * data by, hold what would be noticed.
 */
    .abiversion 2
    .text
    .globl spt_enter
    .type spt_enter, @function
spt_enter:
    mtctr 3
    mr 1, 4
    mr 3, 5
    li 2, -1
    li 12, -1
    li 0, 0
    mtlr 0
    bctr
    .size spt_enter, . - spt_enter
    .section .note.GNU-stack, "", @progbits
