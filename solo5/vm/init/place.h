/* SPDX-License-Identifier: ISC */
/*
 * What jobs find around them: a root with /dev, and the channel. One for a
 * virtual machine, one for a part of a running system.
 */
#ifndef PLACE_H
#define PLACE_H

/* Where the folder of the running job is mounted. */
#define PLACE_JOB "/job"

/*
 * First process of a virtual machine: mounts what there is, loads the kernel
 * modules that the initramfs lists, and opens the channel on the virtio port.
 * Returns 0, or -1 after a line on standard error.
 */
int place_in_machine(void);

/*
 * First process of new mount and PID namespaces of a running system: goes to
 * an empty root in memory and leaves everything else behind. Returns 0, or -1
 * after a line on standard error.
 */
int place_on_host(void);

/* Writes all disks and powers the machine off. */
_Noreturn void place_power_off(void);

#endif
