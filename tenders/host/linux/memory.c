/* SPDX-License-Identifier: ISC */
/* Memory at fixed addresses on Linux. Contract: host.h. */
#include <sys/personality.h>

#include "host/host.h"

int host_memory_make(uint64_t start, uint64_t end)
{
    void *wanted = (void *)(uintptr_t)start, *at;
    int now = personality(0xffffffff); /* changes nothing */

    /* Refused by service managers, which let the plain one be set. */
    if (now < 0)
        now = personality(PER_LINUX) < 0 ? -1 : PER_LINUX;
    FAIL_IF(
        now < 0, errno,
        "personality: %m; whether memory can be protected is not to be found out");
    /* With it, all that can be read can be executed (personality(2)). */
    FAIL_IF(
        now & READ_IMPLIES_EXEC, EPERM,
        "personality READ_IMPLIES_EXEC is set, memory could not be protected; start it without (setarch -X sets it)");
    at = mmap(wanted, end - start, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
              -1, 0);
    /* A kernel before 4.17 takes the address as a wish. */
    FAIL_IF(
        at != wanted, EEXIST,
        "memory from %#jx to %#jx cannot be had: %m; try a smaller --mem, and see /proc/sys/vm/mmap_min_addr",
        start, end);
    TRY_SYSTEM(madvise(wanted, end - start, MADV_DONTDUMP),
               "guest memory cannot be kept out of core dumps: %m");
    return 0;
}

int host_memory_protect(uint64_t start, uint64_t end, int prot)
{
    TRY_SYSTEM(mprotect((void *)(uintptr_t)start, end - start, prot),
               "memory from %#jx to %#jx cannot be protected: %m", start, end);
    return 0;
}
