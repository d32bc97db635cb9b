/* SPDX-License-Identifier: ISC */
/*
 * What a guest of x86_64 may have of its processor and of KVM. Contract:
 * hvt/kvm/kvm.h. CPUID and MSRs: AMD APM 3, appendix E, and Intel SDM 2A,
 * CPUID, and 4; extensions: kernel Documentation/virt/kvm/api.rst.
 */
#include "kvm/kvm.h"

/*
 * Model-specific registers that a guest may use; of others, each access is a
 * trap. Kernels before 5.10 cannot do that. KVM reads bitmaps as whole words
 * of 64 bits.
 */
static int msrs_limit(const struct hypervisor *kvm)
{
    static uint8_t all[sizeof(uint64_t)] = {0xff};
    const uint32_t read = KVM_MSR_FILTER_READ, write = KVM_MSR_FILTER_WRITE;
    const struct kvm_msr_filter filter = {
        .flags = KVM_MSR_FILTER_DEFAULT_DENY,
        .ranges = {{read, 1, 0x10, all},               /* TSC */
                   {read | write, 3, 0xc0000100, all}, /* FS, GS, kernel GS */
                   {read | write, 1, 0xc0000103, all}, /* TSC_AUX */
                   {read, 1, 0xc0000080, all}},        /* EFER */
    };
    int has = kvm_has(kvm, KVM_CAP_X86_MSR_FILTER);

    if (has <= 0)
        return has;
    return kvm_request(kvm->vm_fd, KVM_X86_SET_MSR_FILTER, &filter,
                       "filter of MSRs");
}

/*
 * What CPUID shows. What is not listed here, a guest does not see, features of
 * later processors included: many are used by MSRs, which are traps, and others
 * tell of the host: of its other processors, of that one which we happened to
 * run on, as the sizes of its caches do. So a feature is listed if all that it
 * takes is instructions, control registers, or the MSRs above.
 */
#define ALL 0xffffffffu
#define B(n) (1u << (n))
#define TO(first, last) (ALL >> (31 - (last)) & ALL << (first))

/* Leaf 1, edx, and what AMD repeats of it: without MCE, APIC, SYSENTER, MTRR,
 * MCA, PAT. */
#define BASE (TO(0, 6) | B(8) | B(13) | B(15) | B(17) | TO(23, 24))

static const struct shown {
    uint32_t first, last; /* leaves */
    uint32_t first_index, last_index;
    uint32_t eax, ebx, ecx, edx;
} shown[] = {
    {0, 0, 0, 0, ALL, ALL, ALL, ALL}, /* highest leaf, vendor */
    /* Family and model; size of a cache line. ecx: SSE3, PCLMULQDQ, SSSE3, FMA,
     * CMPXCHG16B, PCID, SSE4, MOVBE, POPCNT, AES, XSAVE, AVX, F16C, RDRAND, and
     * that this is a virtual machine. edx, besides: CLFLUSH, SSE, SSE2, SS. */
    {1, 1, 0, 0, ALL, TO(8, 15),
     TO(0, 1) | B(9) | TO(12, 13) | B(17) | TO(19, 20) | TO(22, 23) |
         TO(25, 31),
     BASE | B(19) | TO(25, 27)},
    /* ebx: FSGSBASE, BMI, AVX2, SMEP, ERMS, INVPCID, x87's ways, AVX-512,
     * RDSEED, ADX, SMAP, CLFLUSHOPT, CLWB, SHA. ecx: AVX-512, UMIP, PKU, GFNI,
     * VAES, VPCLMULQDQ, LA57, RDPID, CLDEMOTE, MOVDIRI. edx: AVX-512, FSRM,
     * VERW, SERIALIZE. */
    {7, 7, 0, 0, ALL,
     B(0) | B(3) | TO(5, 10) | B(13) | TO(16, 21) | TO(23, 24) | TO(26, 31),
     TO(0, 4) | B(6) | TO(8, 12) | B(14) | B(16) | B(22) | B(25) | TO(27, 28),
     TO(2, 4) | B(8) | B(10) | B(14) | B(23)},
    /* SHA512, SM3, SM4, AVX-VNNI, BF16, fast REP, AVX-IFMA; AVX-VNNI-INT. */
    {7, 7, 1, 1, TO(0, 2) | TO(4, 5) | TO(10, 12) | B(23), 0, 0,
     TO(4, 5) | B(10)},
    /* XSAVE's states: x87, SSE, AVX, AVX-512, PKRU; its variants, not XSAVES;
     * where in memory each of AVX to PKRU is. */
    {0xd, 0xd, 0, 0, TO(0, 2) | TO(5, 7) | B(9), ALL, ALL, 0},
    {0xd, 0xd, 1, 1, TO(0, 2), ALL, 0, 0},
    {0xd, 0xd, 2, 9, ALL, ALL, ALL, ALL},
    {0x40000000, 0x40000000, 0, 0, 0, 0, 0, 0}, /* not who the hypervisor is */
    {0x80000000, 0x80000000, 0, 0, ALL, ALL, ALL, ALL}, /* highest leaf */
    /* ecx: LAHF, LZCNT, SSE4A, misaligned SSE, PREFETCH, XOP, FMA4, TBM. edx:
     * NX, MMX, FXSAVE, pages of 1 GiB, RDTSCP, 64 bits, 3DNow; not SYSCALL. */
    {0x80000001, 0x80000001, 0, 0, ALL, 0,
     B(0) | TO(5, 8) | B(11) | B(16) | B(21),
     BASE | B(20) | B(22) | TO(25, 27) | TO(29, 31)},
    {0x80000002, 0x80000004, 0, 0, ALL, ALL, ALL, ALL}, /* name */
    {0x80000007, 0x80000007, 0, 0, 0, 0, 0, B(8)}, /* a counter of one pace */
    /* Bits of addresses; CLZERO, x87's error pointers, WBNOINVD. */
    {0x80000008, 0x80000008, 0, 0, ALL, B(0) | B(2) | B(9), 0, 0},
};

/* Limits ENTRY to what is shown. Returns false: nothing of it is. */
static bool entry_limit(struct kvm_cpuid_entry2 *entry)
{
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const struct shown *row = &shown[i];

        if (entry->function < row->first || entry->function > row->last ||
            entry->index < row->first_index || entry->index > row->last_index)
            continue;
        entry->eax &= row->eax;
        entry->ebx &= row->ebx;
        entry->ecx &= row->ecx;
        entry->edx &= row->edx;
        return true;
    }
    return false;
}

#define CPUID_MAX 256

static int cpuid_limit(const struct hypervisor *kvm)
{
    static union {
        struct kvm_cpuid2 all;
        uint8_t room[sizeof(struct kvm_cpuid2) +
                     CPUID_MAX * sizeof(struct kvm_cpuid_entry2)];
    } cpuid;
    struct kvm_cpuid_entry2 *entries = cpuid.all.entries;
    uint32_t kept = 0;

    cpuid.all.nent = CPUID_MAX;
    TRY(kvm_request(kvm->system_fd, KVM_GET_SUPPORTED_CPUID, &cpuid,
                    "processor's features"));
    for (uint32_t i = 0; i < cpuid.all.nent; i++) {
        entries[kept] = entries[i];
        if (entry_limit(&entries[kept]))
            kept++;
    }
    cpuid.all.nent = kept;
    return kvm_request(kvm->cpu_fd, KVM_SET_CPUID2, &cpuid,
                       "processor's features");
}

int kvm_limited_cpu(struct hypervisor *kvm)
{
    /* No counters; only before there is a processor. */
    TRY(kvm_enable(kvm, kvm->vm_fd, KVM_CAP_PMU_CAPABILITY));
    TRY(msrs_limit(kvm));
    TRY(kvm_new_cpu(kvm));
    /* What of KVM's own interface CPUID does not show is not there. */
    TRY(kvm_enable(kvm, kvm->cpu_fd, KVM_CAP_ENFORCE_PV_FEATURE_CPUID));
    return cpuid_limit(kvm);
}
