/* SPDX-License-Identifier: ISC */
/*
 * Entry of hvt guests on x86_64, and of its traps. In: rdi boot info, rsp 8
 * below a multiple of 16, as behind a call.
 */
    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    jmp hvt_start
    .size _start, . - _start

/*
 * One stub for each vector. Some bring an error code (AMD APM 2, 8.2); the
 * others get a zero in its place. Each takes TRAP_STUB_BYTES (cpu.c).
 */
    .balign 16
    .globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept 32
    .balign 16
    .if !((1 << vector) & 0x60227d00)
    pushq $0
    .endif
    pushq $vector
    jmp trap_common
    .set vector, vector + 1
    .endr

/* Leaves struct trap_frame (cpu.c) on the stack, which is the traps' own. */
trap_common:
    pushq %r15
    pushq %r14
    pushq %r13
    pushq %r12
    pushq %r11
    pushq %r10
    pushq %r9
    pushq %r8
    pushq %rdi
    pushq %rsi
    pushq %rbp
    pushq %rdx
    pushq %rcx
    pushq %rbx
    pushq %rax
    cld
    movq %rsp, %rdi
    call trap_handle
    ud2
    .section .note.GNU-stack, "", @progbits
