/* SPDX-License-Identifier: ISC */
/* spt_enter (spt/enter.h): rdi entry, rsi stack, rdx boot info. */
    .text
    .globl spt_enter
    .type spt_enter, @function
spt_enter:
    mov %rdi, %rax
    mov %rsi, %rsp
    mov %rdx, %rdi
    xor %ebx, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    xor %ebp, %ebp
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    cld
    jmp *%rax
    .size spt_enter, . - spt_enter
    .section .note.GNU-stack, "", @progbits
