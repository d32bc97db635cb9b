/* SPDX-License-Identifier: ISC */
/* A machine without page tables. */
#include "tables.h"

const struct tables_format arch_tables = {.levels = 0, .page_shift = 12};
