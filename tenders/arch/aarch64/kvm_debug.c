/* SPDX-License-Identifier: ISC */
/*
 * Debugging aarch64 on KVM. Contract: hvt/debug/debug.h; registers and their
 * order: GDB manual, appendix G, AArch64 Features; debug registers: Arm ARM,
 * D2 and DBGBCR_EL1, DBGWCR_EL1.
 */
#include <string.h>

#include "debug/debug.h"
#include "error.h"
#include "kvm/kvm.h"

#define INT(name_) {.name = name_, .type = "int64", .bytes = 8}
#define VECTOR(name_) {.name = name_, .type = "uint128", .bytes = 16}

static const struct debug_register core[] = {
    INT("x0"),
    INT("x1"),
    INT("x2"),
    INT("x3"),
    INT("x4"),
    INT("x5"),
    INT("x6"),
    INT("x7"),
    INT("x8"),
    INT("x9"),
    INT("x10"),
    INT("x11"),
    INT("x12"),
    INT("x13"),
    INT("x14"),
    INT("x15"),
    INT("x16"),
    INT("x17"),
    INT("x18"),
    INT("x19"),
    INT("x20"),
    INT("x21"),
    INT("x22"),
    INT("x23"),
    INT("x24"),
    INT("x25"),
    INT("x26"),
    INT("x27"),
    INT("x28"),
    INT("x29"),
    INT("x30"),
    {.name = "sp", .type = "data_ptr", .bytes = 8},
    {.name = "pc", .type = "code_ptr", .bytes = 8},
    {.name = "cpsr", .type = "int32", .bytes = 4},
};

static const struct debug_register fpu[] = {
    VECTOR("v0"),
    VECTOR("v1"),
    VECTOR("v2"),
    VECTOR("v3"),
    VECTOR("v4"),
    VECTOR("v5"),
    VECTOR("v6"),
    VECTOR("v7"),
    VECTOR("v8"),
    VECTOR("v9"),
    VECTOR("v10"),
    VECTOR("v11"),
    VECTOR("v12"),
    VECTOR("v13"),
    VECTOR("v14"),
    VECTOR("v15"),
    VECTOR("v16"),
    VECTOR("v17"),
    VECTOR("v18"),
    VECTOR("v19"),
    VECTOR("v20"),
    VECTOR("v21"),
    VECTOR("v22"),
    VECTOR("v23"),
    VECTOR("v24"),
    VECTOR("v25"),
    VECTOR("v26"),
    VECTOR("v27"),
    VECTOR("v28"),
    VECTOR("v29"),
    VECTOR("v30"),
    VECTOR("v31"),
    {.name = "fpsr", .type = "int32", .bytes = 4},
    {.name = "fpcr", .type = "int32", .bytes = 4},
};

#define FEATURE(name_, list) {name_, list, sizeof list / sizeof *list}

const char debug_architecture[] = "aarch64";
const struct debug_feature debug_features[] = {
    FEATURE("org.gnu.gdb.aarch64.core", core),
    FEATURE("org.gnu.gdb.aarch64.fpu", fpu),
    {0},
};

/* Where KVM keeps each, in the order of the lists; cpsr has 8 bytes there. */
#define CORE_ID(size, field)                     \
    (KVM_REG_ARM64 | KVM_REG_ARM_CORE | (size) | \
     offsetof(struct kvm_regs, field) / sizeof(uint32_t))
#define GENERAL_COUNT 31
#define VECTOR_COUNT 32

/* Moves one register between KVM and AT. */
static int move(const struct hypervisor *kvm, bool write, uint64_t id, void *at)
{
    const struct kvm_one_reg reg = {id, (uintptr_t)at};

    return kvm_request(kvm->cpu_fd, write ? KVM_SET_ONE_REG : KVM_GET_ONE_REG,
                       &reg, "register");
}

/* The same for the COUNT registers from ID on, of BYTES bytes each. In KVM's
 * numbers, a register is as many as it has words of four. */
static int move_row(const struct hypervisor *kvm, bool write, uint64_t id,
                    unsigned count, size_t bytes, uint8_t **block)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t value[16];

        memcpy(value, *block, bytes);
        TRY(move(kvm, write, id + i * (bytes / 4), value));
        memcpy(*block, value, bytes);
        *block += bytes;
    }
    return 0;
}

/* The same for all, from or to a block in GDB's order. */
static int move_all(const struct hypervisor *kvm, bool write, uint8_t *block)
{
    uint64_t pstate = 0;

    TRY(move_row(kvm, write, CORE_ID(KVM_REG_SIZE_U64, regs.regs[0]),
                 GENERAL_COUNT, 8, &block));
    TRY(move_row(kvm, write, CORE_ID(KVM_REG_SIZE_U64, sp_el1), 1, 8, &block));
    TRY(move_row(kvm, write, CORE_ID(KVM_REG_SIZE_U64, regs.pc), 1, 8, &block));
    /* KVM's is wider than GDB's. */
    memcpy(&pstate, block, 4);
    TRY(move(kvm, write, CORE_ID(KVM_REG_SIZE_U64, regs.pstate), &pstate));
    memcpy(block, &pstate, 4);
    block += 4;
    TRY(move_row(kvm, write, CORE_ID(KVM_REG_SIZE_U128, fp_regs.vregs[0]),
                 VECTOR_COUNT, 16, &block));
    TRY(move_row(kvm, write, CORE_ID(KVM_REG_SIZE_U32, fp_regs.fpsr), 1, 4,
                 &block));
    return move_row(kvm, write, CORE_ID(KVM_REG_SIZE_U32, fp_regs.fpcr), 1, 4,
                    &block);
}

int debug_registers_read(const struct hypervisor *kvm, uint8_t *out)
{
    memset(out, 0, DEBUG_MAX_REGISTER_BYTES);
    return move_all(kvm, false, out);
}

int debug_registers_write(const struct hypervisor *kvm, const uint8_t *in)
{
    uint8_t copied[DEBUG_MAX_REGISTER_BYTES];

    memcpy(copied, in, sizeof copied);
    return move_all(kvm, true, copied);
}

const uint8_t debug_breakpoint[] = {0x00, 0x00, 0x20, 0xd4}; /* brk #0 */
const size_t debug_breakpoint_bytes = sizeof debug_breakpoint;

/* KVM stops at each, if asked. */
bool debug_breakpoint_read(const struct hypervisor *kvm, guest_addr_t *addr)
{
    (void)kvm, (void)addr;
    return false;
}

#define CONTROL_ENABLE (1u << 0)
#define CONTROL_EL1 (1u << 1)
#define CONTROL_BYTES(mask) ((uint64_t)(mask) << 5)
#define CONTROL_LOAD (1u << 3)
#define CONTROL_STORE (2u << 3)
#define POINTS_MAX 16

static const uint64_t direction_of[] = {
    [DEBUG_WATCH_WRITE] = CONTROL_STORE,
    [DEBUG_WATCH_READ] = CONTROL_LOAD,
    [DEBUG_WATCH_ACCESS] = CONTROL_LOAD | CONTROL_STORE,
};

/* Finds how to watch up to 8 bytes that lie in one aligned double word. Returns
 * whether it can be done. */
static bool watch_control(const struct debug_point *point, uint64_t *control)
{
    uint64_t first = point->addr.value % 8;

    if (point->bytes == 0 || point->bytes > 8 - first)
        return false;
    *control = CONTROL_ENABLE | CONTROL_EL1 | direction_of[point->kind] |
               CONTROL_BYTES(((1u << point->bytes) - 1) << first);
    return true;
}

int debug_stop_at(const struct hypervisor *kvm, bool step,
                  const struct debug_point *points, size_t count)
{
    struct kvm_guest_debug debug = {
        .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP |
                   (step ? KVM_GUESTDBG_SINGLESTEP : 0) |
                   (count > 0 ? KVM_GUESTDBG_USE_HW : 0),
    };
    size_t breaks = 0, watches = 0;

    for (size_t i = 0; i < count; i++) {
        const uint64_t addr = points[i].addr.value;
        const bool is_break = points[i].kind == DEBUG_HARDWARE;
        uint64_t control = CONTROL_ENABLE | CONTROL_EL1 | CONTROL_BYTES(0xf);
        bool fits = is_break || watch_control(&points[i], &control);

        FAIL_IF(!fits, ENOSPC, "no point of that size");
        FAIL_IF((is_break ? breaks : watches) == POINTS_MAX, ENOSPC,
                "more than %d points of that kind", POINTS_MAX);
        if (is_break) {
            debug.arch.dbg_bvr[breaks] = addr;
            debug.arch.dbg_bcr[breaks] = control;
            breaks++;
        } else {
            debug.arch.dbg_wvr[watches] = addr & ~UINT64_C(7);
            debug.arch.dbg_wcr[watches] = control;
            watches++;
        }
    }
    return kvm_request(kvm->cpu_fd, KVM_SET_GUEST_DEBUG, &debug, "debugging");
}

#define CLASS_WATCHPOINT 0x34
#define CLASS_BREAKPOINT 0x3c

void debug_stop_read(const struct hypervisor *kvm, struct debug_stop *stop)
{
    const struct kvm_debug_exit_arch *why = &kvm->run->debug.arch;
    unsigned class = why->hsr >> 26;

    *stop = (struct debug_stop){
        .software = class == CLASS_BREAKPOINT,
        .watch = class == CLASS_WATCHPOINT,
        .has_addr = true,
        .addr = {why->far},
    };
}

const unsigned debug_core_registers = 34;

int debug_core_read(const struct hypervisor *kvm, uint64_t *out)
{
    uint8_t block[DEBUG_MAX_REGISTER_BYTES];

    TRY(debug_registers_read(kvm, block));
    /* struct user_pt_regs of asm/ptrace.h: the same, with a wider pstate. */
    memset(out, 0, 8 * debug_core_registers);
    memcpy(out, block, 8 * (GENERAL_COUNT + 2) + 4);
    return 0;
}
