/* SPDX-License-Identifier: ISC */
/* Makes a machine. Contract: machine.h. */
#include "machine.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "boot.h"
#include "hvt_abi.h"
#include "tables.h"

#define READ_ONLY_MAX (ELF_MAX_SEGMENTS + 1)

static int memory_make(void **memory, uint64_t size_bytes, const char *what,
                       struct error *error)
{
    *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (*memory == MAP_FAILED)
        return error_set(error, errno, "%s: %s; try a smaller --mem", what,
                         strerror(errno));
    return 0;
}

/* Loads the segments and notes which of them the guest cannot write. */
static int segments_load(const struct guest *guest,
                         const struct host_file *kernel,
                         struct guest_memory *memory,
                         struct guest_range *read_only, struct error *error)
{
    int err = 0;

    read_only[memory->read_only_count++] =
        (struct guest_range){HVT_BOOT_INFO_BASE, HVT_GUEST_MIN_BASE};
    for (uint32_t i = 0; err == 0 && i < guest->image.segment_count; i++) {
        const struct elf_segment *segment = &guest->image.segment[i];

        err = guest_load_segment(guest, kernel, i, memory, error);
        if (!(segment->prot & ELF_WRITE))
            read_only[memory->read_only_count++] = (struct guest_range){
                segment->addr, segment->addr + segment->mem_bytes};
    }
    memory->read_only = read_only;
    return err;
}

/* Gives every page the rights of what lies in it; the rest is absent. */
static int tables_make(const struct guest *guest, struct tables *tables,
                       struct error *error)
{
    const struct elf_image *image = &guest->image;
    const uint64_t page = TABLES_PAGE_BYTES;
    int err = tables_map(tables, HVT_BOOT_INFO_BASE, HVT_GUEST_MIN_BASE,
                         ELF_READ, false, error);

    for (uint32_t i = 0; err == 0 && i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        uint64_t end = segment->addr + segment->mem_bytes;

        err = tables_map(tables, segment->addr, (end + page - 1) & ~(page - 1),
                         segment->prot, false, error);
    }
    if (err == 0)
        err = tables_map(tables, image->end, guest->args.mem_bytes,
                         ELF_READ | ELF_WRITE, false, error);
    if (err == 0)
        err = tables_map(tables, tables->format->device_start,
                         tables->format->device_end, ELF_READ | ELF_WRITE, true,
                         error);
    return err;
}

int machine_make(struct machine *machine, struct guest *guest,
                 struct error *error)
{
    static struct guest_range read_only[READ_ONLY_MAX];
    const uint64_t mem_bytes = guest->args.mem_bytes;
    struct hypervisor **hypervisor = &machine->hypervisor;
    struct guest_memory *memory = &machine->memory;
    struct tables tables = {.format = &hypervisor_tables};
    struct hypervisor_start start = {
        .stack = mem_bytes - guest->arch->stack_gap_bytes,
        .boot_info = HVT_BOOT_INFO_BASE,
        .tables = TABLES_BASE,
    };
    struct boot boot = {.mem_end = mem_bytes,
                        .mft = &guest->manifest.mft,
                        .cmdline = guest->args.cmdline};
    struct host_file kernel;
    void *ram, *table_ram;
    int err = guest_open(guest, &kernel, TABLES_PAGE_BYTES, error);

    if (err != 0)
        return err;
    err = hypervisor_open(hypervisor, error);
    if (err == 0)
        err = memory_make(&ram, mem_bytes, "guest memory", error);
    if (err == 0)
        err = memory_make(&table_ram, TABLES_BYTES, "page tables", error);
    if (err == 0)
        err = host_random(boot.seed, sizeof boot.seed, error);
    if (err != 0)
        return err;
    tables.host = table_ram;
    start.entry = guest->image.entry;
    *memory = (struct guest_memory){
        .host = (uint8_t *)ram + HVT_BOOT_INFO_BASE,
        .start = HVT_BOOT_INFO_BASE,
        .end = mem_bytes,
    };
    err = segments_load(guest, &kernel, memory, read_only, error);
    host_file_close(&kernel);
    if (err == 0)
        err = tables_make(guest, &tables, error);
    if (err == 0)
        err = hypervisor_add_memory(*hypervisor, 0, ram, mem_bytes, error);
    if (err == 0)
        err = hypervisor_add_memory(*hypervisor, TABLES_BASE, table_ram,
                                    TABLES_BYTES, error);
    if (err == 0)
        err = hypervisor_make_cpu(*hypervisor, &start, memory, error);
    if (err != 0)
        return err;
    boot.kernel_end = guest->image.end;
    boot.cycle_frequency = hypervisor_cycle_frequency(*hypervisor);
    boot_write(memory, &boot);
    machine->guest = guest;
    return 0;
}
