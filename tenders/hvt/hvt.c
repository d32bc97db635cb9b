/* SPDX-License-Identifier: ISC */
/*
 * solo5-hvt: runs a unikernel in a virtual machine of one processor. Once all
 * is set up, nothing but running it and its devices is allowed to this
 * process, too.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "boot.h"
#include "guest.h"
#include "hvt_abi.h"
#include "hypercall.h"
#include "hypervisor.h"
#include "tables.h"

const struct target tender_target = {
    .name = "hvt",
    .program = "solo5-hvt",
    .more_help = "",
    .abi = SOLO5_TARGET_HVT,
    .abi_min = 1,
    .abi_max = HVT_ABI_VERSION,
    /* Below 1 MiB is no guest. */
    .mem_min = UINT64_C(1) << 20,
    .mem_max = UINT64_C(4) << 30,
    .guest_min = HVT_GUEST_MIN_BASE,
};

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
        err = tables_map(tables, HVT_HYPERCALL_MMIO_BASE,
                         HVT_HYPERCALL_MMIO_BASE + (UINT64_C(1) << 30),
                         ELF_READ | ELF_WRITE, true, error);
    return err;
}

/* Makes the machine, loaded and ready to run. */
static int machine_make(struct guest *guest, struct machine *machine,
                        struct hypervisor **hypervisor, struct error *error)
{
    static struct guest_range read_only[READ_ONLY_MAX];
    const uint64_t mem_bytes = guest->args.mem_bytes;
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

/* Whoever ends us is told so, and the guest goes with us. */
static void signalled(int number)
{
    static const char term[] = "solo5-hvt: ended by SIGTERM\n";
    static const char interrupt[] = "solo5-hvt: ended by SIGINT\n";
    const char *line = number == SIGTERM ? term : interrupt;

    if (write(2, line, strlen(line)) < 0)
        _exit(1);
    _exit(1);
}

static int sandbox_enter(struct guest *guest,
                         const struct hypervisor *hypervisor,
                         struct error *error)
{
    static struct sock_filter filter[FILTER_MAX_INSNS];
    struct filter_policy *policy = &guest->policy;
    int count;

    hypervisor_allow(hypervisor, policy);
    policy->error_fd = 2;
    /* How many blocks a guest may ask for at once is ours to check here. */
    policy->any_length = true;
    count = filter_build(guest->arch->filter, policy, filter, FILTER_MAX_INSNS,
                         error);
    if (count < 0)
        return count;
    return host_sandbox_enter(filter, (size_t)count, error);
}

int tender_run(struct guest *guest, struct error *error)
{
    static struct machine machine;
    const struct sigaction action = {.sa_handler = signalled};
    struct hypervisor *hypervisor;
    struct hypercall call;
    int err = machine_make(guest, &machine, &hypervisor, error);

    if (err != 0)
        return err;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    err = sandbox_enter(guest, hypervisor, error);
    if (err != 0)
        return err;
    while (!machine.halted) {
        err = hypervisor_run(hypervisor, &call, error);
        if (err == 0)
            err = hypercall_do(&machine, &call, error);
        if (err == -EFAULT)
            return 255;
        if (err != 0)
            return err;
    }
    return machine.status;
}
