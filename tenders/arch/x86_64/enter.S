/* SPDX-License-Identifier: ISC */
/* spt_enter (spt/enter.h): rdi entry, rsi stack, rdx boot info. */
    .text
    .globl spt_enter
    .type spt_enter, @function
spt_enter:
    mov %rdi, %rax
    mov %rsi, %rsp
    mov %rdx, %rdi
    .irp register, ebx, ecx, edx, esi, ebp, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
    xor %\register, %\register
    .endr
    cld
    jmp *%rax
    .size spt_enter, . - spt_enter
    .section .note.GNU-stack, "", @progbits
