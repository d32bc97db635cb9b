/* SPDX-License-Identifier: ISC */
/*
 * refuse-each ERRNO: a service manager that refuses one call, whichever it is.
 * Runs the tender once, and counts the calls that it makes before its guest
 * runs; then once for each of them, which is answered with ERRNO and not made
 * (seccomp_unotify(2)). Each time the tender starts all the same and ends as
 * it did at first, or ends with status 1, no output, and one line that gives
 * that errno as the reason. What libc does before main is not counted.
 *
 * Ends with 0, and "refused: CALL ..." on standard output: those that the
 * tender did not start without; else with 1 and a line for each fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "calls.h"

#define TEXT_BYTES 16384

/* One run of the tender. */
struct run {
    unsigned refused; /* which call; 0: none. The first is 1 */
    int error;
    unsigned count; /* of the calls before the guest ran */
    long number;    /* of the refused call */
    bool in_main, guest_runs;
    int status; /* as of waitpid(2) */
    char out[TEXT_BYTES], err[TEXT_BYTES];
};

static _Noreturn void child_become(char **command, int socket, int out, int err)
{
    /* All but the call that hands the listener over. */
    const struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };

    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    calls_descriptor_pass(socket,
                          calls_filter(insns, sizeof insns / sizeof *insns,
                                       SECCOMP_FILTER_FLAG_NEW_LISTENER));
    caller_become(command);
}

/* Tells whether a call is the one to refuse. */
static bool call_count(struct run *run, const struct seccomp_data *call)
{
    /* KVM_RUN, _IO(0xae, 0x80). */
    const bool enters =
        call->nr == SYS_ioctl && (call->args[1] & 0xffff) == 0xae80;

    if (run->guest_runs || enters)
        return false;
    if (!run->in_main) {
        /* The last that musl does before main. */
        run->in_main = call->nr == SYS_set_tid_address;
        return false;
    }
    run->count++;
    run->guest_runs = call->nr == SYS_prctl &&
                      call->args[0] == PR_SET_SECCOMP &&
                      call->args[2] != 0 && /* else it is only tried */
                      run->count != run->refused;
    if (run->count != run->refused)
        return false;
    run->number = call->nr;
    return true;
}

/* CHILD: its pidfd, which can be read once it has ended. */
static void calls_answer(struct run *run, int listener, int child)
{
    struct pollfd polled[] = {{listener, POLLIN, 0}, {child, POLLIN, 0}};

    while (poll(polled, 2, -1) > 0 && polled[1].revents == 0) {
        struct seccomp_notif call = {0};
        struct seccomp_notif_resp answer = {0};

        /* Of a process that has been killed meanwhile. */
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
            continue;
        answer.id = call.id;
        if (call_count(run, &call.data))
            answer.error = -run->error;
        else
            answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

/* Reads what an ended process has written: it fits into a pipe. */
static void text_read(int fd, char *text)
{
    size_t size = 0;
    ssize_t done;

    while (size < TEXT_BYTES - 1 &&
           (done = read(fd, text + size, TEXT_BYTES - 1 - size)) > 0)
        size += (size_t)done;
    text[size] = '\0';
    close(fd);
}

static void run_once(struct run *run, char **command)
{
    int sockets[2], out[2], err[2], listener, pidfd;
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0 ||
        pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        caller_fail("refuse-each: %m");
    child = fork();
    if (child < 0)
        caller_fail("refuse-each: fork: %m");
    if (child == 0)
        child_become(command, sockets[1], out[1], err[1]);
    close(sockets[1]);
    close(out[1]);
    close(err[1]);
    listener = calls_descriptor_pass(sockets[0], -1);
    pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    if (pidfd < 0)
        caller_fail("refuse-each: pidfd_open: %m");
    calls_answer(run, listener, pidfd);
    close(pidfd);
    close(listener);
    close(sockets[0]);
    waitpid(child, &run->status, 0);
    text_read(out[0], run->out);
    text_read(err[0], run->err);
}

/*
 * Tells whether RUN ended with one line that is true. musl's mmap says ENOMEM
 * where a kernel says EPERM, of memory anywhere.
 */
static bool is_told(const struct run *run, const char *program)
{
    const char *end = strchr(run->err, '\n');

    return WIFEXITED(run->status) && WEXITSTATUS(run->status) == 1 &&
           run->out[0] == '\0' && end != NULL && end[1] == '\0' &&
           strncmp(run->err, program, strlen(program)) == 0 &&
           run->err[strlen(program)] == ':' &&
           (strstr(run->err, strerror(run->error)) != NULL ||
            (run->number == SYS_mmap && run->error == EPERM &&
             strstr(run->err, strerror(ENOMEM)) != NULL));
}

static void refuse_each(char **words, char **command)
{
    static struct run first, again;
    const char *slash = strrchr(command[0], '/');
    const char *program = slash == NULL ? command[0] : slash + 1;
    int faults = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    first.error = calls_errno(words[0]);
    run_once(&first, command);
    if (first.count == 0)
        caller_fail("refuse-each: no call was seen");
    fputs(first.out, stdout);
    fputs("refused:", stdout);
    for (unsigned at = 1; at <= first.count; at++) {
        again = (struct run){.refused = at, .error = first.error};
        run_once(&again, command);
        if (is_told(&again, program)) {
            printf(" %s", calls_name(again.number));
            continue;
        }
        if (again.status == first.status && strcmp(again.out, first.out) == 0 &&
            strcmp(again.err, first.err) == 0)
            continue;
        faults++;
        fprintf(stderr,
                "call %u, %s (%ld), refused: %s %d; output '%s', '%s'\n", at,
                calls_name(again.number), again.number,
                WIFSIGNALED(again.status) ? "signal" : "status",
                WIFSIGNALED(again.status) ? WTERMSIG(again.status)
                                          : WEXITSTATUS(again.status),
                again.out, again.err);
    }
    putchar('\n');
    exit(faults == 0 ? 0 : 1);
}

VERB("refuse-each", refuse_each);
