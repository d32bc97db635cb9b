/* SPDX-License-Identifier: ISC */
/*
 * older VERSION FILE: an older toolchain. COMMAND gets a copy of the kernel
 * FILE whose note says that it is of this version of its target's ABI.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"

#define COPY "older.copy"
#define MAX_BYTES (16 << 20)

/* The note's header and owner: sizes of owner and content, type, "Solo5". */
static const uint8_t note[] = {6,   0,   0,   0,   16,  0,   0,   0, 'A', 'B',
                               'I', '1', 'S', 'o', 'l', 'o', '5', 0, 0,   0};
/* Behind it stand the target and, in this byte, the version. */
#define VERSION_AT (sizeof note + 4)

static void older(char **words, char **command)
{
    uint8_t *file = malloc(MAX_BYTES), *found = NULL;
    ssize_t size = -1;
    int from, to;

    if (words[0] == NULL || words[1] == NULL || file == NULL)
        caller_fail("older: a version and a file expected");
    from = open(words[1], O_RDONLY | O_CLOEXEC);
    to = open(COPY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (from >= 0)
        size = read(from, file, MAX_BYTES);
    if (size > 0)
        found = memmem(file, (size_t)size, note, sizeof note);
    if (found == NULL || found + VERSION_AT >= file + size)
        caller_fail("older: no ABI note in %s", words[1]);
    found[VERSION_AT] = (uint8_t)caller_number(words[0], 1, 255);
    if (write(to, file, (size_t)size) != size)
        caller_fail("older: copy of %s: %m", words[1]);
    close(to);
    for (char **word = command; *word != NULL; word++)
        if (strcmp(*word, words[1]) == 0)
            *word = strdup(COPY);
    caller_become(command);
}

VERB("older", older);
