/* SPDX-License-Identifier: ISC */
/* Nanoseconds from a counter of any frequency. */
#ifndef TICKS_H
#define TICKS_H

#include <stdint.h>

/* ns = ticks * mult >> shift; the product has 128 bits, so it cannot wrap. */
struct ticks {
    uint64_t mult;
    unsigned shift;
};

/* Chooses both for a counter of FREQUENCY Hz, at least 1. */
struct ticks ticks_of(uint64_t frequency);

/* Exact to a nanosecond over the whole range of the counter. */
uint64_t ticks_to_ns(const struct ticks *ticks, uint64_t count);

#endif
