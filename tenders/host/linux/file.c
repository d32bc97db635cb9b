/* SPDX-License-Identifier: ISC */
/* Files and block devices on Linux. Contract: host.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

int host_standard_streams(struct error *error)
{
    for (int fd = 0; fd <= 2; fd++) {
        /* The lowest free descriptor is this one: those below are open. */
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return error_set(error, errno,
                             "/dev/null: %s; open descriptors 0 to 2, or make "
                             "the device",
                             strerror(errno));
    }
    /* A console nobody reads, or a file at its size limit, ends no guest. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return 0;
}

int host_file_open(struct host_file *file, const char *path,
                   struct error *error)
{
    struct stat status;
    void *data;
    int err;

    /* Not blocking: a FIFO would wait for its writer. */
    file->path = path;
    file->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file->fd < 0)
        return error_set(error, errno, "%s: %s", path, strerror(errno));
    if (fstat(file->fd, &status) < 0) {
        err = error_set(error, errno, "%s: %s", path, strerror(errno));
        goto err_fd;
    }
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        err = error_set(error, ENOEXEC, "%s: not a file with content", path);
        goto err_fd;
    }
    file->size_bytes = (uint64_t)status.st_size;
    data = mmap(NULL, file->size_bytes, PROT_READ, MAP_PRIVATE, file->fd, 0);
    if (data == MAP_FAILED) {
        err = error_set(error, errno, "%s: %s", path, strerror(errno));
        goto err_fd;
    }
    file->data = data;
    return 0;

err_fd:
    close(file->fd);
    return err;
}

int host_file_read(const struct host_file *file, uint64_t offset, void *buffer,
                   uint64_t size_bytes, struct error *error)
{
    uint64_t done = 0;

    while (done < size_bytes) {
        ssize_t got = pread(file->fd, (char *)buffer + done, size_bytes - done,
                            (off_t)(offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(error, got == 0 ? EIO : errno,
                             "%s: cannot be read: %s", file->path,
                             got == 0 ? "it became shorter" : strerror(errno));
        done += (uint64_t)got;
    }
    return 0;
}

void host_file_close(struct host_file *file)
{
    union {
        const void *from;
        void *to;
    } data = {.from = file->data};

    munmap(data.to, file->size_bytes);
    close(file->fd);
}

int host_block_open(const char *path, uint64_t *capacity, struct error *error)
{
    struct stat status;
    off_t end;
    int fd = open(path, O_RDWR | O_CLOEXEC), err;

    if (fd < 0)
        return error_set(error, errno, "%s: %s", path, strerror(errno));
    if (fstat(fd, &status) < 0 ||
        (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))) {
        err =
            error_set(error, EINVAL, "%s: neither file nor block device", path);
        goto err_fd;
    }
    /* fstat knows no size of block devices. */
    end = lseek(fd, 0, SEEK_END);
    if (end < 0) {
        err = error_set(error, errno, "%s: size: %s", path, strerror(errno));
        goto err_fd;
    }
    *capacity = (uint64_t)end;
    return fd;

err_fd:
    close(fd);
    return err;
}
