/* SPDX-License-Identifier: ISC */
/*
 * What the surface guest looks at and touches on aarch64. Registers: Arm ARM,
 * D19; firmware calls: Arm DEN 0022 (PSCI), 0028 (SMCCC), 0057 (stolen time),
 * 0098 (random numbers), kernel Documentation/virt/kvm/arm/.
 */
#ifndef SURFACE_ARCH_H
#define SURFACE_ARCH_H

#include <stddef.h>
#include <stdint.h>

#define READ(name)                                         \
    ({                                                     \
        uint64_t value_;                                   \
        __asm__ volatile("mrs %0, " #name : "=r"(value_)); \
        value_;                                            \
    })
#define FIELD(value, low) ((value) >> (low) & 0xf)

/* What needs a set-up, or only an operating system needs. */
static inline const char *surface_features(void)
{
    const uint64_t main = READ(id_aa64pfr0_el1), more = READ(id_aa64pfr1_el1);

    if (FIELD(main, 32))
        return "SVE";
    if (FIELD(main, 40))
        return "MPAM";
    if (FIELD(main, 44))
        return "AMU";
    if (FIELD(more, 8))
        return "MTE";
    if (FIELD(more, 24))
        return "SME";
    return NULL;
}

/* What is used by registers that are traps. */
static inline const char *surface_registers(void)
{
    const uint64_t debug = READ(id_aa64dfr0_el1);

    if (FIELD(debug, 8) != 0 && FIELD(debug, 8) != 0xf)
        return "counters";
    if (FIELD(debug, 32))
        return "SPE";
    if (FIELD(debug, 40) || FIELD(debug, 44))
        return "a trace";
    return NULL;
}

static inline const char *surface_topology(void)
{
    return READ(mpidr_el1) == 1u << 31 ? NULL : "number of the processor";
}

/* What guests in the field use. */
static inline const char *surface_kept(void)
{
    if (READ(cntfrq_el0) == 0 || READ(cntvct_el0) == 0)
        return "the counter is missing";
    return FIELD(READ(id_aa64pfr0_el1), 16) == 0xf ? "no floating point" : NULL;
}

static inline uint64_t firmware_call(uint64_t number, uint64_t arg)
{
    register uint64_t x0 __asm__("x0") = number;
    register uint64_t x1 __asm__("x1") = arg;
    register uint64_t x2 __asm__("x2") = 0;
    register uint64_t x3 __asm__("x3") = 0;

    __asm__ volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
                       "x11", "x12", "x13", "x14", "x15", "x16", "x17");
    return x0;
}

#define NOT_SUPPORTED UINT64_MAX

/* All services but those of the architecture and of power: whole numbers, and
 * those of 32 and 64 bits. */
static inline const char *surface_calls(void)
{
    static const struct {
        const char *name;
        uint64_t number;
    } calls[] = {
        {"random numbers: version", 0x84000050},
        {"random numbers: features", 0x84000051},
        {"random numbers: name", 0x84000052},
        {"random numbers", 0x84000053},
        {"random numbers", 0xc4000053},
        {"stolen time: features", 0xc5000020},
        {"stolen time", 0xc5000021},
        {"KVM: name", 0x8600ff01},
        {"KVM: features", 0x86000000},
        {"KVM: the host's time", 0x86000001},
        {"KVM: memory", 0xc6000002},
        {"KVM: memory", 0xc6000003},
        {"an application's", 0xb0000000},
        {"nobody's", 0x0},
        {"nobody's", 0xffffffff},
    };

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (firmware_call(calls[i].number, 64) != NOT_SUPPORTED)
            return calls[i].name;
    return NULL;
}

/* Touches what is not there. */

static inline bool surface_register(void)
{
    (void)READ(pmcr_el0);
    return false;
}

static inline bool surface_counter(void)
{
    (void)READ(pmccntr_el0);
    return false;
}

/* Firmware's other door, to ask which random numbers it has. */
static inline bool surface_other_call(void)
{
    register uint64_t x0 __asm__("x0") = 0x84000050;

    __asm__ volatile("smc #0" : "+r"(x0) : : "memory", "x1", "x2", "x3");
    return x0 == NOT_SUPPORTED;
}

/* ICC_PMR_EL1. Kernel 6.1 shows an interrupt controller that is not there, as
 * far as registers of the processor go; 6.12 does not. */
static inline bool surface_priority(void)
{
    const bool shown = FIELD(READ(id_aa64pfr0_el1), 24) != 0;

    __asm__ volatile("msr s3_0_c4_c6_0, xzr");
    if (shown)
        TRAP();
    return false;
}

/* By its physical address, which is all that there is with the MMU off. */
static inline bool surface_tables(void)
{
    const uint64_t control = READ(sctlr_el1);

    __asm__ volatile("msr sctlr_el1, %0; isb; ldr x10, [%1]; str x10, [%1];"
                     "msr sctlr_el1, %2; isb"
                     :
                     : "r"(control & ~UINT64_C(1)), "r"(READ(ttbr0_el1)),
                       "r"(control)
                     : "memory", "x10");
    return false;
}

/* There are no interrupts. */
static inline bool surface_wait(void)
{
    __asm__ volatile("1: wfi; b 1b");
    return false;
}

/* Who asks firmware for an end, and is refused, waits for one. */
static inline bool firmware_stop(uint64_t number)
{
    firmware_call(number, 0);
    return surface_wait();
}

/* CPU_OFF of PSCI 0.1, as KVM numbers it. */
static inline bool surface_stop(void)
{
    return firmware_stop(0x95c1ba5f);
}

/* SYSTEM_OFF. */
static inline bool surface_off(void)
{
    return firmware_stop(0x84000008);
}

/* CPU_SUSPEND. */
static inline bool surface_suspend(void)
{
    return firmware_stop(0xc4000001);
}

#endif
