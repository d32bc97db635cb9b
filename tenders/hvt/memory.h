/* SPDX-License-Identifier: ISC */
/*
 * Which of its memory a guest may use: what its page tables say, and what it
 * may hand to its tender. Both are made of the same list, so a guest gets
 * nothing done by its tender that it cannot do itself.
 */
#pragma once

#include "addr.h"
#include "elf_image.h"
#include "tables.h"

/*
 * Adds to TABLES the memory of a machine that IMAGE is loaded into: the low
 * memory and the image's pages. What is in neither is absent. Returns 0, or
 * -errno with a line.
 */
int hvt_memory_map(struct tables *tables, const struct elf_image *image);

/*
 * Returns a pointer to SIZE_BYTES bytes of MEMORY at ADDR, or NULL if the guest
 * itself, by the tables that hvt_memory_map makes of IMAGE, cannot read all of
 * them; or, if they are TO_WRITE, cannot write all of them. No bytes at all
 * may be anywhere inside MEMORY, or at its end.
 */
void *hvt_memory_at(const struct guest_memory *memory,
                    const struct elf_image *image, guest_addr_t addr,
                    uint64_t size_bytes, bool to_write);
