/* SPDX-License-Identifier: ISC */
/* Files and block devices on Linux. Contract: host.h. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

int host_standard_streams(void)
{
    /* The lowest free descriptor is this one: those below are open. */
    for (int fd = 0; fd <= 2; fd++)
        FAIL_IF(fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd,
                errno, "/dev/null: %m; open descriptors 0 to 2");
    /* A console nobody reads, or a file at its size limit, ends no guest. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return 0;
}

int host_file_open(const char *path, uint8_t **data, uint64_t *bytes)
{
    /* Not blocking: a FIFO would wait for its writer. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat status;

    FAIL_IF(fd < 0 || fstat(fd, &status) < 0, errno, "%s: %m", path);
    FAIL_IF(!S_ISREG(status.st_mode) || status.st_size == 0, ENOEXEC,
            "%s: not a file with content", path);
    *bytes = (uint64_t)status.st_size;
    *data = mmap(NULL, *bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    FAIL_IF(*data == MAP_FAILED, errno, "%s: %m", path);
    return fd;
}

int host_block_open(const char *path, uint64_t *capacity)
{
    struct stat status;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    FAIL_IF(fd < 0 || fstat(fd, &status) < 0, errno, "%s: %m", path);
    FAIL_IF(!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode), EINVAL,
            "%s: neither file nor block device", path);
    /* fstat knows no size of block devices. */
    off_t end = lseek(fd, 0, SEEK_END);
    FAIL_IF(end < 0, errno, "%s: size: %m", path);
    *capacity = (uint64_t)end;
    return fd;
}
