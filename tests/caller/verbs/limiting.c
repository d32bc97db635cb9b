/* SPDX-License-Identifier: ISC */
/*
 * limiting BYTES [FILE]: a parent that limits how large files may become
 * (RLIMIT_FSIZE). FILE: a new one, the standard output; 4096 bytes of it are
 * left.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "caller.h"

static void limiting(char **words, char **command)
{
    const rlim_t bytes = (rlim_t)caller_number(words[0], 0, INT32_MAX);
    const struct rlimit limit = {bytes, bytes};

    if (words[1] != NULL) {
        const int fd =
            open(words[1], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
            lseek(fd, (off_t)bytes - 4096, SEEK_SET) < 0)
            caller_fail("limiting: %s: %m", words[1]);
    }
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        caller_fail("limiting: %m");
    caller_become(command);
}

VERB("limiting", limiting);
