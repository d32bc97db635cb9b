/* SPDX-License-Identifier: ISC */
/*
 * solo5-hvt: runs a unikernel in a virtual machine of one processor. Once all
 * is set up, nothing but running it and its devices is allowed to this
 * process, too.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "hvt_abi.h"
#include "hypercall.h"
#include "machine.h"
#include "solo5.h"

const struct target tender_target = {
    MACHINE_TARGET,
    .program = "solo5-hvt",
    .more_help = "",
};

/* Whoever ends us is told so, and the guest goes with us. */
static void signalled(int number)
{
    static const char term[] = "solo5-hvt: ended by SIGTERM\n";
    static const char interrupt[] = "solo5-hvt: ended by SIGINT\n";
    const char *line = number == SIGTERM ? term : interrupt;

    if (write(2, line, strlen(line)) < 0)
        _exit(1);
    _exit(1);
}

static int sandbox_enter(const struct machine *machine, struct error *error)
{
    static struct sock_filter filter[FILTER_MAX_INSNS];
    struct filter_policy *policy = &machine->guest->policy;
    int count;

    hypervisor_allow(machine->hypervisor, policy);
    policy->error_fd = 2;
    /* How many blocks a guest may ask for at once is ours to check here. */
    policy->any_length = true;
    count = filter_build(machine->guest->arch->filter, policy, filter,
                         FILTER_MAX_INSNS, error);
    if (count < 0)
        return count;
    return host_sandbox_enter(filter, (size_t)count, error);
}

int tender_run(struct guest *guest, struct error *error)
{
    static struct machine machine;
    const struct sigaction action = {.sa_handler = signalled};
    struct hypercall call;
    int err = machine_make(&machine, guest, error);

    if (err != 0)
        return err;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    err = sandbox_enter(&machine, error);
    if (err != 0)
        return err;
    while (!machine.halted) {
        err = hypervisor_run(machine.hypervisor, &call, error);
        if (err == 0)
            err = hypercall_do(&machine, &call, error);
        if (err == -EFAULT)
            return SOLO5_EXIT_ABORT;
        if (err < 0 && err != -EINTR)
            return err;
    }
    return machine.status;
}
