/* SPDX-License-Identifier: ISC */
/*
 * Finds a function of the vDSO, the library that the kernel maps into every
 * process. Contract: host.h; vdso(7), System V gABI chapter 5.
 */
#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

#include "host.h"

struct vdso {
    const char *base;
    const Elf64_Sym *symbols;
    const char *strings;
    const uint32_t *hash;     /* DT_HASH, or NULL */
    const uint32_t *gnu_hash; /* DT_GNU_HASH, or NULL */
};

/*
 * Addresses in the file count from where its first segment was linked to lie;
 * that is not 0 on every architecture and kernel.
 */
static int vdso_open(struct vdso *vdso)
{
    const char *base = (const char *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
    const Elf64_Ehdr *header = (const void *)base;
    const Elf64_Phdr *phdr;
    const Elf64_Dyn *dynamic = NULL;
    uint64_t linked_at = 0;

    if (base == NULL)
        return -1;
    phdr = (const void *)(base + header->e_phoff);
    for (int i = header->e_phnum - 1; i >= 0; i--) {
        if (phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const void *)(base + phdr[i].p_offset);
        else if (phdr[i].p_type == PT_LOAD)
            linked_at = phdr[i].p_vaddr - phdr[i].p_offset;
    }
    base -= linked_at;
    *vdso = (struct vdso){.base = base};
    for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++) {
        const void *at = base + dynamic->d_un.d_ptr;

        if (dynamic->d_tag == DT_SYMTAB)
            vdso->symbols = at;
        else if (dynamic->d_tag == DT_STRTAB)
            vdso->strings = at;
        else if (dynamic->d_tag == DT_HASH)
            vdso->hash = at;
        else if (dynamic->d_tag == DT_GNU_HASH)
            vdso->gnu_hash = at;
    }
    return vdso->symbols != NULL && vdso->strings != NULL ? 0 : -1;
}

/* A table of symbols has no length of its own; the hash tables tell. */
static uint32_t symbol_count(const struct vdso *vdso)
{
    const uint32_t *table = vdso->gnu_hash, *buckets, *chain;
    uint32_t last = 0;

    if (vdso->hash != NULL)
        return vdso->hash[1];
    if (table == NULL)
        return 0;
    /* nbuckets, symoffset, bloom_size, bloom_shift, bloom[] of 64 bits */
    buckets = table + 4 + 2 * table[2];
    chain = buckets + table[0];
    for (uint32_t i = 0; i < table[0]; i++)
        if (buckets[i] > last)
            last = buckets[i];
    if (last < table[1])
        return 0;
    while (!(chain[last - table[1]] & 1))
        last++;
    return last + 1;
}

uint64_t host_clock_function(const char *name)
{
    struct vdso vdso;

    if (vdso_open(&vdso) < 0)
        return 0;
    for (uint32_t i = 0; i < symbol_count(&vdso); i++) {
        const Elf64_Sym *symbol = &vdso.symbols[i];

        if (symbol->st_shndx != SHN_UNDEF &&
            strcmp(vdso.strings + symbol->st_name, name) == 0)
            return (uint64_t)(uintptr_t)(vdso.base + symbol->st_value);
    }
    return 0;
}
