/* SPDX-License-Identifier: ISC */
/*
 * looking TEXT: a supervisor that, once its tender's guest has written TEXT,
 * writes to standard error what the kernel says of the tender, and kills it.
 *
 *   NAME: VALUE          lines of /proc/PID/status, blanks made one space
 *   open: LINK, LINK     what its descriptors above 2 are, in their order; of
 *                        a file that is no device, its name without folder
 */
#include <dirent.h>
#include <signal.h>
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

static void look(pid_t child, void *arg)
{
    (void)arg;
    status_write(child);
    descriptors_write(child);
    kill(child, SIGKILL);
}

static void looking(char **words, char **command)
{
    if (words[0] == NULL || words[1] != NULL)
        caller_fail("looking: one text expected");
    caller_supervise(command, words[0], look, NULL);
}

VERB("looking", looking);
