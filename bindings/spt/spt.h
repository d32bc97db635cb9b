/* SPDX-License-Identifier: ISC */
/* What the files of the spt target know of each other. */
#ifndef SPT_H
#define SPT_H

#include "mft_abi.h"
#include "spt_abi.h"

/* Called once, by the entry code; see spt_abi.h. */
_Noreturn void spt_start(const struct spt_boot_info *info);

/* Makes the clocks use the vDSO's clock_gettime() at that address; 0: none. */
void clock_init(uint64_t vdso_clock_gettime);

/* Both descriptors stay the tender's, and so does mft. */
void yield_init(int epollfd, int timerfd, const struct mft *mft);

/* Aborts if the device, of which epoll reports these events, is gone. */
void net_check(const struct mft_entry *device, uint32_t events);

#endif
