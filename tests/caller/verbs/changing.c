/* SPDX-License-Identifier: ISC */
/*
 * changing fields|size RUNS: an owner who changes the kernel file (a copy of
 * it) while tenders read it: the highest bytes of what its headers say, or its
 * end. Each of RUNS runs has to end as an undisturbed one, or to be refused
 * with one line and status 1. Ends as the undisturbed one.
 *
 * Where the end changes, a few may end otherwise: who reads while a file is cut
 * and written again is, now and then, given a page of zeros, as if they had
 * been in the file. That guest does what zeros do. None may end by SIGBUS, as
 * whoever had the file mapped.
 */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"

#define COPY "changing.copy"
#define MAX_HEADERS 32
#define CUTS 16
/* Of a thousand runs, how many may be given zeros: seen is one of some ten
 * thousand. */
#define ZEROS_MAX 1

/* A file, whole: as it was. */
struct whole {
    uint8_t *data;
    size_t size;
};

/* Returns where COMMAND names an ELF file, after its first word. */
static char **kernel_find(char **command)
{
    char **found = NULL, magic[SELFMAG];

    for (char **word = command + 1; *word != NULL; word++) {
        int fd = open(*word, O_RDONLY | O_CLOEXEC);

        if (fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic &&
            memcmp(magic, ELFMAG, SELFMAG) == 0)
            found = word;
        close(fd);
    }
    if (found == NULL)
        caller_fail("changing: no kernel file in the command");
    return found;
}

/* Reads PATH, and makes a copy of it that may be changed. Returns the copy. */
static int copy_make(const char *path, struct whole *whole)
{
    const int from = open(path, O_RDONLY | O_CLOEXEC);
    const int to = open(COPY, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const off_t size = lseek(from, 0, SEEK_END);

    if (from < 0 || to < 0 || size < (off_t)sizeof(Elf64_Ehdr))
        caller_fail("changing: copy of %s: %m", path);
    *whole = (struct whole){malloc((size_t)size), (size_t)size};
    if (whole->data == NULL ||
        pread(from, whole->data, whole->size, 0) != size ||
        pwrite(to, whole->data, whole->size, 0) != size)
        caller_fail("changing: copy of %s: %m", path);
    close(from);
    return to;
}

static void wait_a_little(unsigned turn)
{
    for (volatile unsigned i = 0; i < turn % 97 * 16; i++)
        ;
}

/* The highest byte of a number in the file: changed, it is too large. */
#define HIGH(start, type, field) \
    ((start) + offsetof(type, field) + sizeof(((type *)0)->field) - 1)

static _Noreturn void fields_change(int copy, const struct whole *whole)
{
    const Elf64_Ehdr *header = (const void *)whole->data;
    size_t at[5 + 4 * MAX_HEADERS], count = 0;
    volatile uint8_t *file =
        mmap(NULL, whole->size, PROT_READ | PROT_WRITE, MAP_SHARED, copy, 0);

    if (file == MAP_FAILED)
        _exit(1);
    at[count++] = HIGH(0, Elf64_Ehdr, e_type);
    at[count++] = HIGH(0, Elf64_Ehdr, e_entry);
    at[count++] = HIGH(0, Elf64_Ehdr, e_phoff);
    at[count++] = HIGH(0, Elf64_Ehdr, e_phentsize);
    at[count++] = HIGH(0, Elf64_Ehdr, e_phnum);
    for (size_t i = 0; i < header->e_phnum && i < MAX_HEADERS; i++) {
        const size_t start = header->e_phoff + i * sizeof(Elf64_Phdr);

        at[count++] = HIGH(start, Elf64_Phdr, p_offset);
        at[count++] = HIGH(start, Elf64_Phdr, p_vaddr);
        at[count++] = HIGH(start, Elf64_Phdr, p_filesz);
        at[count++] = HIGH(start, Elf64_Phdr, p_memsz);
    }
    /* Each for some hundred times, so that a tender sees both values. */
    for (unsigned turn = 0;; turn++) {
        const size_t byte = at[turn / 512 % count];

        file[byte] = whole->data[byte] ^ 0x80;
        wait_a_little(turn % 3);
        file[byte] = whole->data[byte];
        wait_a_little(turn % 5);
    }
}

static _Noreturn void size_change(int copy, const struct whole *whole)
{
    const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

    for (unsigned turn = 0;; turn++) {
        /* Where pages begin: of a page that is cut, the rest becomes zeros. */
        const size_t cut =
            turn % CUTS * (whole->size / CUTS) / page_bytes * page_bytes;

        if (ftruncate(copy, (off_t)cut) < 0 ||
            pwrite(copy, whole->data + cut, whole->size - cut, (off_t)cut) < 0)
            _exit(1);
        wait_a_little(turn);
    }
}

struct outcome {
    int status;
    char output[4096], errors[4096];
};

static void text_read(int fd, char *text, size_t size)
{
    ssize_t done = 0;

    for (size_t at = 0; at < size - 1; at += (size_t)done) {
        done = read(fd, text + at, size - 1 - at);
        if (done <= 0)
            break;
    }
    close(fd);
}

/* Runs COMMAND, which writes less than pipes hold. */
static void run(char **command, struct outcome *outcome)
{
    int output[2], errors[2];
    pid_t child;

    memset(outcome, 0, sizeof *outcome);
    if (pipe2(output, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
        caller_fail("changing: pipe: %m");
    child = fork();
    if (child == 0) {
        dup2(output[1], STDOUT_FILENO);
        dup2(errors[1], STDERR_FILENO);
        caller_become(command);
    }
    close(output[1]);
    close(errors[1]);
    if (child < 0 || waitpid(child, &outcome->status, 0) < 0)
        caller_fail("changing: %m");
    text_read(output[0], outcome->output, sizeof outcome->output);
    text_read(errors[0], outcome->errors, sizeof outcome->errors);
}

static bool is_refused(const struct outcome *outcome)
{
    const char *end = strchr(outcome->errors, '\n');

    return WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == 1 &&
           outcome->output[0] == '\0' && end != NULL && end[1] == '\0';
}

static void changing(char **words, char **command)
{
    static struct outcome wanted, outcome;
    struct whole whole;
    char **kernel = kernel_find(command);
    const bool fields = words[0] != NULL && strcmp(words[0], "fields") == 0;
    long runs, others = 0;
    pid_t changer;
    int copy;

    if (words[0] == NULL || words[1] == NULL)
        caller_fail("usage: changing fields|size RUNS");
    runs = caller_number(words[1], 1, 100000);
    copy = copy_make(*kernel, &whole);
    *kernel = COPY;
    run(command, &wanted);
    changer = fork();
    if (changer == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (fields)
            fields_change(copy, &whole);
        size_change(copy, &whole);
    }
    for (long i = 0; i < runs; i++) {
        run(command, &outcome);
        if (is_refused(&outcome) ||
            (outcome.status == wanted.status &&
             strcmp(outcome.output, wanted.output) == 0))
            continue;
        others++;
        if (fields || WTERMSIG(outcome.status) == SIGBUS ||
            others > 1 + runs / 1000 * ZEROS_MAX) {
            kill(changer, SIGKILL);
            caller_fail("run %ld ended with %#x: %s%s", i, outcome.status,
                        outcome.output, outcome.errors);
        }
    }
    kill(changer, SIGKILL);
    waitpid(changer, NULL, 0);
    fputs(wanted.output, stdout);
    fputs(wanted.errors, stderr);
    exit(WIFEXITED(wanted.status) ? WEXITSTATUS(wanted.status) : 125);
}

VERB("changing", changing);
