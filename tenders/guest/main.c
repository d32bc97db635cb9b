/* SPDX-License-Identifier: ISC */
/*
 * Start and end of every tender. This is the one file that may exit. Errors
 * are written by write(2) alone: nothing else gets through a sandbox.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

static void complain(const struct error *error)
{
    char line[ERROR_TEXT_SIZE + 64];
    int size = snprintf(line, sizeof line, "%s: %s\n", tender_target.program,
                        error->text);

    /* If that fails, the status has to do. */
    if (write(2, line, (size_t)size) < 0)
        return;
}

int main(int argc, char **argv)
{
    static struct guest guest;
    struct error error = {""};
    int status = host_standard_streams(&error);

    guest.target = &tender_target;
    guest.arch = archs[0];
    if (status == 0)
        status = args_read(&guest.args, argc, argv, &tender_target, &error);
    if (status == 0 && guest.args.help) {
        printf(args_help, tender_target.program, tender_target.more_help);
    } else if (status == 0 && guest.args.version) {
        printf("%s %s, ABI version %" PRIu32 "\n", tender_target.program,
               SOLO5_VERSION, tender_target.abi_max);
    } else {
        if (status == 0)
            status = tender_run(&guest, &error);
        if (error.text[0] != '\0')
            complain(&error);
        return status < 0 ? EXIT_FAILURE : status;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
