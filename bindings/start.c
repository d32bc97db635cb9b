/* SPDX-License-Identifier: ISC */
/*
 * Start of every program: called by the target's entry code, on the first
 * stack, when no other part of the bindings has run.
 */
#include "start.h"

#include "cmdline.h"
#include "device.h"
#include "log.h"
#include "solo5.h"
#include "ssp.h"

/* Sets the guard that its own epilogue would compare. */
__attribute__((no_stack_protector)) _Noreturn void
start(const struct boot *boot)
{
    static struct solo5_start_info info; /* the program may keep it */

    ssp_init(boot->seed);
    info.cmdline = cmdline_take_words(boot->cmdline);
    info.heap_start = boot->heap_start;
    info.heap_size = boot->heap_end - boot->heap_start;
    device_init(boot->mft);
    log_info("%s, heap %#lx to %#lx, devices %u", boot->target,
             boot->heap_start, boot->heap_end, boot->mft->entries - 1);
    solo5_exit(solo5_app_main(&info));
}
