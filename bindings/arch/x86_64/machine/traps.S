/* SPDX-License-Identifier: ISC */
/* Entry of the traps of a machine of x86_64. */
    .text

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

/*
 * Leaves struct trap_frame (cpu.c) on the stack, which is the traps' own, and
 * tells debuggers where the program's registers are.
 */
    .macro keep register
    pushq %\register
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset \register, 0
    .endm

    .cfi_sections .debug_frame
trap_common:
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_def_cfa rsp, 56
    .cfi_offset rip, -40
    .cfi_offset rsp, -16
    keep r15
    keep r14
    keep r13
    keep r12
    keep r11
    keep r10
    keep r9
    keep r8
    keep rdi
    keep rsi
    keep rbp
    keep rdx
    keep rcx
    keep rbx
    keep rax
    cld
    movq %rsp, %rdi
    call trap_handle
    ud2
    .cfi_endproc
    .section .note.GNU-stack, "", @progbits
