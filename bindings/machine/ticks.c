/* SPDX-License-Identifier: ISC */
/* Contract: ticks.h. */
#include "ticks.h"

#define NS_PER_S 1000000000u

/* Divides 10^9 by the frequency, bit by bit: a 128-bit division would need a
 * function that not every linker of unikernels brings along. */
struct ticks ticks_of(uint64_t frequency)
{
    uint64_t quotient = NS_PER_S / frequency, rest = NS_PER_S % frequency;
    struct ticks ticks = {quotient, 0};

    while (ticks.mult >> 62 == 0 && ticks.shift < 127) {
        uint64_t twice = rest << 1;
        /* What is shifted out counts, too. */
        int over = rest >> 63 != 0 || twice >= frequency;

        rest = over ? twice - frequency : twice;
        ticks.mult = ticks.mult << 1 | (uint64_t)over;
        ticks.shift++;
    }
    return ticks;
}

uint64_t ticks_to_ns(const struct ticks *ticks, uint64_t count)
{
    unsigned __int128 product = (unsigned __int128)count * ticks->mult;

    return (uint64_t)(product >> ticks->shift);
}
