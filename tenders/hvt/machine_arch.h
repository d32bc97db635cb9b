/* SPDX-License-Identifier: ISC */
/*
 * What a machine of an architecture looks like to its guest, whatever the
 * hypervisor: arch/<arch>/machine.c defines exactly these values.
 */
#pragma once

#include "tables.h"

/* Its page tables. */
extern const struct tables_format arch_tables;

/* Whether hypercalls are stores to addresses (layout.h). */
extern const bool arch_hypercalls_are_stores;

/* Whether processors only read page tables, also where a hypervisor has tables
 * of its own below them. */
extern const bool arch_tables_are_only_read;
