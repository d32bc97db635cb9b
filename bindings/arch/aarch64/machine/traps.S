/* SPDX-License-Identifier: ISC */
/* Entry of the traps of a machine of aarch64. */
    .text

/*
 * The table of vectors (Arm ARM, D1.3): sixteen of 128 bytes. All traps go the
 * same way, to a stack of their own, since that of the program may be what is
 * broken. Until it is there, two registers that no program of EL1 uses hold
 * what is overwritten.
 */
    .balign 2048
    .globl trap_vectors
trap_vectors:
    .set vector, 0
    .rept 16
    .balign 128
    msr tpidr_el1, x0
    mov x0, #vector
    b trap_common
    .set vector, vector + 1
    .endr

/*
 * Leaves struct trap_frame (cpu.c) on the traps' stack, and tells debuggers
 * where the program's registers are; 32 is the program counter ("DWARF for the
 * Arm 64-bit Architecture", 4.1).
 */
    .set FRAME_BYTES, 272
    .cfi_sections .debug_frame
trap_common:
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_return_column 32
    .cfi_def_cfa sp, 0
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    .cfi_offset \n, 8 * \n
    .endr
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    .cfi_offset \n, 8 * \n
    .endr
    .cfi_offset 32, 264
    msr tpidrro_el0, x1
    adrp x1, trap_stack_end
    add x1, x1, :lo12:trap_stack_end
    sub x1, x1, #FRAME_BYTES
    stp x2, x3, [x1, #16]
    stp x4, x5, [x1, #32]
    stp x6, x7, [x1, #48]
    stp x8, x9, [x1, #64]
    stp x10, x11, [x1, #80]
    stp x12, x13, [x1, #96]
    stp x14, x15, [x1, #112]
    stp x16, x17, [x1, #128]
    stp x18, x19, [x1, #144]
    stp x20, x21, [x1, #160]
    stp x22, x23, [x1, #176]
    stp x24, x25, [x1, #192]
    stp x26, x27, [x1, #208]
    stp x28, x29, [x1, #224]
    mov x2, sp
    stp x30, x2, [x1, #240]
    mrs x2, elr_el1
    stp x0, x2, [x1, #256]
    mrs x2, tpidr_el1
    mrs x3, tpidrro_el0
    stp x2, x3, [x1]
    mov sp, x1
    mov x0, x1
    bl trap_handle
    brk #0
    .cfi_endproc

    .bss
    .balign 16
    .skip 4096
trap_stack_end:
    .section .note.GNU-stack, "", %progbits
