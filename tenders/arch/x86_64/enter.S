/* SPDX-License-Identifier: ISC */
/* spt_enter (spt/enter.h): rdi entry, rsi stack, rdx boot info. */
    .text
    .globl spt_enter
    .type spt_enter, @function
spt_enter:
    mov %rdi, %r12
    mov %rsi, %rsp
    mov %rdx, %rbp
    /* arch_prctl(ARCH_SET_FS, 0) */
    mov $158, %eax
    mov $0x1002, %edi
    xor %esi, %esi
    syscall
    test %eax, %eax
    jnz 1f
    mov %r12, %rax
    mov %rbp, %rdi
    .irp register, ebx, ecx, edx, esi, ebp, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
    xor %\register, %\register
    .endr
    cld
    jmp *%rax
1:  ud2
    .size spt_enter, . - spt_enter
    .section .note.GNU-stack, "", @progbits
