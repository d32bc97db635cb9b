/* SPDX-License-Identifier: ISC */
/* A server of GDB's remote protocol (GDB manual, appendix E) for one guest. */
#pragma once

#include "debug.h"
#include "machine.h"
#include "packet.h"
#include "points.h"

struct gdb {
    struct points points; /* and the machine */
    struct packet_stream stream;
    bool killed; /* the debugger wants the guest to end */
};

/* Signals, as the protocol has them (GDB, include/gdb/signals.def). */
#define GDB_SIGINT 2
#define GDB_SIGTRAP 5
#define GDB_SIGABRT 6
#define GDB_SIGSEGV 11

/*
 * Waits on 127.0.0.1:PORT for a debugger. Returns 0 with it connected, or
 * -errno with a line.
 */
int gdb_open(struct gdb *gdb, struct machine *machine, uint16_t port);

/*
 * The guest stands still because of SIGNAL, or of STOP, if that is not NULL.
 * Serves the debugger until the guest may go on; see gdb.killed. A debugger
 * that goes away lets it go on without. Returns 0, or -errno with a line.
 */
int gdb_stopped(struct gdb *gdb, int signal, const struct debug_stop *stop);

/* A signal came while the guest ran. Returns whether the debugger wants it to
 * stand still. */
bool gdb_wants_stop(struct gdb *gdb);

/* Tells the debugger that the guest has ended, and lets it go. */
void gdb_ended(struct gdb *gdb, int status);
