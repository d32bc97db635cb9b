/* SPDX-License-Identifier: ISC */
/*
 * Runs a job's program and its peer. Contract: job.h.
 *
 * The program is traced (ptrace(2), PTRACE_SEIZE), for what its parent alone
 * is not told: the address of a fault, and the system call that a seccomp
 * filter refused. A filter that kills stops for nobody, but the exiting
 * process stops once more, with its registers as they were. Tracing changes
 * nothing else: no stop at exec, none at system calls, each signal passed on.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "job.h"

/* So long may one of the two go on once the other has failed or ended. */
#define GRACE_NS UINT64_C(2000000000)
#define TEXT_KEPT 4096

struct process {
    pid_t pid;  /* 0: not started */
    bool ended;
    int status; /* as of waitpid(2) */
};

struct stream {
    int fd; /* -1: closed */
    enum wire_kind kind;
};

struct run {
    struct job *job;
    int wire;
    struct wire_done *done;
    struct process program;
    struct process peer;
    struct input input;
    struct stream stream[3];
    int signals;
    int go; /* written to once the program is traced */
    uint64_t start_ns;
    uint64_t deadline_ns;
    bool deadline_hit;
    char text[TEXT_KEPT]; /* the end of standard output */
    size_t text_size;
};

static uint64_t now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* A child's descriptors; -1: none. */
struct ends {
    int in;
    int out;
    int err;
    int go; /* to be read from before it begins */
    bool terminal;
};

/* In the child: everything between fork and exec. */
static _Noreturn void become(const struct job *job, char *const *argv,
                             const struct ends *ends)
{
    const struct rlimit no_core = {0, 0};
    sigset_t none;
    char byte;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    setrlimit(RLIMIT_CORE, &no_core);
    if (ends->terminal && ioctl(ends->in, TIOCSCTTY, 0) < 0)
        _exit(126);
    dup2(ends->in >= 0 ? ends->in : open("/dev/null", O_RDONLY), 0);
    dup2(ends->err, 2);
    if (ends->out >= 0)
        dup2(ends->out, 1);
    else
        close(1);
    if (ends->go >= 0 && read(ends->go, &byte, 1) != 1)
        _exit(126);
    if (ends->go >= 0 && job->personality != 0)
        personality(job->personality);
    execv(argv[0], argv);
    fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static int start(struct run *run, struct process *process, char *const *argv,
                 const struct ends *ends)
{
    process->pid = fork();
    if (process->pid < 0)
        return job_fail(run->job, "fork", strerror(errno));
    if (process->pid == 0)
        become(run->job, argv, ends);
    return 0;
}

/* What the program's standard output is, for the child; -1: closed. */
static int sink_open(const struct job *job, int pipe_end)
{
    switch (job->output) {
    case WIRE_STDOUT_FULL:
        return open("/dev/full", O_WRONLY | O_CLOEXEC);
    case WIRE_STDOUT_CLOSED:
        return -1;
    default:
        return pipe_end;
    }
}

static int start_all(struct run *run)
{
    struct job *job = run->job;
    struct input *input = &run->input;
    int out[2], err[2], said[2], go[2], failed;
    struct ends program, peer;

    if (input_open(input, job) < 0)
        return -1;
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ||
        pipe2(said, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
        return job_fail(job, "pipe", strerror(errno));
    run->stream[0] = (struct stream){out[0], WIRE_OUT};
    run->stream[1] = (struct stream){err[0], WIRE_ERR};
    run->stream[2] = (struct stream){said[0], WIRE_PEER};
    /* A write that fails for its address leaves a pipe that can be read, and
     * holds nothing (pipe_write, Linux fs/pipe.c): a read would wait. */
    for (int i = 0; i < 3; i++)
        fcntl(run->stream[i].fd, F_SETFL, O_NONBLOCK);
    run->go = go[1];
    program = (struct ends){input->theirs, sink_open(job, out[1]), err[1],
                            go[0], input->terminal};
    peer = (struct ends){-1, said[1], said[1], -1, false};
    if (input->terminal) {
        program.out = program.err = input->theirs;
        close(run->stream[0].fd);
        run->stream[0].fd = input->ours;
    }
    failed = start(run, &run->program, job->argv, &program);
    if (failed == 0 && job->peer_argc > 0)
        failed = start(run, &run->peer, job->peer_argv, &peer);
    if (input->theirs >= 0)
        close(input->theirs);
    close(out[1]);
    close(err[1]);
    close(said[1]);
    close(go[0]);
    if (failed == 0 &&
        ptrace(PTRACE_SEIZE, run->program.pid, 0, PTRACE_O_TRACEEXIT) < 0)
        failed = job_fail(job, "ptrace", strerror(errno));
    run->start_ns = now_ns();
    run->deadline_ns = run->start_ns + job->deadline_ns;
    if (failed == 0 && write(go[1], "", 1) != 1)
        failed = job_fail(job, "start", strerror(errno));
    close(go[1]);
    return failed;
}

/* Cuts the job's file once its text has appeared in standard output. */
static void watch_text(struct run *run, const char *piece, size_t size)
{
    struct job *job = run->job;
    size_t kept;

    if (job->truncate_path == NULL)
        return;
    if (size > TEXT_KEPT / 2) {
        piece += size - TEXT_KEPT / 2;
        size = TEXT_KEPT / 2;
    }
    kept = run->text_size > TEXT_KEPT / 2 ? TEXT_KEPT / 2 : run->text_size;
    memmove(run->text, run->text + run->text_size - kept, kept);
    memcpy(run->text + kept, piece, size);
    run->text_size = kept + size;
    if (memmem(run->text, run->text_size, job->truncate_text,
               strlen(job->truncate_text)) == NULL)
        return;
    if (truncate(job->truncate_path, 0) < 0)
        fprintf(stderr, "init: %s: %s\n", job->truncate_path, strerror(errno));
    free(job->truncate_path);
    job->truncate_path = NULL;
}

/* Passes on what has been said; closes the stream at its end. */
static void stream_pass(struct run *run, struct stream *stream)
{
    static char piece[65536];
    ssize_t got = read(stream->fd, piece, sizeof piece);

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        close(stream->fd);
        stream->fd = -1;
        return;
    }
    wire_write(run->wire, stream->kind, NULL, 0, piece, (size_t)got);
    if (stream->kind == WIRE_OUT)
        watch_text(run, piece, (size_t)got);
}

/* The number of the call that the exiting program was about to make. */
static uint64_t syscall_number(pid_t pid)
{
    uint64_t registers[128];
    struct iovec room = {registers, sizeof registers};

    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &room) < 0 ||
        room.iov_len <= SYSCALL_REGISTER * sizeof *registers)
        return WIRE_NONE;
    return registers[SYSCALL_REGISTER];
}

/* A stop of the traced program: look, then let it go on. */
static void stop_pass(struct run *run, int status)
{
    pid_t pid = run->program.pid;
    int signal = WSTOPSIG(status), event = status >> 16;
    unsigned long code = 0;
    siginfo_t info;

    if (event == PTRACE_EVENT_EXIT) {
        if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &code) == 0 &&
            WTERMSIG(code) == SIGSYS)
            run->done->syscall = syscall_number(pid);
        ptrace(PTRACE_CONT, pid, 0, 0);
        return;
    }
    if (event == PTRACE_EVENT_STOP) {
        ptrace(PTRACE_CONT, pid, 0, 0);
        return;
    }
    if ((signal == SIGSEGV || signal == SIGBUS) &&
        ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_code > 0)
        run->done->address = (uint64_t)(uintptr_t)info.si_addr;
    ptrace(PTRACE_CONT, pid, 0, signal);
}

static void deadline_shorten(struct run *run)
{
    uint64_t soon = now_ns() + GRACE_NS;

    if (soon < run->deadline_ns)
        run->deadline_ns = soon;
}

static void children_look(struct run *run)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
        struct process *process = pid == run->program.pid ? &run->program
                                  : pid == run->peer.pid  ? &run->peer
                                                          : NULL;

        if (WIFSTOPPED(status)) {
            if (process == &run->program)
                stop_pass(run, status);
            continue;
        }
        if (process == NULL)
            continue;
        process->ended = true;
        process->status = status;
        if (process == &run->program)
            run->done->elapsed_ns = now_ns() - run->start_ns;
        if (process == &run->program || status != 0)
            deadline_shorten(run);
    }
}

static bool all_ended(const struct run *run)
{
    return run->program.ended && (run->peer.pid == 0 || run->peer.ended);
}

/* What has come for the program while it runs. */
static void wire_look(struct run *run)
{
    struct frame frame;

    /* Nobody is left to report to. */
    if (wire_read(run->wire, &frame) < 0)
        _exit(1);
    input_take(&run->input, &frame);
}

static void input_look(struct run *run)
{
    if (input_pass(&run->input))
        wire_write(run->wire, WIRE_TAKEN, NULL, 0, NULL, 0);
}

/* Waits for output, input, the end of a child or the deadline. */
static void wait_some(struct run *run)
{
    struct pollfd polled[6];
    bool reads = run->job->input != WIRE_STDIN_NULL;
    uint64_t now = now_ns();
    uint64_t left = run->deadline_ns > now ? run->deadline_ns - now : 0;
    struct timespec timeout = {(time_t)(left / 1000000000),
                               (long)(left % 1000000000)};
    struct signalfd_siginfo info;

    for (int i = 0; i < 3; i++)
        polled[i] = (struct pollfd){run->stream[i].fd, POLLIN, 0};
    polled[3] = (struct pollfd){run->signals, POLLIN, 0};
    polled[4] = (struct pollfd){reads ? run->wire : -1, POLLIN, 0};
    polled[5] = (struct pollfd){run->input.left_size > 0 ? run->input.ours : -1,
                                POLLOUT, 0};
    if (ppoll(polled, 6, &timeout, NULL) == 0) {
        run->deadline_hit = !run->program.ended;
        if (!run->program.ended)
            kill(run->program.pid, SIGKILL);
        if (run->peer.pid != 0 && !run->peer.ended)
            kill(run->peer.pid, SIGKILL);
        run->deadline_ns = now + GRACE_NS;
        return;
    }
    for (int i = 0; i < 3; i++)
        if (polled[i].revents != 0)
            stream_pass(run, &run->stream[i]);
    if (polled[3].revents != 0 &&
        read(run->signals, &info, sizeof info) == sizeof info)
        children_look(run);
    if (polled[5].revents != 0)
        input_look(run);
    if (polled[4].revents != 0)
        wire_look(run);
}

/* Nothing that the job started survives it: we are init, all are ours. */
static void kill_all(void)
{
    kill(-1, SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
        ;
}

static void verdict(const struct run *run)
{
    struct wire_done *done = run->done;
    int status = run->program.status, peer = run->peer.status;

    if (run->deadline_hit) {
        done->end = WIRE_END_DEADLINE;
    } else if (WIFSIGNALED(status)) {
        done->end = WIRE_END_SIGNAL;
        done->code = (uint64_t)WTERMSIG(status);
    } else {
        done->end = WIRE_END_STATUS;
        done->code = (uint64_t)WEXITSTATUS(status);
    }
    /* A fault that the program survived is no part of its end. */
    if (done->end != WIRE_END_SIGNAL ||
        (done->code != SIGSEGV && done->code != SIGBUS))
        done->address = WIRE_NONE;
    if (run->peer.pid != 0)
        done->peer = WIFSIGNALED(peer) ? 128u + (unsigned)WTERMSIG(peer)
                                       : (unsigned)WEXITSTATUS(peer);
}

int processes_run(struct job *job, int wire, struct wire_done *done)
{
    struct run run = {.job = job, .wire = wire, .done = done, .go = -1};
    sigset_t child;
    int failed;

    *done = (struct wire_done){
        .syscall = WIRE_NONE, .address = WIRE_NONE, .peer = WIRE_NONE};
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    run.signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    failed = run.signals < 0 ? job_fail(job, "signalfd", strerror(errno))
                             : start_all(&run);
    while (failed == 0 && !all_ended(&run))
        wait_some(&run);
    kill_all();
    for (int i = 0; i < 3; i++)
        while (failed == 0 && run.stream[i].fd >= 0)
            stream_pass(&run, &run.stream[i]);
    input_close(&run.input);
    close(run.signals);
    if (failed == 0)
        verdict(&run);
    return failed;
}
