/* SPDX-License-Identifier: ISC */
/*
 * solo5-hvt-debug: runs a unikernel as solo5-hvt does, for a debugger, and
 * writes a core when it aborts. It drops its privileges, too, but has no
 * filter: what it does for a debugger would not get through one.
 */
#include <signal.h>
#include <stdio.h>

#include "abi.h"
#include "core.h"
#include "gdb.h"
#include "machine.h"

/* In the order of tender_target.options. */
enum {
    GDB = ARGS_MORE,
    GDB_PORT,
    DUMPCORE
};

const struct target tender_target = {
    MACHINE_TARGET,
    .program = "solo5-hvt-debug",
    .more_help =
        "  --gdb                           wait for a debugger, on loopback\n"
        "  --gdb-port=N                    on this port (1234)\n"
        "  --dumpcore=DIR                  write a core there when the guest\n"
        "                                  aborts\n",
    .options = {"--gdb", "--gdb-port=", "--dumpcore="},
};

#define DEFAULT_PORT 1234

/* What those options say. */
struct options {
    bool gdb;
    uint16_t port;
    const char *core_folder; /* NULL: no core */
};

static int options_read(const struct args *args, struct options *options)
{
    const char *port = args->value[GDB_PORT];
    uint64_t number = DEFAULT_PORT;
    bool is_number = port == NULL || args_number(port, UINT16_MAX, &number);

    FAIL_IF(!is_number || number == 0, EINVAL,
            "--gdb-port=%s: a number from 1 to %d expected", port, UINT16_MAX);
    *options = (struct options){args->value[GDB] != NULL, (uint16_t)number,
                                args->value[DUMPCORE]};
    return 0;
}

/* The guest cannot go on: whoever wants to look may do so. */
static int abort_show(struct machine *machine, struct gdb *gdb,
                      const struct core *core)
{
    int err = 0;

    if (core->path != NULL)
        err = core_write(core, machine, SIGABRT);
    if (err == 0 && gdb->stream.fd >= 0)
        err = gdb_stopped(gdb, GDB_SIGABRT, NULL);
    gdb_ended(gdb, GUEST_EXIT_ABORT);
    return err < 0 ? err : GUEST_EXIT_ABORT;
}

/* What made the guest leave its processor, but for a hypercall; see
 * hypervisor_run. -ERROR_GUEST_FAULT: it cannot go on. */
static int stopped(struct machine *machine, struct gdb *gdb, int why)
{
    struct debug_stop stop = {.software = true};
    guest_addr_t addr;

    if (why == -ERROR_GUEST_FAULT) {
        /* A breakpoint only if it is one of the debugger's. */
        if (!debug_breakpoint_read(machine->hypervisor, &addr))
            return why;
        if (!points_has_breakpoint(&gdb->points, addr))
            return why;
        return gdb_stopped(gdb, GDB_SIGTRAP, &stop);
    }
    if (why == HYPERVISOR_STOPPED) {
        debug_stop_read(machine->hypervisor, &stop);
        return gdb_stopped(gdb, GDB_SIGTRAP, &stop);
    }
    if (gdb_wants_stop(gdb))
        return gdb_stopped(gdb, GDB_SIGINT, NULL);
    return 0;
}

static int loop(struct machine *machine, struct gdb *gdb,
                const struct core *core)
{
    struct hypercall call;

    while (!machine->halted && !gdb->killed) {
        int err;

        points_plant(&gdb->points);
        err = hypervisor_run(machine->hypervisor, &call);
        points_lift(&gdb->points);
        if (err == HYPERVISOR_CALLED)
            err = machine_hypercall(machine, &call);
        else if (err >= 0 || err == -ERROR_GUEST_FAULT)
            err = stopped(machine, gdb, err);
        if (err == -ERROR_GUEST_FAULT) {
            tender_say(err);
            return abort_show(machine, gdb, core);
        }
        if (err < 0)
            return err;
    }
    if (gdb->killed)
        return fail(EINTR, "the debugger killed the guest");
    if (machine->status == GUEST_EXIT_ABORT)
        return abort_show(machine, gdb, core);
    gdb_ended(gdb, machine->status);
    return machine->status;
}

int tender_run(struct guest *guest)
{
    static struct machine machine;
    static struct gdb gdb = {.points.machine = &machine, .stream.fd = -1};
    struct options options = {0};
    struct core core = {0};

    TRY(options_read(&guest->args, &options));
    TRY(machine_open(&machine, guest));
    if (options.core_folder != NULL)
        TRY(core_open(&core, options.core_folder));
    if (options.gdb)
        TRY(gdb_listen(&gdb, options.port));
    TRY(machine_make(&machine));
    if (options.core_folder != NULL)
        TRY(core_try(&core));
    if (options.gdb) {
        TRY(gdb_open(&gdb));
        TRY(gdb_stopped(&gdb, GDB_SIGTRAP, NULL));
    }
    return loop(&machine, &gdb, &core);
}
