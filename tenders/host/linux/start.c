/* SPDX-License-Identifier: ISC */
/* What a process finds on its stack when it starts. Contract: host.h. */
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "host/host.h"

int host_start_wipe(const char *program)
{
    /* In this order: pointers to the environment, auxiliary vector, what that
     * points to, arguments, environment, and the program's path last (Linux,
     * fs/exec.c, and create_elf_tables of fs/binfmt_elf.c). */
    char *first = (char *)environ, *word = program_invocation_name;
    const char *path = (const char *)getauxval(AT_EXECFN);

    FAIL_IF(
        path < first, EINVAL,
        "arguments and environment cannot be wiped: not where Linux has them");
    memset(first, 0, (size_t)(path - first) + strlen(path));
    /* For who lists processes (proc(5), cmdline). There is room up to the end
     * of the stack: two arguments, the path, and eight bytes of the kernel's.
     */
    strcpy(word, program);
    return 0;
}
