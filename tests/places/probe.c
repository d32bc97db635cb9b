/* SPDX-License-Identifier: ISC */
/*
 * What the tests of places run: a program that ends in every way that one can
 * end, and says what it sees of the place.
 *
 *   probe exit N | fault ADDRESS | refused | hang | flood BYTES | see
 *   probe fill PATH | tell PATH BYTES | clock | draw | input | panic
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A filter as a tender has it: one call kills the process. */
static void refused(void)
{
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, insns};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    syscall(SYS_getppid);
}

/* Children that no signal but SIGKILL ends, in sessions of their own. */
static void hang(void)
{
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            setsid();
            signal(SIGTERM, SIG_IGN);
            signal(SIGHUP, SIG_IGN);
            break;
        }
    }
    for (;;)
        pause();
}

static void flood(size_t bytes)
{
    static char piece[4096];

    memset(piece, 'x', sizeof piece);
    while (bytes > 0) {
        size_t now = bytes < sizeof piece ? bytes : sizeof piece;
        ssize_t done = write(1, piece, now);

        if (done < 0)
            exit(1);
        bytes -= (size_t)done;
    }
}

static int count(const char *folder, int (*wanted)(const char *name))
{
    DIR *open = opendir(folder);
    struct dirent *entry;
    int found = 0;

    while (open != NULL && (entry = readdir(open)) != NULL)
        found += wanted(entry->d_name);
    if (open != NULL)
        closedir(open);
    return found;
}

/* User processes have a command line, threads of the kernel have none. */
static int is_process(const char *name)
{
    char path[300], byte;
    int fd, got;

    if (*name < '1' || *name > '9')
        return 0;
    snprintf(path, sizeof path, "/proc/%s/cmdline", name);
    fd = open(path, O_RDONLY);
    got = fd >= 0 && read(fd, &byte, 1) == 1;
    close(fd);
    return got;
}

static int is_file(const char *name)
{
    return *name != '.';
}

static void see(void)
{
    char line[512];
    FILE *interfaces = fopen("/proc/net/dev", "r");
    int lines = 0;

    while (interfaces != NULL && fgets(line, sizeof line, interfaces) != NULL)
        lines += strchr(line, ':') != NULL && strstr(line, " lo:") == NULL;
    printf("processes %d files %d interfaces %d\n", count("/proc", is_process),
           count(".", is_file), lines);
}

/* Writes until the folder is full. */
static int fill(const char *path)
{
    static char piece[65536];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    while (write(fd, piece, sizeof piece) > 0)
        ;
    printf("%s\n", strerror(errno));
    return fd < 0;
}

/* Says READY, then waits until the file has a size. */
static void tell(const char *path, long bytes)
{
    const int fd = open(path, O_RDONLY), changes = inotify_init1(0);
    struct inotify_event event;

    inotify_add_watch(changes, path, IN_MODIFY);
    puts("READY");
    fflush(stdout);
    while (fd >= 0 && lseek(fd, 0, SEEK_END) != bytes &&
           read(changes, &event, sizeof event) > 0)
        ;
    puts("seen");
}

/* Sleeps, which needs timers that fire, and prints the time. */
static void show_clock(void)
{
    struct timespec now;

    usleep(10000);
    clock_gettime(CLOCK_REALTIME, &now);
    printf("%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
}

/* Says what its standard input is, and how much comes from it. */
static void count_input(void)
{
    static char piece[4096];
    struct winsize window;
    size_t bytes = 0;
    ssize_t got;

    if (ioctl(0, TIOCGWINSZ, &window) == 0)
        printf("terminal %d x %d\n", window.ws_row, window.ws_col);
    fflush(stdout);
    while ((got = read(0, piece, sizeof piece)) > 0)
        bytes += (size_t)got;
    printf("%zu bytes\n", bytes);
}

static int draw(void)
{
    uint64_t drawn;

    if (getrandom(&drawn, sizeof drawn, 0) != sizeof drawn)
        return 1;
    printf("%016llx\n", (unsigned long long)drawn);
    return 0;
}

/* The kernel's crash key, which takes the whole machine. */
static void panic(void)
{
    int fd = open("/proc/sysrq-trigger", O_WRONLY);

    if (fd < 0 || write(fd, "c", 1) < 0)
        perror("/proc/sysrq-trigger");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const char *with = argc > 2 ? argv[2] : "";

    if (strcmp(what, "exit") == 0)
        return atoi(with);
    if (strcmp(what, "fault") == 0)
        *(volatile char *)(uintptr_t)strtoull(with, NULL, 0) = 1;
    else if (strcmp(what, "refused") == 0)
        refused();
    else if (strcmp(what, "hang") == 0)
        hang();
    else if (strcmp(what, "flood") == 0)
        flood(strtoull(with, NULL, 0));
    else if (strcmp(what, "see") == 0)
        see();
    else if (strcmp(what, "fill") == 0)
        return fill(with);
    else if (strcmp(what, "tell") == 0 && argc > 3)
        tell(with, atol(argv[3]));
    else if (strcmp(what, "clock") == 0)
        show_clock();
    else if (strcmp(what, "draw") == 0)
        return draw();
    else if (strcmp(what, "input") == 0)
        count_input();
    else if (strcmp(what, "panic") == 0)
        panic();
    else
        return 2;
    return 0;
}
