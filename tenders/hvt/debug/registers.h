/* SPDX-License-Identifier: ISC */
/* The architecture's registers in GDB's terms: what there is, and where. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of all registers together. */
size_t registers_bytes(void);

/* Finds register NUMBER: where its bytes begin, and how many they are.
 * Returns whether there is one. */
bool registers_find(uint64_t number, size_t *at, size_t *bytes);

/*
 * Writes the description that GDB asks for (GDB manual, appendix G) into
 * TEXT, which has room for SIZE bytes. Returns its length; what does not fit
 * is cut.
 */
size_t registers_describe(char *text, size_t size);
