/* SPDX-License-Identifier: ISC */
/* Files and block devices on Linux. Contract: host.h. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

int host_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        int opened;

        if (fcntl(fd, F_GETFD) >= 0)
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

static int open_any(const char *path, int flags, int *fd, struct stat *status)
{
    *fd = open(path, flags | O_CLOEXEC);
    FAIL_IF(*fd < 0, errno, "%s: %m", path);
    TRY_SYSTEM(fstat(*fd, status), "%s: %m", path);
    return 0;
}

int host_file_open(const char *path, int *fd, uint64_t *bytes)
{
    struct stat status;

    /* Not blocking: a FIFO would wait for its writer. */
    TRY(open_any(path, O_RDONLY | O_NONBLOCK, fd, &status));
    FAIL_IF(!S_ISREG(status.st_mode) || status.st_size == 0, ENOEXEC,
            "%s: not a file with content", path);
    *bytes = (uint64_t)status.st_size;
    return 0;
}

int host_file_read(int fd, uint64_t offset, void *buffer, uint64_t size_bytes)
{
    uint8_t *at = buffer;

    /* One call moves at most 2 GiB (read(2)). */
    while (size_bytes > 0) {
        const ssize_t done = pread(fd, at, size_bytes, (off_t)offset);

        TRY_SYSTEM(done, "cannot be read: %m");
        FAIL_IF(done == 0, EIO, "became shorter while it was read");
        at += done;
        offset += (uint64_t)done;
        size_bytes -= (uint64_t)done;
    }
    return 0;
}

int host_block_open(const char *path, int *fd, uint64_t *capacity)
{
    struct stat status;
    off_t end;

    TRY(open_any(path, O_RDWR, fd, &status));
    FAIL_IF(!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode), EINVAL,
            "%s: neither file nor block device", path);
    /* fstat knows no size of block devices. */
    end = lseek(*fd, 0, SEEK_END);
    FAIL_IF(end < 0, errno, "%s: size: %m", path);
    *capacity = (uint64_t)end;
    return 0;
}
