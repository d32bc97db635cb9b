/* SPDX-License-Identifier: ISC */
/* Finds an architecture. Contract: target.h. */
#include "target.h"

#include <stddef.h>
#include <string.h>

const struct arch *arch_find(const char *name)
{
    for (const struct arch *const *each = archs; *each != NULL; each++)
        if (strcmp((*each)->name, name) == 0)
            return *each;
    return NULL;
}
