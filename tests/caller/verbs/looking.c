/* SPDX-License-Identifier: ISC */
/*
 * looking TEXT: a supervisor that, once its tender's guest has written TEXT,
 * writes to standard error what the kernel says of the tender, and kills it.
 *
 *   NAME: VALUE          lines of /proc/PID/status, blanks made one space
 *   open: LINK, LINK     what its descriptors above 2 are, in their order; of
 *                        a file that is no device, its name without folder
 *   shown: WORD WORD     what lists of processes show of its arguments
 *   told: N random bytes, path "PATH"
 *                        what is left of what the kernel put on its stack
 *   sealed: SEAL SEAL    for a file in memory that is its text
 */
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"

#define MAX_FDS 256

static void status_write(pid_t child)
{
    char path[64], line[512];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)child);
    file = fopen(path, "re");
    if (file == NULL)
        caller_fail("%s: %m", path);
    while (fgets(line, sizeof line, file) != NULL) {
        char *rest = line;
        const char *word;

        while ((word = strsep(&rest, " \t\n")) != NULL)
            if (*word != '\0')
                fprintf(stderr, "%s%s", word == line ? "" : " ", word);
        fputc('\n', stderr);
    }
    fclose(file);
}

static int number_compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* A device has its whole name, any other file no folder. */
static const char *shown(const char *link)
{
    if (*link != '/' || strncmp(link, "/dev/", 5) == 0)
        return link;
    return strrchr(link, '/') + 1;
}

static void descriptors_write(pid_t child)
{
    char path[64], target[512];
    int fds[MAX_FDS], count = 0;
    const struct dirent *entry;
    DIR *folder;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)child);
    folder = opendir(path);
    if (folder == NULL)
        caller_fail("%s: %m", path);
    while ((entry = readdir(folder)) != NULL && count < MAX_FDS)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) > 2)
            fds[count++] = atoi(entry->d_name);
    closedir(folder);
    qsort(fds, (size_t)count, sizeof *fds, number_compare);
    for (int i = 0; i < count; i++) {
        ssize_t size;

        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)child, fds[i]);
        size = readlink(path, target, sizeof target - 1);
        target[size < 0 ? 0 : size] = '\0';
        fprintf(stderr, "%s%s", i == 0 ? "open: " : ", ", shown(target));
    }
    fputc('\n', stderr);
}

static int proc_open(pid_t child, const char *name)
{
    char path[128];
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)child, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        caller_fail("%s: %m", path);
    return fd;
}

static void arguments_write(pid_t child)
{
    const int fd = proc_open(child, "cmdline");
    char text[8192] = "";
    const ssize_t size = read(fd, text, sizeof text - 1);

    close(fd);
    fputs("shown:", stderr);
    for (ssize_t at = 0; at < size; at += (ssize_t)strlen(text + at) + 1)
        if (text[at] != '\0')
            fprintf(stderr, " %s", text + at);
    fputc('\n', stderr);
}

/* The stack's own bytes; their addresses the kernel has kept. */
static void told_write(pid_t child)
{
    const int vector = proc_open(child, "auxv"), mem = proc_open(child, "mem");
    uint8_t random[16];
    char path[512] = "";
    Elf64_auxv_t entry;
    int left = 0;

    while (read(vector, &entry, sizeof entry) == sizeof entry) {
        const off_t at = (off_t)entry.a_un.a_val;

        if (entry.a_type == AT_RANDOM) {
            if (pread(mem, random, sizeof random, at) != sizeof random)
                caller_fail("looking: random bytes: %m");
            for (size_t i = 0; i < sizeof random; i++)
                left += random[i] != 0;
        }
        /* Eight bytes of zeroes are behind it. */
        if (entry.a_type == AT_EXECFN &&
            pread(mem, path, sizeof path - 1, at) < 8)
            caller_fail("looking: path: %m");
    }
    fprintf(stderr, "told: %d random bytes, path \"%s\"\n", left, path);
    close(vector);
    close(mem);
}

static void seals_write(pid_t child)
{
    static const struct {
        int seal;
        const char *name;
    } seals[] = {
        {F_SEAL_SEAL, "seal"}, {F_SEAL_SHRINK, "shrink"},
        {F_SEAL_GROW, "grow"}, {F_SEAL_WRITE | F_SEAL_FUTURE_WRITE, "write"},
        {0x20, "exec"}, /* F_SEAL_EXEC of Linux 6.3 */
    };
    FILE *maps = fdopen(proc_open(child, "maps"), "r");
    unsigned long start, end;
    char line[512], name[64];

    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        int fd, has;

        if (strstr(line, "/memfd:") == NULL ||
            sscanf(line, "%lx-%lx", &start, &end) != 2)
            continue;
        snprintf(name, sizeof name, "map_files/%lx-%lx", start, end);
        fd = proc_open(child, name);
        has = fcntl(fd, F_GET_SEALS);
        if (has < 0)
            caller_fail("looking: seals: %m");
        close(fd);
        fputs("sealed:", stderr);
        for (size_t i = 0; i < sizeof seals / sizeof *seals; i++)
            if ((has & seals[i].seal) != 0)
                fprintf(stderr, " %s", seals[i].name);
        fputc('\n', stderr);
    }
    fclose(maps);
}

static void look(pid_t child, void *arg)
{
    (void)arg;
    status_write(child);
    descriptors_write(child);
    arguments_write(child);
    told_write(child);
    seals_write(child);
    kill(child, SIGKILL);
}

static void looking(char **words, char **command)
{
    if (words[0] == NULL || words[1] != NULL)
        caller_fail("looking: one text expected");
    caller_supervise(command, words[0], look, NULL);
}

VERB("looking", looking);
