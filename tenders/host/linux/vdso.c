/* SPDX-License-Identifier: ISC */
/*
 * Finds a function of the vDSO, the library that the kernel maps into every
 * process, sections and all. Contract: host.h; vdso(7), System V gABI 4 and 5.
 */
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "arch.h"
#include "host/host.h"

uint64_t host_clock_function(void)
{
    const char *name = linux_archs[0]->clock_function;
    const char *base = (const char *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
    const Elf64_Ehdr *header = (const void *)base;
    const Elf64_Phdr *phdr;
    const Elf64_Shdr *section;

    if (base == NULL)
        return 0;
    phdr = (const void *)(base + header->e_phoff);
    section = (const void *)(base + header->e_shoff);
    for (int i = 0; i < header->e_shnum; i++) {
        const Elf64_Sym *symbol = (const void *)(base + section[i].sh_offset);
        const char *names = base + section[section[i].sh_link].sh_offset;

        if (section[i].sh_type != SHT_DYNSYM)
            continue;
        for (uint64_t j = 0; j < section[i].sh_size / sizeof *symbol; j++)
            /* Linked to lie where its first segment says, not always at 0. */
            if (symbol[j].st_shndx != SHN_UNDEF &&
                strcmp(names + symbol[j].st_name, name) == 0)
                return (uintptr_t)base + symbol[j].st_value - phdr->p_vaddr;
    }
    return 0;
}
