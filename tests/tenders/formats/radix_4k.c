/* SPDX-License-Identifier: ISC */
/* A radix tree with pages of 4 KiB. */
#include "radix.h"

const struct tables_format arch_tables = {RADIX, .index_bits = {13, 9, 9, 9},
                                          .page_shift = 12};
