/* SPDX-License-Identifier: ISC */
/* A server of GDB's remote protocol (GDB manual, appendix E) for one guest. */
#pragma once

#include "debug.h"
#include "machine.h"
#include "packet.h"
#include "points.h"

struct gdb {
    struct points points; /* and the machine, debugger or not */
    struct packet_stream stream;
    int listener; /* from gdb_listen to gdb_open */
    uint16_t port;
    bool killed; /* the debugger wants the guest to end */
};

/* Signals, as the protocol has them (GDB, include/gdb/signals.def). */
#define GDB_SIGINT 2
#define GDB_SIGTRAP 5
#define GDB_SIGABRT 6
#define GDB_SIGSEGV 11

/* Each returns 0, or -errno with a line. The first takes 127.0.0.1:PORT, the
 * second waits there for the machine's debugger. */
int gdb_listen(struct gdb *gdb, uint16_t port);
int gdb_open(struct gdb *gdb);

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
