/* SPDX-License-Identifier: ISC */
/*
 * Start and end of every tender. This is the one file that may exit. Errors
 * are written by write(2) alone: nothing else gets through a sandbox.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

void tender_say(int err)
{
    char line[ERROR_LINE_SIZE + 64];
    int size =
        snprintf(line, sizeof line, "%s: %s%s\n", tender_target.program,
                 err == -ERROR_GUEST_FAULT ? "ABORT: " : "", error_line());

    write(STDERR_FILENO, line, (size_t)size);
}

/* Deployment tools look for a line of these three words: each stands alone. */
static void version_print(void)
{
    printf("%s %s\n", tender_target.program, SOLO5_VERSION);
    for (uint32_t abi = 1; abi <= tender_target.abi_max; abi++)
        printf("ABI version %u\n", abi);
}

int main(int argc, char **argv)
{
    static struct guest guest;
    const struct target *target = &tender_target;
    int status = host_standard_streams();

    (void)argc;
    if (status == 0)
        status = args_read(&guest.args, target, argv);
    if (status == 0 && guest.args.value[ARGS_HELP])
        printf(args_help, target->program, target->more_help);
    else if (status == 0 && guest.args.value[ARGS_VERSION])
        version_print();
    else if (status == 0)
        status = tender_run(&guest);
    if (status < 0) {
        tender_say(status);
        return status == -ERROR_GUEST_FAULT ? GUEST_EXIT_ABORT : EXIT_FAILURE;
    }
    /* The versions, or the help: part of it may be lost already. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        tender_say(fail(errno, "standard output: %m"));
        return EXIT_FAILURE;
    }
    return status;
}
