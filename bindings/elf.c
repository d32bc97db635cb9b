/* SPDX-License-Identifier: ISC */
/* What keeps hosts from starting a program as one of their own. */
#include "elf_note.h"

SOLO5_INTERP_DECLARE;
SOLO5_NOT_OPENBSD_NOTE_DECLARE;
