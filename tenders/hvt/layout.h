/* SPDX-License-Identifier: ISC */
/*
 * The memory map of an hvt guest, drawn here and nowhere else. Addresses that
 * begin with HVT_ are the contract's (hvt_abi.h); the others are this tender's
 * own. All are the guest's, and those that are mapped, to themselves.
 *
 *            0 +---------------------------------------------+
 *              | nothing, so that a null pointer is a fault  |
 *      0x10000 +-- HVT_BOOT_INFO_BASE -----------------------+
 *              | boot info, manifest, command line       r-- |
 *      0x20000 +-- LAYOUT_ARCH_BASE -------------------------+
 *              | the architecture's own tables           r-- |
 *     0x100000 +-- HVT_GUEST_MIN_BASE -----------------------+
 *              | the segments, each with its own rights      |
 *              | heap, from the last one's end on        rw- |
 *              | stack, down from the end of memory      rw- |
 *              +-- --mem, at most HVT_MEM_MAX ---------------+
 *              | nothing                                     |
 *  0x100000000 +-- HVT_HYPERCALL_MMIO_BASE ------------------+
 *              | where hypercalls are stores: device     rw- |
 *  0x140000000 +-- HVT_HYPERCALL_MMIO_END -------------------+
 *              | nothing                                     |
 *  0x200000000 +-- LAYOUT_TABLES_BASE -----------------------+
 *              | the page tables: memory that is not mapped, |
 *              | so a guest has no address to change them at |
 *  0x200060000 +-- LAYOUT_TABLES_END ------------------------+
 */
#pragma once

#include "abi.h"

#define LAYOUT_ARCH_BASE UINT64_C(0x20000)

/*
 * Room for 4 GiB with 32 segments, with entries of 4 KiB: a root and its few
 * tables, one table for each GiB, and two for each segment that does not fill
 * its 2 MiB, 96 in all.
 */
#define LAYOUT_TABLES_BASE UINT64_C(0x200000000)
#define LAYOUT_TABLES_END UINT64_C(0x200060000)
