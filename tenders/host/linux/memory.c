/* SPDX-License-Identifier: ISC */
/* Memory at fixed addresses on Linux. Contract: host.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include "host.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* asm-generic/mman-common.h, 4.17 */
#endif

uint64_t host_page_bytes(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

int host_process_check(struct error *error)
{
    /* With it, all that can be read can be executed (personality(2)). */
    if (personality(0xffffffff) & READ_IMPLIES_EXEC)
        return error_set(error, EPERM,
                         "personality READ_IMPLIES_EXEC is set, memory could "
                         "not be protected; start it without (setarch -R "
                         "does not set it, setarch -X does)");
    return 0;
}

static void *pointer(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

int host_memory_reserve(uint64_t start, uint64_t end, struct error *error)
{
    void *at =
        mmap(pointer(start), end - start, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
             -1, 0);

    if (at == pointer(start))
        return 0;
    if (at != MAP_FAILED) {
        /* A kernel that does not know the flag takes it as a wish. */
        munmap(at, end - start);
        errno = EEXIST;
    }
    return error_set(error, errno,
                     "memory from 0x%" PRIx64 " to 0x%" PRIx64
                     " cannot be had: %s; try a smaller --mem, and see "
                     "/proc/sys/vm/mmap_min_addr",
                     start, end, strerror(errno));
}

int host_memory_protect(uint64_t start, uint64_t end, bool write, bool exec,
                        struct error *error)
{
    int prot = PROT_READ | (write ? PROT_WRITE : 0) | (exec ? PROT_EXEC : 0);

    if (start < end && mprotect(pointer(start), end - start, prot) < 0)
        return error_set(error, errno,
                         "memory from 0x%" PRIx64 " to 0x%" PRIx64
                         " cannot be protected: %s",
                         start, end, strerror(errno));
    return 0;
}
