/* SPDX-License-Identifier: ISC */
/* A radix tree with pages of 64 KiB. */
#include "radix.h"

const struct tables_format arch_tables = {RADIX, .index_bits = {13, 9, 9, 5},
                                          .page_shift = 16};
