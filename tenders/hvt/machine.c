/* SPDX-License-Identifier: ISC */
/* Makes a machine. Contract: machine.h. */
#include "machine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "machine_arch.h"
#include "memory.h"

/* Makes page tables at HOST, which give every page the rights of what lies in
 * it; the rest is absent. */
static int tables_make(const struct elf_image *image, uint64_t *host)
{
    struct tables tables = {.format = &arch_tables,
                            .host = host,
                            .start = LAYOUT_TABLES_BASE,
                            .end = LAYOUT_TABLES_END};

    TRY(hvt_memory_map(&tables, image));
    if (!arch_hypercalls_are_stores)
        return 0;
    return tables_map(&tables, HVT_HYPERCALL_MMIO_BASE, HVT_HYPERCALL_MMIO_END,
                      PF_R | PF_W | TABLES_DEVICE);
}

/* Makes memory of zeroes the guest's at ADDR; no core dump of ours has it.
 * READ_ONLY: see hypervisor.h. */
static int memory_add(struct hypervisor *hypervisor, uint64_t addr,
                      uint64_t bytes, bool read_only, void **memory)
{
    *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    FAIL_IF(*memory == MAP_FAILED, errno,
            "guest memory of %ju bytes: %m; try a smaller --mem", bytes);
    TRY_SYSTEM(madvise(*memory, bytes, MADV_DONTDUMP),
               "guest memory cannot be kept out of core dumps: %m");
    return hypervisor_add_memory(hypervisor, addr, *memory, bytes, read_only);
}

/* Whoever ends us is told so, and the guest goes with us. */
static void signalled(int number)
{
    const struct itimerval limit = {.it_value.tv_usec = 500000};
    static volatile sig_atomic_t is_told;
    char line[64];

    if (is_told)
        _exit(EXIT_FAILURE);
    is_told = true;
    /* Nobody may be reading. */
    setitimer(ITIMER_REAL, &limit, NULL);
    stpcpy(stpcpy(line, tender_target.program),
           number == SIGTERM  ? ": ended by SIGTERM\n"
           : number == SIGINT ? ": ended by SIGINT\n"
                              : ": ended by SIGALRM\n");
    write(STDERR_FILENO, line, strlen(line));
    _exit(EXIT_FAILURE);
}

int machine_open(struct machine *machine, struct guest *guest)
{
    machine->guest = guest;
    signal(SIGALRM, signalled);
    host_signals_take(signalled);
    TRY(guest_open(guest));
    return hypervisor_open(&machine->hypervisor);
}

int machine_make(struct machine *machine)
{
    struct guest *guest = machine->guest;
    const uint64_t end = guest->args.mem_bytes, low = HVT_BOOT_INFO_BASE;
    void *memory, *tables;
    uint64_t cycle_frequency;

    TRY(guest_read(guest, UINT64_C(1) << arch_tables.page_shift));
    TRY(memory_add(machine->hypervisor, 0, end, false, &memory));
    TRY(memory_add(machine->hypervisor, LAYOUT_TABLES_BASE,
                   LAYOUT_TABLES_END - LAYOUT_TABLES_BASE,
                   arch_tables_are_only_read, &tables));
    machine->memory = (struct guest_memory){(uint8_t *)memory + low, low, end};
    TRY(guest_load(guest, &machine->memory, -1));
    TRY(tables_make(&guest->image, tables));
    TRY(hypervisor_make_cpu(machine->hypervisor, guest->image.entry,
                            end - archs[0]->stack_gap_bytes, &machine->memory,
                            &cycle_frequency));
    FAIL_IF(
        cycle_frequency == 0, ENODEV,
        "frequency of the counter: the host says 0, so no guest could tell the time; its firmware, or the hypervisor below it, has to set it");
    return machine_tell(machine, cycle_frequency);
}
