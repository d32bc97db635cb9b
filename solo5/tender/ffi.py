# SPDX-License-Identifier: ISC
"""Writes the C of the extension that binds the tenders' core library.

    python -m solo5.tender.ffi OUTPUT.c

The declarations are those of tenders/common/*.h and of the filter for Linux; the C compiler compares the
two, so that they cannot drift apart unseen.
"""

from __future__ import annotations

import sys

import cffi

_DECLARATIONS = """
const char *error_line(void);
int fail(int code, const char *format, ...);

struct target {
    const char *program; const char *more_help; const char *options[4];
    uint32_t abi; uint32_t abi_max; uint64_t guest_min; uint64_t mem_max; ...;
};
struct arch {
    const char *name; uint16_t elf_machine; uint32_t guest_page_bytes; uint32_t stack_gap_bytes; ...;
};
static const struct arch *arch_at(unsigned index);

bool guest_range_inside(uint64_t addr, uint64_t size_bytes, uint64_t start, uint64_t end);
typedef struct { uint64_t value; ...; } guest_addr_t;
struct guest_memory { uint8_t *host; uint64_t start; uint64_t end; ...; };
void *guest_memory_at(const struct guest_memory *memory, guest_addr_t addr, uint64_t size_bytes);

struct mft_block_basic { uint64_t capacity; uint16_t block_size; };
struct mft_net_basic { uint8_t mac[6]; uint16_t mtu; };
struct mft_entry {
    char name[68]; uint32_t type;
    union { struct mft_block_basic block_basic; struct mft_net_basic net_basic; } u;
    union { int32_t hostfd; uint64_t reserved; } b;
    uint8_t attached;
};
enum mft_type { MFT_DEV_BLOCK_BASIC, MFT_DEV_NET_BASIC, ... };
struct mft { uint32_t version; uint32_t entries; struct mft_entry e[]; ...; };
union manifest { struct mft mft; ...; };
static size_t mft_size(uint32_t entries);

struct elf_segment {
    guest_addr_t addr; uint64_t mem_bytes; uint64_t file_offset; uint64_t file_bytes; uint32_t flags; ...;
};
struct elf_file {
    uint64_t bytes; int (*read)(void *context, uint64_t offset, void *buffer, uint64_t size_bytes); void *context; ...;
};
struct elf_image {
    struct elf_file file; const struct target *target; const struct arch *arch;
    uint64_t mem_bytes; uint64_t page_bytes;
    uint64_t entry; uint64_t end; uint32_t abi_version; uint32_t segment_count;
    struct elf_segment segment[...]; union manifest manifest; ...;
};
int elf_read(struct elf_image *image);
struct elf_pages { uint64_t start; uint64_t end; uint32_t rights; ...; };
struct elf_pages elf_pages(const struct elf_image *image, uint32_t index);

struct tables_format { unsigned levels; ...; };
struct tables {
    const struct tables_format *format; uint64_t *host; uint64_t start; uint64_t end; uint64_t used_end; ...;
};
int hvt_memory_map(struct tables *tables, const struct elf_image *image);
void *hvt_memory_at(const struct guest_memory *memory, const struct elf_image *image, guest_addr_t addr,
                    uint64_t size_bytes, bool to_write);

int manifest_read(union manifest *manifest, const uint8_t *bytes, uint64_t size);

enum args_option { ARGS_HELP, ARGS_VERSION, ARGS_MORE, ... };
struct args_device {
    char name[68]; uint32_t type; const char *source; const char *detail; uint16_t block_bytes; uint8_t mac[6]; ...;
};
struct args {
    const char *value[...]; uint64_t mem_bytes; uint32_t uid; uint32_t gid; const char *kernel;
    char cmdline[8192]; uint32_t device_count; struct args_device device[63]; ...;
};
int args_read(struct args *args, const struct target *target, char *const *argv);
int args_match(struct args *args, const struct mft *mft);
bool args_number(const char *text, uint64_t most, uint64_t *value);

struct policy {
    const struct mft *mft; int32_t console_fd; int32_t error_fd; int32_t poll_fd; int32_t timer_fd;
    int32_t cpu_fd; uint32_t cpu_request; bool any_length; ...;
};
#define POLICY_NO_FD ...

struct linux_arch {
    const char *clock_function; uint32_t audit_arch;
    uint32_t write; uint32_t read; uint32_t pread64; uint32_t pwrite64;
    uint32_t epoll_pwait; uint32_t timerfd_settime; uint32_t clock_gettime; uint32_t exit_group;
    uint32_t ioctl; uint32_t setitimer;
    uint32_t set_thread_pointer; uint32_t set_thread_pointer_op; ...;
};
static const struct linux_arch *linux_arch_at(unsigned index);
#define LINUX_NO_CALL ...
struct sock_filter { uint16_t code; uint8_t jt; uint8_t jf; uint32_t k; ...; };
size_t filter_build(const struct linux_arch *arch, const struct policy *policy, struct sock_filter insns[4096]);
#define BPF_MAXINSNS ...
"""

#: Of tables, NULL is behind the last.
_FUNCTIONS = """
static const struct arch *arch_at(unsigned index) { return archs[index]; }
static size_t mft_size(uint32_t entries) { return MFT_SIZE(entries); }
static const struct linux_arch *linux_arch_at(unsigned index) { return linux_archs[index]; }
"""
_HEADERS = (
    "addr.h",
    "args.h",
    "elf_image.h",
    "error.h",
    "host/linux/filter.h",
    "hvt/memory.h",
    "manifest.h",
    "policy.h",
    "target.h",
)


def main() -> None:
    """Write the file that the only argument names."""
    builder = cffi.FFI()
    builder.cdef(_DECLARATIONS)
    builder.set_source("_tender", "".join(f'#include "{header}"\n' for header in _HEADERS) + _FUNCTIONS)
    builder.emit_c_code(sys.argv[1])


if __name__ == "__main__":
    main()
