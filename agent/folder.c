/* SPDX-License-Identifier: ISC */
/* A job's folder, and files that all jobs see. Contract: job.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "job.h"

static int write_file(const char *path, const uint8_t *content, size_t size,
                      mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    size_t done = 0;

    while (fd >= 0 && done < size) {
        ssize_t now = write(fd, content + done, size - done);

        if (now < 0) {
            close(fd);
            return -1;
        }
        done += (size_t)now;
    }
    return fd < 0 ? -1 : close(fd);
}

static int make_blank(const char *path, uint64_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)size) < 0) {
        close(fd);
        return -1;
    }
    return close(fd);
}

int folder_make(struct job *job)
{
    char options[32] = "";

    if (job->folder_bytes > 0)
        snprintf(options, sizeof options, "size=%llu",
                 (unsigned long long)job->folder_bytes);
    mkdir(JOB_FOLDER, 0755);
    if (mount("tmpfs", JOB_FOLDER, "tmpfs", 0, options) < 0 ||
        chdir(JOB_FOLDER) < 0)
        return job_fail(job, JOB_FOLDER, strerror(errno));
    for (size_t i = 0; i < job->file_count; i++) {
        const struct job_file *file = &job->file[i];
        int err = file->blank
                      ? make_blank(file->path, file->size)
                      : write_file(file->path, file->content, file->size, 0755);

        if (err < 0)
            return job_fail(job, file->path, strerror(errno));
    }
    return 0;
}

void folder_send(const struct job *job, int wire)
{
    for (size_t i = 0; i < job->fetch_count; i++) {
        const char *path = job->fetch[i];
        uint8_t head[2 + 256];
        size_t path_size = strlen(path);
        struct stat status;
        uint8_t *content;
        ssize_t got = -1;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        /* What is not there does not come back; that says enough. */
        if (fd < 0)
            continue;
        if (path_size < 256 && fstat(fd, &status) == 0 &&
            status.st_size < WIRE_MAX_BYTES - 300) {
            content = malloc((size_t)status.st_size + 1);
            if (content != NULL)
                got = read(fd, content, (size_t)status.st_size);
            head[0] = (uint8_t)path_size;
            head[1] = 0;
            memcpy(head + 2, path, path_size);
            if (got >= 0)
                wire_write(wire, WIRE_FETCHED, head, 2 + path_size, content,
                           (size_t)got);
            free(content);
        }
        close(fd);
    }
}

void folder_remove(void)
{
    if (chdir("/") == 0)
        umount2(JOB_FOLDER, MNT_DETACH);
}

int file_install(const char *path, const uint8_t *content, size_t size)
{
    char parent[256];

    for (const char *at = path; (at = strchr(at + 1, '/')) != NULL;) {
        if ((size_t)(at - path) >= sizeof parent)
            break;
        memcpy(parent, path, (size_t)(at - path));
        parent[at - path] = '\0';
        mkdir(parent, 0755);
    }
    return write_file(path, content, size, 0755);
}
