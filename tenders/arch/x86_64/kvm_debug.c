/* SPDX-License-Identifier: ISC */
/*
 * Debugging x86_64 on KVM. Contract: hvt/debug/debug.h; registers and their
 * order: GDB manual, appendix G, i386 Features; debug registers: AMD APM 2,
 * 13.1.
 */
#include <string.h>

#include "debug/debug.h"
#include "error.h"
#include "kvm/kvm.h"

#define INT(name_) {.name = name_, .type = "int64", .bytes = 8}
#define SHORT(name_) {.name = name_, .type = "int32", .bytes = 4}
#define FLOAT(name_) {.name = name_, .type = "i387_ext", .bytes = 10}
#define VECTOR(name_) {.name = name_, .type = "uint128", .bytes = 16}

static const struct debug_register core[] = {
    INT("rax"),
    INT("rbx"),
    INT("rcx"),
    INT("rdx"),
    INT("rsi"),
    INT("rdi"),
    {.name = "rbp", .type = "data_ptr", .bytes = 8},
    {.name = "rsp", .type = "data_ptr", .bytes = 8},
    INT("r8"),
    INT("r9"),
    INT("r10"),
    INT("r11"),
    INT("r12"),
    INT("r13"),
    INT("r14"),
    INT("r15"),
    {.name = "rip", .type = "code_ptr", .bytes = 8},
    SHORT("eflags"),
    SHORT("cs"),
    SHORT("ss"),
    SHORT("ds"),
    SHORT("es"),
    SHORT("fs"),
    SHORT("gs"),
    FLOAT("st0"),
    FLOAT("st1"),
    FLOAT("st2"),
    FLOAT("st3"),
    FLOAT("st4"),
    FLOAT("st5"),
    FLOAT("st6"),
    FLOAT("st7"),
    SHORT("fctrl"),
    SHORT("fstat"),
    SHORT("ftag"),
    SHORT("fiseg"),
    SHORT("fioff"),
    SHORT("foseg"),
    SHORT("fooff"),
    SHORT("fop"),
};

static const struct debug_register sse[] = {
    VECTOR("xmm0"),  VECTOR("xmm1"),  VECTOR("xmm2"),  VECTOR("xmm3"),
    VECTOR("xmm4"),  VECTOR("xmm5"),  VECTOR("xmm6"),  VECTOR("xmm7"),
    VECTOR("xmm8"),  VECTOR("xmm9"),  VECTOR("xmm10"), VECTOR("xmm11"),
    VECTOR("xmm12"), VECTOR("xmm13"), VECTOR("xmm14"), VECTOR("xmm15"),
    SHORT("mxcsr"),
};

static const struct debug_register segments[] = {INT("fs_base"),
                                                 INT("gs_base")};

#define FEATURE(name_, list) {name_, list, sizeof list / sizeof *list}

const char debug_architecture[] = "i386:x86-64";
const struct debug_feature debug_features[] = {
    FEATURE("org.gnu.gdb.i386.core", core),
    FEATURE("org.gnu.gdb.i386.sse", sse),
    FEATURE("org.gnu.gdb.i386.segments", segments),
    {0},
};

/* Everything that is read or written, and a place in GDB's block. */
struct state {
    struct kvm_regs regs;
    struct kvm_sregs system;
    struct kvm_fpu fpu;
};

static int state_read(const struct hypervisor *kvm, struct state *state)
{
    const int fd = kvm->cpu_fd;

    TRY(kvm_request(fd, KVM_GET_REGS, &state->regs, "registers"));
    TRY(kvm_request(fd, KVM_GET_SREGS, &state->system, "system registers"));
    return kvm_request(fd, KVM_GET_FPU, &state->fpu, "floating point");
}

static int state_write(const struct hypervisor *kvm, const struct state *state)
{
    const int fd = kvm->cpu_fd;

    TRY(kvm_request(fd, KVM_SET_REGS, &state->regs, "registers"));
    TRY(kvm_request(fd, KVM_SET_SREGS, &state->system, "system registers"));
    return kvm_request(fd, KVM_SET_FPU, &state->fpu, "floating point");
}

/* Copies a field of the state to or from the block, and moves on. */
struct block {
    uint8_t *at;
    bool into_state;
};

static void copy(struct block *block, void *field, size_t bytes)
{
    if (block->into_state)
        memcpy(field, block->at, bytes);
    else
        memcpy(block->at, field, bytes);
    block->at += bytes;
}

/* A field of fewer bytes than it has in the block. */
static void copy_short(struct block *block, void *field, size_t bytes)
{
    uint32_t value = 0;

    memcpy(&value, field, bytes);
    copy(block, &value, sizeof value);
    memcpy(field, &value, bytes);
}

static void copy_all(struct block *block, struct state *state)
{
    struct kvm_regs *r = &state->regs;
    struct kvm_sregs *s = &state->system;
    struct kvm_fpu *f = &state->fpu;
    __u64 *general[] = {&r->rax, &r->rbx, &r->rcx, &r->rdx, &r->rsi, &r->rdi,
                        &r->rbp, &r->rsp, &r->r8,  &r->r9,  &r->r10, &r->r11,
                        &r->r12, &r->r13, &r->r14, &r->r15, &r->rip};
    struct kvm_segment *selectors[] = {&s->cs, &s->ss, &s->ds,
                                       &s->es, &s->fs, &s->gs};
    uint32_t none = 0;

    for (size_t i = 0; i < sizeof general / sizeof *general; i++)
        copy(block, general[i], 8);
    copy_short(block, &r->rflags, 4);
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
        copy_short(block, &selectors[i]->selector, 2);
    for (size_t i = 0; i < 8; i++)
        copy(block, f->fpr[i], 10);
    copy_short(block, &f->fcw, 2);
    copy_short(block, &f->fsw, 2);
    copy_short(block, &f->ftwx, 1);
    copy(block, &none, 4);
    copy_short(block, &f->last_ip, 4);
    copy(block, &none, 4);
    copy_short(block, &f->last_dp, 4);
    copy_short(block, &f->last_opcode, 2);
    for (size_t i = 0; i < 16; i++)
        copy(block, f->xmm[i], 16);
    copy(block, &f->mxcsr, 4);
    copy(block, &s->fs.base, 8);
    copy(block, &s->gs.base, 8);
}

int debug_registers_read(const struct hypervisor *kvm, uint8_t *out)
{
    struct block block = {out, false};
    struct state state = {0};

    TRY(state_read(kvm, &state));
    copy_all(&block, &state);
    return 0;
}

int debug_registers_write(const struct hypervisor *kvm, const uint8_t *in)
{
    uint8_t copied[DEBUG_MAX_REGISTER_BYTES];
    struct block block = {copied, true};
    struct state state = {0};

    TRY(state_read(kvm, &state));
    memcpy(copied, in, sizeof copied);
    copy_all(&block, &state);
    return state_write(kvm, &state);
}

/*
 * hlt, not int3: where KVM itself runs in an emulated machine, int3 does not
 * get as far as KVM (QEMU's SVM looks for intercepts of exceptions only, and
 * takes int3 for a software interrupt). As long, and no program of ours has
 * one.
 */
const uint8_t debug_breakpoint[] = {0xf4};
const size_t debug_breakpoint_bytes = sizeof debug_breakpoint;

bool debug_breakpoint_read(const struct hypervisor *kvm, guest_addr_t *addr)
{
    struct kvm_regs registers = {0};
    int err;

    if (kvm->run->exit_reason != KVM_EXIT_HLT)
        return false;
    err = kvm_request(kvm->cpu_fd, KVM_GET_REGS, &registers, "registers");
    if (err < 0)
        return false;
    registers.rip -= debug_breakpoint_bytes;
    addr->value = registers.rip;
    err = kvm_request(kvm->cpu_fd, KVM_SET_REGS, &registers, "registers");
    return err == 0;
}

#define DR7_ENABLE(n) (2u << (2 * (n))) /* global */
#define DR7_KIND(n, kind) ((uint64_t)(kind) << (16 + 4 * (n)))
#define DR7_BYTES(n, code) ((uint64_t)(code) << (18 + 4 * (n)))
#define DR7_EXECUTE 0
#define DR7_WRITE 1
#define DR7_ACCESS 3
#define HARDWARE_POINTS 4

/* The processor has none for reading alone. */
static const unsigned dr7_kind[] = {
    [DEBUG_HARDWARE] = DR7_EXECUTE,
    [DEBUG_WATCH_WRITE] = DR7_WRITE,
    [DEBUG_WATCH_READ] = DR7_ACCESS,
    [DEBUG_WATCH_ACCESS] = DR7_ACCESS,
};

/* How many bytes are watched, as DR7 has it. */
static const struct {
    uint64_t bytes;
    int code;
} sizes[] = {{1, 0}, {2, 1}, {4, 3}, {8, 2}};

/* Returns that code; -1: no point can be there. */
static int bytes_code(const struct debug_point *point)
{
    if (point->kind == DEBUG_HARDWARE)
        return 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (point->bytes == sizes[i].bytes)
            return point->addr.value % point->bytes == 0 ? sizes[i].code : -1;
    return -1;
}

int debug_stop_at(const struct hypervisor *kvm, bool step,
                  const struct debug_point *points, size_t count)
{
    struct kvm_guest_debug debug = {
        .control = KVM_GUESTDBG_ENABLE | (step ? KVM_GUESTDBG_SINGLESTEP : 0) |
                   (count > 0 ? KVM_GUESTDBG_USE_HW_BP : 0),
    };

    FAIL_IF(count > HARDWARE_POINTS, ENOSPC, "more than %d points",
            HARDWARE_POINTS);
    for (size_t i = 0; i < count; i++) {
        int code = bytes_code(&points[i]);
        unsigned kind = dr7_kind[points[i].kind];

        FAIL_IF(code < 0, ENOSPC, "no point of that size");
        debug.arch.debugreg[i] = points[i].addr.value;
        debug.arch.debugreg[7] |=
            DR7_ENABLE(i) | DR7_KIND(i, kind) | DR7_BYTES(i, code);
    }
    return kvm_request(kvm->cpu_fd, KVM_SET_GUEST_DEBUG, &debug, "debugging");
}

void debug_stop_read(const struct hypervisor *kvm, struct debug_stop *stop)
{
    const struct kvm_debug_exit_arch *why = &kvm->run->debug.arch;

    *stop = (struct debug_stop){0};
    /* DR6 says which; a point that is no instruction's watches. */
    for (unsigned i = 0; i < HARDWARE_POINTS; i++)
        if ((why->dr6 >> i & 1) && (why->dr7 >> (16 + 4 * i) & 3) != 0)
            *stop = (struct debug_stop){.watch = true, .point = i};
}

const unsigned debug_core_registers = 27;

int debug_core_read(const struct hypervisor *kvm, uint64_t *out)
{
    struct state state = {0};
    const struct kvm_regs *r = &state.regs;
    const struct kvm_sregs *s = &state.system;

    TRY(state_read(kvm, &state));
    /* struct user_regs_struct of asm/user_64.h */
    const uint64_t registers[] = {
        r->r15,         r->r14,         r->r13,         r->r12,
        r->rbp,         r->rbx,         r->r11,         r->r10,
        r->r9,          r->r8,          r->rax,         r->rcx,
        r->rdx,         r->rsi,         r->rdi,         UINT64_MAX,
        r->rip,         s->cs.selector, r->rflags,      r->rsp,
        s->ss.selector, s->fs.base,     s->gs.base,     s->ds.selector,
        s->es.selector, s->fs.selector, s->gs.selector,
    };
    memcpy(out, registers, sizeof registers);
    return 0;
}
