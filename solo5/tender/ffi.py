# SPDX-License-Identifier: ISC
"""Writes the C of the extension that binds the tenders' core library.

    python -m solo5.tender.ffi OUTPUT.c

The declarations are those of tenders/common/*.h; the C compiler compares the
two, so that they cannot drift apart unseen.
"""

from __future__ import annotations

import sys

import cffi

_DECLARATIONS = """
struct error { char text[512]; ...; };

struct target {
    const char *name; const char *program; const char *more_help; bool has_exec_heap;
    uint32_t abi; uint32_t abi_min; uint32_t abi_max;
    uint64_t mem_min; uint64_t mem_max; uint64_t guest_min; ...;
};
struct filter_arch {
    uint32_t audit_arch;
    uint32_t write; uint32_t read; uint32_t pread64; uint32_t pwrite64;
    uint32_t epoll_pwait; uint32_t timerfd_settime; uint32_t clock_gettime; uint32_t exit_group;
    uint32_t ioctl;
    uint32_t set_thread_pointer; uint32_t set_thread_pointer_op; ...;
};
struct arch {
    const char *name; uint16_t elf_machine; uint32_t guest_page_bytes; uint32_t stack_gap_bytes;
    const char *vdso_clock_gettime; const struct filter_arch *filter; ...;
};
const struct arch *arch_find(const char *name);

bool guest_range_inside(uint64_t addr, uint64_t size_bytes, uint64_t start, uint64_t end);
typedef struct { uint64_t value; ...; } guest_addr_t;
struct guest_range { uint64_t start; uint64_t end; ...; };
struct guest_memory {
    uint8_t *host; uint64_t start; uint64_t end; const struct guest_range *read_only; uint32_t read_only_count; ...;
};
void *guest_memory_to_write(const struct guest_memory *memory, guest_addr_t addr, uint64_t size_bytes);
void *guest_memory_at(const struct guest_memory *memory, guest_addr_t addr, uint64_t size_bytes);

struct elf_segment {
    uint64_t addr; uint64_t mem_bytes; uint64_t file_offset; uint64_t file_bytes; uint32_t prot; ...;
};
struct elf_image {
    uint64_t entry; uint64_t end; uint32_t abi_version; uint32_t segment_count;
    struct elf_segment segment[...]; uint64_t mft_offset; uint64_t mft_bytes; ...;
};
int elf_read(struct elf_image *image, const uint8_t *file, uint64_t file_bytes, const struct target *target,
             const struct arch *arch, uint64_t mem_bytes, uint64_t host_page_bytes, struct error *error);

struct mft_entry { char name[68]; uint32_t type; ...; };
struct mft { uint32_t version; uint32_t entries; struct mft_entry e[]; ...; };
union manifest { struct mft mft; ...; };
int manifest_read(union manifest *manifest, const uint8_t *bytes, uint64_t size_bytes, struct error *error);

struct args_device {
    char name[68]; uint32_t type; const char *source; uint32_t block_bytes; bool has_mac; uint8_t mac[6]; ...;
};
struct args {
    bool help; bool version; bool exec_heap; bool no_net_ring; uint64_t mem_bytes; const char *kernel;
    char cmdline[8192]; uint32_t device_count; struct args_device device[63]; ...;
};
int args_read(struct args *args, int argc, char *const *argv, const struct target *target, struct error *error);
int args_match(const struct args *args, const struct mft *mft, struct error *error);
bool args_number(const char *text, uint64_t most, uint64_t *value);

struct sock_filter { uint16_t code; uint8_t jt; uint8_t jf; uint32_t k; ...; };
struct filter_device { int32_t fd; bool is_net; uint64_t capacity; uint32_t block_size; ...; };
struct filter_policy {
    int32_t console_fd; int32_t error_fd; int32_t cpu_fd; uint32_t cpu_request;
    int32_t epoll_fd; int32_t timer_fd; bool any_length;
    uint32_t device_count; struct filter_device device[63]; ...;
};
int filter_build(const struct filter_arch *arch, const struct filter_policy *policy, struct sock_filter *insns,
                 size_t max, struct error *error);
#define FILTER_NO_CALL ...
"""

_HEADERS = ("addr.h", "args.h", "elf_image.h", "error.h", "filter.h", "manifest.h", "target.h")


def main() -> None:
    """Write the file that the only argument names."""
    builder = cffi.FFI()
    builder.cdef(_DECLARATIONS)
    builder.set_source("_tender", "".join(f'#include "{header}"\n' for header in _HEADERS))
    builder.emit_c_code(sys.argv[1])


if __name__ == "__main__":
    main()
