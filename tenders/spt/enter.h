/* SPDX-License-Identifier: ISC */
/* The hook that each architecture implements: arch/<arch>/enter.S. */
#pragma once

#include <stdint.h>

/*
 * Jumps to the guest: stack pointer STACK, first argument BOOT_INFO, nothing
 * of the tender left in general registers, the thread pointer 0. There is no
 * way back.
 */
_Noreturn void spt_enter(uint64_t entry, uint64_t stack, uint64_t boot_info);
