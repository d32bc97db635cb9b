/* SPDX-License-Identifier: ISC */
/* Files and block devices on Linux. Contract: host.h. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "args.h"
#include "host/host.h"

#define MOST_AT_ONCE ((size_t)1 << 20) /* bytes */

int host_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        int opened;

        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        /* It gets the lowest free descriptor: those below are open. */
        opened = open("/dev/null", O_RDWR);
        FAIL_IF(opened != fd, errno, "/dev/null: %m; open descriptors 0 to 2");
    }
    /* A console nobody reads, or a file at its size limit, ends no guest. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return 0;
}

int host_no_stream(const char *name, const struct stat *status)
{
    struct stat stream;

    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        TRY_SYSTEM(fstat(fd, &stream), "descriptor %d: %m", fd);
        FAIL_IF(
            stream.st_dev == status->st_dev && stream.st_ino == status->st_ino,
            EINVAL, "%s: standard output or error, which is no device as well",
            name);
    }
    return 0;
}

/* Closes FIRST to LAST, those that are open. */
static int close_all(unsigned first, unsigned last)
{
    static _Alignas(struct dirent) char entries[4096];
    int folder, size;

    if (syscall(SYS_close_range, first, last, 0) == 0)
        return 0;
    /* A kernel before 5.9, or refused. A limit is no bound: it may have been
     * lowered since. */
    folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FAIL_IF(folder < 0, errno,
            "descriptors cannot be closed: /proc/self/fd: %m");
    while ((size = getdents(folder, (void *)entries, sizeof entries)) > 0) {
        const struct dirent *entry;

        for (int at = 0; at < size; at += entry->d_reclen) {
            uint64_t fd;

            entry = (const void *)(entries + at);
            if (args_number(entry->d_name, INT32_MAX, &fd) && fd >= first &&
                fd <= last && fd != (uint64_t)folder)
                close((int)fd);
        }
    }
    FAIL_IF(size < 0, errno, "descriptors cannot be closed: /proc/self/fd: %m");
    close(folder);
    return 0;
}

int host_descriptors_close(const int *keep, uint32_t count)
{
    unsigned first = 3, next;

    do {
        /* The next one to keep. */
        next = UINT_MAX;
        for (uint32_t i = 0; i < count; i++)
            if ((unsigned)keep[i] >= first && (unsigned)keep[i] < next)
                next = (unsigned)keep[i];
        if (next > first)
            TRY(close_all(first, next - 1));
        first = next + 1;
    } while (next != UINT_MAX);
    return 0;
}

static int open_any(const char *path, int flags, int *fd, struct stat *status)
{
    /* Not blocking: a FIFO would wait for its writer, a line for a carrier.
     * O_CLOEXEC would be a call more, and nothing is executed here. */
    *fd = open(path, flags | O_NONBLOCK | O_NOCTTY);
    FAIL_IF(*fd < 0, errno, "%s: %m%s", path,
            errno == EBUSY ? "; it is mounted, or another program has it" : "");
    TRY_SYSTEM(fstat(*fd, status), "%s: %m", path);
    return 0;
}

int host_file_open(const char *path, int *fd, uint64_t *bytes)
{
    struct stat status;

    TRY(open_any(path, O_RDONLY, fd, &status));
    FAIL_IF(!S_ISREG(status.st_mode) || status.st_size == 0, ENOEXEC,
            "%s: not a file with content", path);
    *bytes = (uint64_t)status.st_size;
    return 0;
}

int host_file_read(int fd, uint64_t offset, void *buffer, uint64_t size_bytes)
{
    uint8_t *at = buffer;

    while (size_bytes > 0) {
        /* A signal that does not kill waits until a call ends. */
        const size_t piece =
            size_bytes < MOST_AT_ONCE ? size_bytes : MOST_AT_ONCE;
        ssize_t done;

        RETRY(done, pread(fd, at, piece, (off_t)offset));
        FAIL_IF(done < 0, errno, "cannot be read: %m");
        FAIL_IF(done == 0, EIO, "became shorter while it was read");
        at += done;
        offset += (uint64_t)done;
        size_bytes -= (uint64_t)done;
    }
    return 0;
}

int host_file_copy(int fd, uint64_t offset, uint64_t size_bytes, int to,
                   uint64_t to_offset, uint64_t to_bytes)
{
    const bool has_rest = size_bytes < to_bytes;
    off_t at = (off_t)offset;

    TRY_SYSTEM(lseek(to, (off_t)to_offset, SEEK_SET), "cannot be copied: %m");
    while (size_bytes > 0) {
        ssize_t done;

        /* A signal that kills ends it between two pages. */
        RETRY(done, sendfile(to, fd, &at, size_bytes));
        FAIL_IF(done < 0, errno, "cannot be copied: %m%s",
                errno == EFBIG
                    ? "; raise the limit of a file's size (ulimit -f)"
                    : "");
        FAIL_IF(done == 0, EIO, "became shorter while it was read");
        size_bytes -= (uint64_t)done;
    }
    if (has_rest)
        TRY_SYSTEM(ftruncate(to, (off_t)(to_offset + to_bytes)),
                   "cannot be copied whole: %m");
    return 0;
}

int host_block_open(const char *path, int *fd, uint64_t *capacity)
{
    /* By open file description: two of this process exclude each other, too. */
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat status;
    off_t end;
    int err;

    /* Of a block device, O_EXCL makes us its holder (open(2)). */
    TRY(open_any(path, O_RDWR | O_EXCL, fd, &status));
    FAIL_IF(!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode), EINVAL,
            "%s: neither file nor block device", path);
    TRY(host_no_stream(path, &status));
    err = fcntl(*fd, F_OFD_SETLK, &whole);
    FAIL_IF(err < 0 && (errno == EAGAIN || errno == EACCES), EBUSY,
            "%s: in use by another program, or as another device", path);
    FAIL_IF(err < 0, errno, "%s: cannot be locked: %m", path);
    /* fstat knows no size of block devices. */
    end = lseek(*fd, 0, SEEK_END);
    FAIL_IF(end < 0, errno, "%s: size: %m", path);
    *capacity = (uint64_t)end;
    return 0;
}
