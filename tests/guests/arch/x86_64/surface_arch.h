/* SPDX-License-Identifier: ISC */
/*
 * What the surface guest looks at and touches on x86_64. Features: AMD APM 3,
 * appendix E; Intel SDM 2A, CPUID. KVM's calls: kernel
 * Documentation/virt/kvm/x86/hypercalls.rst.
 */
#ifndef SURFACE_ARCH_H
#define SURFACE_ARCH_H

#include <stddef.h>
#include <stdint.h>

enum {
    EAX,
    EBX,
    ECX,
    EDX
};

static inline void cpuid(uint32_t leaf, uint32_t index, uint32_t out[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(out[EAX]), "=b"(out[EBX]), "=c"(out[ECX]),
                       "=d"(out[EDX])
                     : "a"(leaf), "c"(index));
}

static inline uint32_t cpuid_of(uint32_t leaf, uint32_t index, int word)
{
    uint32_t out[4], last[4];

    cpuid(leaf & 0xffff0000, 0, last);
    if (leaf > last[EAX])
        return 0;
    cpuid(leaf, index, out);
    return out[word];
}

struct hidden {
    const char *name;
    uint32_t leaf, index;
    int word;
    uint32_t bits;
};

#define ALL 0xffffffffu
#define B(n) (1u << (n))

/* What only an operating system needs, and KVM's own interface. */
static const struct hidden features[] = {
    {"VMX, SMX", 1, 0, ECX, B(5) | B(6)},
    {"MONITOR", 1, 0, ECX, B(3)},
    {"MONITOR", 5, 0, EAX, ALL},
    {"WAITPKG", 7, 0, ECX, B(5)},
    {"MONITORX", 0x80000001, 0, ECX, B(29)},
    {"APIC", 1, 0, EDX, B(9)},
    {"x2APIC, TSC deadline", 1, 0, ECX, B(21) | B(24)},
    {"extended APIC", 0x80000001, 0, ECX, B(3)},
    {"interrupt priority by CR0", 0x80000001, 0, ECX, B(4)},
    {"SGX", 7, 0, EBX, B(2)},
    {"SGX", 0x12, 0, EAX, ALL},
    {"SVM, SKINIT", 0x80000001, 0, ECX, B(2) | B(12)},
    {"SVM", 0x8000000a, 0, EDX, ALL},
    {"encrypted memory", 0x8000001f, 0, EAX, ALL},
    {"TME, key locker", 7, 0, ECX, B(13) | B(23)},
    {"KVM", 0x40000000, 0, EAX, ALL},
    {"KVM", 0x40000000, 0, EBX, ALL},
    {"KVM", 0x40000001, 0, EAX, ALL},
};

/* What is used by registers that are traps. */
static const struct hidden registers[] = {
    {"debug store", 1, 0, EDX, B(21)},
    {"debug store, SDBG, PDCM", 1, 0, ECX, B(2) | B(4) | B(11) | B(15)},
    {"speeds and heat", 1, 0, ECX, B(7) | B(8) | B(10) | B(14)},
    {"speeds and heat", 1, 0, EDX, B(22) | B(29) | B(31)},
    {"speeds and heat", 6, 0, EAX, ALL},
    {"APERF, MPERF", 6, 0, ECX, ALL},
    {"machine check", 1, 0, EDX, B(7) | B(14)},
    {"SYSENTER", 1, 0, EDX, B(11)},
    {"MTRR, PAT", 1, 0, EDX, B(12) | B(16)},
    {"TSC_ADJUST", 7, 0, EBX, B(1)},
    {"TSX", 7, 0, EBX, B(4) | B(11)},
    {"resource control", 7, 0, EBX, B(12) | B(15)},
    {"processor trace", 7, 0, EBX, B(25)},
    {"shadow stacks", 7, 0, ECX, B(7)},
    {"bus locks, ENQCMD, PKS", 7, 0, ECX, B(24) | B(29) | B(31)},
    {"UINTR, PCONFIG, LBR, IBT", 7, 0, EDX, B(5) | B(18) | B(19) | B(20)},
    {"SPEC_CTRL, PRED_CMD, FLUSH_CMD", 7, 0, EDX, B(26) | B(27) | B(28)},
    {"ARCH_CAPABILITIES, CORE_CAPABILITIES", 7, 0, EDX, B(29) | B(30)},
    {"SSBD", 7, 0, EDX, B(31)},
    {"SPEC_CTRL", 7, 2, EDX, ALL},
    {"counters", 0xa, 0, EAX, ALL},
    {"XSAVES", 0xd, 1, EAX, B(3)},
    {"XSS", 0xd, 1, ECX, ALL},
    {"OSVW, IBS, LWP", 0x80000001, 0, ECX, B(9) | B(10) | B(15)},
    {"counters", 0x80000001, 0, ECX, B(23) | B(24) | B(27) | B(28)},
    {"breakpoint extension", 0x80000001, 0, ECX, B(26)},
    {"machine check", 0x80000001, 0, EDX, B(7) | B(14)},
    {"SYSCALL", 0x80000001, 0, EDX, B(11)},
    {"MTRR, PAT", 0x80000001, 0, EDX, B(12) | B(16)},
    {"power", 0x80000007, 0, EDX, ~B(8)},
    {"IBPB, SPEC_CTRL", 0x80000008, 0, EBX, 0xfff0f000},
    {"RDPRU", 0x80000008, 0, EDX, ALL},
    {"counters", 0x80000022, 0, EAX, ALL},
};

/* What tells of the processors of the host. */
static const struct hidden topology[] = {
    {"number of the processor", 1, 0, EBX, 0xffff0000},
    {"threads", 1, 0, EDX, B(28)},
    {"caches", 2, 0, EAX, ALL},
    {"caches", 4, 0, EAX, ALL},
    {"caches", 4, 3, EAX, ALL},
    {"number of the processor", 0xb, 0, EDX, ALL},
    {"threads", 0xb, 0, EBX, ALL},
    {"number of the processor", 0x1f, 0, EDX, ALL},
    {"threads", 0x80000001, 0, ECX, B(1) | B(22)},
    {"processors", 0x80000008, 0, ECX, ALL},
    {"caches", 0x80000005, 0, ECX, ALL},
    {"caches", 0x80000006, 0, ECX, ALL},
    {"caches", 0x8000001d, 0, EAX, ALL},
    {"number of the processor", 0x8000001e, 0, EAX, ALL},
    {"number of the node", 0x8000001e, 0, ECX, ALL},
};

static inline const char *shown_of(const struct hidden *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cpuid_of(list[i].leaf, list[i].index, list[i].word) & list[i].bits)
            return list[i].name;
    return NULL;
}

#define SHOWN_OF(list) shown_of(list, sizeof(list) / sizeof *(list))

static inline const char *surface_features(void)
{
    return SHOWN_OF(features);
}

static inline const char *surface_registers(void)
{
    return SHOWN_OF(registers);
}

static inline const char *surface_topology(void)
{
    return SHOWN_OF(topology);
}

/* What guests in the field use. */
static inline const char *surface_kept(void)
{
    uint64_t value;
    uint8_t done = 0;

    if (~cpuid_of(1, 0, ECX) & (B(1) | B(9) | B(25) | B(30)))
        return "PCLMULQDQ, SSSE3, AES or RDRAND is missing";
    if (~cpuid_of(1, 0, EDX) & B(4))
        return "RDTSC is missing";
    __asm__ volatile("pxor %%xmm0, %%xmm0; aesenc %%xmm0, %%xmm0;"
                     "pclmulqdq $0, %%xmm0, %%xmm0; pshufb %%xmm0, %%xmm0"
                     :
                     :
                     : "xmm0");
    __asm__ volatile("1: rdrand %0; jnc 1b" : "=r"(value));
    /* Not every processor has it. */
    if (!(cpuid_of(7, 0, EBX) & B(18)))
        return NULL;
    for (int i = 0; i < 1000 && !done; i++)
        __asm__ volatile("rdseed %0; setc %1" : "=r"(value), "=r"(done));
    return done ? NULL : "RDSEED never answers";
}

#define KVM_ENOSYS 1000
#define KVM_LAST 32
/* Polls for interrupts, of which there are none. */
#define KVM_HC_VAPIC_POLL_IRQ 1
/* Tells the time of day, which a guest may know, where KVM itself knows it. */
#define KVM_HC_CLOCK_PAIRING 9

/* Each vendor has its own instruction. */
static inline uint64_t kvm_call(uint64_t number)
{
    static uint64_t room[8];
    uint32_t vendor[4];

    cpuid(0, 0, vendor);
    if (vendor[EBX] == 0x756e6547) /* "Genu" */
        __asm__ volatile("vmcall"
                         : "+a"(number)
                         : "b"(room), "c"(0), "d"(0), "S"(0)
                         : "memory");
    else
        __asm__ volatile("vmmcall"
                         : "+a"(number)
                         : "b"(room), "c"(0), "d"(0), "S"(0)
                         : "memory");
    return number;
}

static inline const char *surface_calls(void)
{
    for (uint64_t number = 0; number < KVM_LAST; number++) {
        if (number == KVM_HC_VAPIC_POLL_IRQ || number == KVM_HC_CLOCK_PAIRING)
            continue;
        if (kvm_call(number) != -(uint64_t)KVM_ENOSYS)
            return "KVM answers a call";
    }
    return NULL;
}

/* Touches what is not there. */

/* IA32_APIC_BASE, which is no business of a guest. */
static inline bool surface_register(void)
{
    __asm__ volatile("rdmsr" : : "c"(0x1b) : "eax", "edx");
    return false;
}

/* A kernel of AMD's without counters of its own has some that stand still. */
static inline bool surface_counter(void)
{
    uint32_t low, high;

    __asm__ volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(0));
    if (low == 0 && high == 0)
        TRAP();
    return false;
}

/* The other vendor's instruction, which KVM would replace in our text. */
static inline bool surface_other_call(void)
{
    uint32_t vendor[4];

    cpuid(0, 0, vendor);
    if (vendor[EBX] == 0x756e6547)
        __asm__ volatile("vmmcall" : : "a"(0) : "memory");
    else
        __asm__ volatile("vmcall" : : "a"(0) : "memory");
    return false;
}

static inline bool surface_priority(void)
{
    __asm__ volatile("mov %0, %%cr8; mov %1, %%cr8"
                     :
                     : "r"((uint64_t)15), "r"((uint64_t)0));
    return false;
}

/* They are in no address of the guest's. */
static inline bool surface_tables(void)
{
    uint64_t *root;

    __asm__ volatile("mov %%cr3, %0" : "=r"(root));
    *(volatile uint64_t *)root = *root;
    return false;
}

static inline bool surface_stop(void)
{
    __asm__ volatile("cli; hlt");
    return false;
}

static inline bool surface_wait(void)
{
    __asm__ volatile("sti; hlt");
    return false;
}

/* There is no other way to wait. */
static inline bool surface_suspend(void)
{
    return surface_wait();
}

/* A trap without a handler, as systems without firmware turn a machine off. */
static inline bool surface_off(void)
{
    HVT_UNHANDLED_TRAP();
    return false;
}

#endif
