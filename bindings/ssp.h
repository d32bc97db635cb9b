/* SPDX-License-Identifier: ISC */
/* The stack protector, which every object of a program is compiled for. */
#ifndef SSP_H
#define SSP_H

#include <stdint.h>

/*
 * Chooses this run's guard; the caller must not return, nor its callers: they
 * were entered with the guard before. seed: bytes that nobody can predict, as
 * far as the target has any.
 */
void ssp_init(const uint64_t seed[2]);

#endif
