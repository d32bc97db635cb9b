/* SPDX-License-Identifier: ISC */
/*
 * solo5-hvt-debug: runs a unikernel as solo5-hvt does, for a debugger, and
 * writes a core when it aborts. It has privileges no longer, either, but no
 * filter: what it does for a debugger would not get through one.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core.h"
#include "gdb.h"
#include "hvt_abi.h"
#include "hypercall.h"
#include "machine.h"
#include "solo5.h"

#define DEFAULT_PORT 1234

static struct {
    bool gdb;
    bool has_port;
    uint16_t port;
    const char *core_folder; /* NULL: no core */
} options = {.port = DEFAULT_PORT};

static int option_read(const char *word, struct error *error)
{
    static const char port[] = "--gdb-port=", core[] = "--dumpcore=";
    struct stat status;
    uint64_t value;

    if (strcmp(word, "--gdb") == 0) {
        options.gdb = true;
        return 1;
    }
    if (strncmp(word, port, sizeof port - 1) == 0) {
        if (options.has_port)
            return error_set(error, EINVAL, "--gdb-port: given twice");
        if (!args_number(word + sizeof port - 1, UINT16_MAX, &value) ||
            value == 0)
            return error_set(error, EINVAL,
                             "%s: a number from 1 to %d expected", word,
                             UINT16_MAX);
        options.has_port = true;
        options.port = (uint16_t)value;
        return 1;
    }
    if (strncmp(word, core, sizeof core - 1) == 0) {
        const char *folder = word + sizeof core - 1;

        if (options.core_folder != NULL)
            return error_set(error, EINVAL, "--dumpcore: given twice");
        if (stat(folder, &status) < 0 || !S_ISDIR(status.st_mode))
            return error_set(error, ENOTDIR,
                             "%s: no such folder; make it first", word);
        options.core_folder = folder;
        return 1;
    }
    return 0;
}

const struct target tender_target = {
    MACHINE_TARGET,
    .program = "solo5-hvt-debug",
    .more_help =
        "  --gdb                           wait for a debugger, on loopback\n"
        "  --gdb-port=N                    on this port (1234)\n"
        "  --dumpcore=DIR                  write a core there when the guest\n"
        "                                  aborts\n",
    .more_option = option_read,
};

/* The guest cannot go on: whoever wants to look may do so. */
static int abort_show(struct machine *machine, struct gdb *gdb,
                      struct error *error)
{
    int err = 0;

    if (options.core_folder != NULL)
        err = core_write(machine, options.core_folder, SIGABRT, error);
    if (err == 0 && gdb->stream.fd >= 0)
        err = gdb_stopped(gdb, GDB_SIGABRT, NULL, error);
    gdb_ended(gdb, SOLO5_EXIT_ABORT);
    return err < 0 ? err : SOLO5_EXIT_ABORT;
}

/* What made the guest leave its processor, but for a hypercall. -EFAULT: it
 * cannot go on. */
static int stopped(struct machine *machine, struct gdb *gdb, int why,
                   struct error *error)
{
    struct debug_stop stop = {.software = true};
    uint64_t addr;

    if (why == -EFAULT) {
        if (!debug_breakpoint_read(machine->hypervisor, &addr) ||
            !points_has_breakpoint(&gdb->points, addr))
            return why;
        error->text[0] = '\0';
        return gdb_stopped(gdb, GDB_SIGTRAP, &stop, error);
    }
    if (why == HYPERVISOR_STOPPED) {
        debug_stop_read(machine->hypervisor, &stop);
        return gdb_stopped(gdb, GDB_SIGTRAP, &stop, error);
    }
    if (gdb_wants_stop(gdb))
        return gdb_stopped(gdb, GDB_SIGINT, NULL, error);
    return 0;
}

static int loop(struct machine *machine, struct gdb *gdb, struct error *error)
{
    struct hypercall call;

    while (!machine->halted && !gdb->killed) {
        int err = hypervisor_run(machine->hypervisor, &call, error);

        if (err == HYPERVISOR_STOPPED || err == -EINTR || err == -EFAULT)
            err = stopped(machine, gdb, err, error);
        else if (err == 0)
            err = hypercall_do(machine, &call, error);
        if (err == -EFAULT) {
            fprintf(stderr, "%s: %s\n", tender_target.program, error->text);
            error->text[0] = '\0';
            return abort_show(machine, gdb, error);
        }
        if (err < 0)
            return err;
    }
    if (gdb->killed)
        return error_set(error, EINTR, "the debugger killed the guest");
    if (machine->status == SOLO5_EXIT_ABORT)
        return abort_show(machine, gdb, error);
    gdb_ended(gdb, machine->status);
    return machine->status;
}

int tender_run(struct guest *guest, struct error *error)
{
    static struct machine machine;
    static struct gdb gdb = {.stream.fd = -1};
    int err = machine_make(&machine, guest, error);

    if (err == 0)
        err = host_privileges_drop(error);
    if (err == 0 && options.gdb) {
        err = gdb_open(&gdb, &machine, options.port, error);
        if (err == 0)
            err = gdb_stopped(&gdb, GDB_SIGTRAP, NULL, error);
    }
    return err < 0 ? err : loop(&machine, &gdb, error);
}
