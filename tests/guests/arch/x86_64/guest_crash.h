/* SPDX-License-Identifier: ISC */
/*
 * How a guest of x86_64 that has been taken over can leave its processor, other
 * than by a hypercall; by name, as in tests/guests/crash/cases.toml.
 */
#ifndef GUEST_CRASH_H
#define GUEST_CRASH_H

#include "guest.h"
#include "guest_arch.h"

/* The port of a hypercall that takes a struct. */
#define CRASH_PORT ((uint16_t)(HVT_HYPERCALL_PIO_BASE + HVT_HYPERCALL_PUTS))

/*
 * An address where no memory is, and tables of our own that map it: the first
 * and the fourth GiB, in pages of 2 MiB, with all rights (AMD APM 2, 5.3).
 */
static inline uint8_t *crash_nowhere(void)
{
    static _Alignas(4096) uint64_t root[512], top[512], pages[2][512];
    const uint64_t table = 0x03, page = 0x83; /* present, to be written */

    root[0] = (uintptr_t)top | table;
    top[0] = (uintptr_t)pages[0] | table;
    top[3] = (uintptr_t)pages[1] | table;
    for (uint64_t i = 0; i < 512; i++) {
        pages[0][i] = i << 21 | page;
        pages[1][i] = (3ull << 30 | i << 21) | page;
    }
    __asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
    return (uint8_t *)(3ul << 30);
}

/* An exception, with the table of its handlers at ADDR. */
static inline void crash_handler_at(const void *addr)
{
    const struct {
        uint16_t limit;
        const void *base;
    } __attribute__((packed)) table = {0xfff, addr};

    __asm__ volatile("lidt %0; ud2" : : "m"(table));
}

/* Two hypercalls by one instruction. */
static inline void crash_not(void)
{
    static const struct hvt_hc_puts puts[] = {{(uintptr_t)"one\n", 4},
                                              {(uintptr_t)"two\n", 4}};
    const uint32_t words[] = {(uint32_t)(uintptr_t)&puts[0],
                              (uint32_t)(uintptr_t)&puts[1]};
    const uint32_t *from = words;
    uint64_t count = 2;

    __asm__ volatile("rep outsl"
                     : "+S"(from), "+c"(count)
                     : "d"(CRASH_PORT)
                     : "memory");
}

/* Returns, if it can, whether there is such a way. */
static inline bool crash(const char *way)
{
    static uint32_t words[2];
    uint32_t *to = words;
    uint64_t count = 2;

    if (text_equal(way, "narrow"))
        __asm__ volatile("outb %b0, %1" : : "a"(0), "d"(CRASH_PORT));
    else if (text_equal(way, "half"))
        __asm__ volatile("outw %w0, %1" : : "a"(0), "d"(CRASH_PORT));
    else if (text_equal(way, "wide"))
        __asm__ volatile("rep outsw"
                         : "+S"(to), "+c"(count)
                         : "d"(CRASH_PORT)
                         : "memory");
    else if (text_equal(way, "load"))
        __asm__ volatile("inl %1, %0" : "=a"(words[0]) : "d"(CRASH_PORT));
    else if (text_equal(way, "loads"))
        __asm__ volatile("rep insl"
                         : "+D"(to), "+c"(count)
                         : "d"(CRASH_PORT)
                         : "memory");
    else if (text_equal(way, "beside"))
        __asm__ volatile("outl %0, %1" : : "a"(0), "d"((uint16_t)0x600));
    else if (text_equal(way, "read"))
        __asm__ volatile("movq (%1), %0" : "=r"(count) : "r"(crash_nowhere()));
    else if (text_equal(way, "write"))
        __asm__ volatile("movl $0, (%0)" : : "r"(crash_nowhere()));
    else if (text_equal(way, "vector"))
        __asm__ volatile("movups %%xmm0, (%0)" : : "r"(crash_nowhere()));
    else if (text_equal(way, "atomic"))
        __asm__ volatile("lock xaddl %0, (%1)"
                         : "+r"(words[0])
                         : "r"(crash_nowhere()));
    else if (text_equal(way, "obscure"))
        __asm__ volatile("fsave (%0)" : : "r"(crash_nowhere()));
    else if (text_equal(way, "run"))
        __asm__ volatile("jmp *%0" : : "r"(crash_nowhere()));
    else if (text_equal(way, "own-1"))
        crash_handler_at(crash_nowhere());
    else if (text_equal(way, "stack"))
        __asm__ volatile("mov %0, %%rsp; push $0"
                         :
                         : "r"(crash_nowhere() + 64));
    else if (text_equal(way, "zeroes"))
        __asm__ volatile("rep stosq"
                         : "+c"(count)
                         : "D"(crash_nowhere()), "a"(0)
                         : "memory");
    else if (text_equal(way, "own-2"))
        crash_handler_at(NULL);
    else if (text_equal(way, "own-3"))
        __asm__ volatile("hlt");
    else if (text_equal(way, "own-4"))
        __asm__ volatile("mov %0, %%cr8; mov %1, %%cr8" : : "r"(8ul), "r"(0ul));
    else
        return false;
    return true;
}

#endif
