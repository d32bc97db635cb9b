/* SPDX-License-Identifier: ISC */
/* Memory at fixed addresses on Linux. Contract: host.h. */
#include <fcntl.h>
#include <sys/personality.h>
#include <unistd.h>

#include "host/host.h"

#ifndef MFD_NOEXEC_SEAL /* Linux 6.3, linux/memfd.h */
#define MFD_NOEXEC_SEAL 0x0008U
#endif

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

int host_text_make(int *fd)
{
    /* What cannot become a program needs no right to make programs (sysctl
     * vm.memfd_noexec); a kernel before 6.3 does not know of that. */
    *fd = memfd_create("text", MFD_NOEXEC_SEAL);
    if (*fd < 0 && errno == EINVAL)
        *fd = memfd_create("text", MFD_ALLOW_SEALING);
    FAIL_IF(*fd < 0, errno, "text: memory for it cannot be made: %m");
    return 0;
}

int host_text_seal(int fd)
{
    /* Nothing maps it to write: then F_SEAL_WRITE would say no more, and takes
     * time. */
    const int seals =
        F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

    TRY_SYSTEM(fcntl(fd, F_ADD_SEALS, seals), "text: it cannot be sealed: %m");
    return 0;
}

int host_text_place(uint64_t start, uint64_t end, int fd, uint64_t offset)
{
    void *at = (void *)(uintptr_t)start, *got;

    got = mmap(at, end - start, PROT_READ | PROT_EXEC,
               MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, (off_t)offset);
    FAIL_IF(got != at, errno,
            "text: memory from %#jx to %#jx cannot be executed: %m", start,
            end);
    TRY_SYSTEM(madvise(at, end - start, MADV_DONTDUMP),
               "text cannot be kept out of core dumps: %m");
    return 0;
}
