/* SPDX-License-Identifier: ISC */
/*
 * solo5-hvt: runs a unikernel in a virtual machine of one processor. Once all
 * is set up, nothing but running it and its devices is allowed to this
 * process, too.
 */
#include <unistd.h>

#include "machine.h"

const struct target tender_target = {MACHINE_TARGET, .program = "solo5-hvt",
                                     .more_help = ""};

int tender_run(struct guest *guest)
{
    static struct machine machine;
    struct policy *policy = &guest->policy;
    struct hypercall call;

    TRY(machine_open(&machine, guest));
    TRY(machine_make(&machine));
    hypervisor_allow(machine.hypervisor, policy);
    policy->error_fd = STDERR_FILENO;
    /* How many blocks a guest may ask for at once is ours to check here. */
    policy->any_length = true;
    TRY(host_sandbox_enter(policy));
    while (!machine.halted) {
        int err = hypervisor_run(machine.hypervisor, &call);

        if (err == HYPERVISOR_CALLED)
            err = machine_hypercall(&machine, &call);
        if (err < 0)
            return err;
    }
    return machine.status;
}
