/* SPDX-License-Identifier: ISC */
/* ELF reader. Contract: elf_image.h; rules: System V gABI and elf_abi.h. */
#include "elf_image.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "addr.h"
#include "elf_abi.h"
#include "mft_abi.h"

/* What is being read; so that checks need not pass seven arguments on. */
struct reader {
    const uint8_t *file;
    uint64_t file_bytes;
    const struct target *target;
    const struct arch *arch;
    uint64_t mem_bytes;
    uint64_t host_page_bytes;
    struct error *error;
};

#define REFUSE(reader, ...) error_set((reader)->error, ENOEXEC, __VA_ARGS__)

static uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

static int header_read(const struct reader *r, Elf64_Ehdr *header)
{
    if (r->file_bytes < sizeof *header)
        return REFUSE(r, "not an ELF file: %" PRIu64 " bytes are too few",
                      r->file_bytes);
    memcpy(header, r->file, sizeof *header);
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return REFUSE(r, "not an ELF file: no magic number");
    if (header->e_ident[EI_CLASS] != ELFCLASS64)
        return REFUSE(r, "not a 64-bit ELF file (class %d)",
                      header->e_ident[EI_CLASS]);
    if (header->e_ident[EI_DATA] != ELFDATA2LSB)
        return REFUSE(r, "wrong byte order: ELF data encoding %d, not %d",
                      header->e_ident[EI_DATA], ELFDATA2LSB);
    if (header->e_ident[EI_VERSION] != EV_CURRENT)
        return REFUSE(r, "unknown ELF version %d (in e_ident)",
                      header->e_ident[EI_VERSION]);
    if (header->e_version != EV_CURRENT)
        return REFUSE(r, "unknown ELF version %" PRIu32, header->e_version);
    if (header->e_type != ET_EXEC)
        return REFUSE(r, "not an executable: ELF type %d, not %d",
                      header->e_type, ET_EXEC);
    if (header->e_machine != r->arch->elf_machine)
        return REFUSE(r,
                      "made for another machine: ELF machine %d, not %d "
                      "(%s)",
                      header->e_machine, r->arch->elf_machine, r->arch->name);
    if (header->e_phentsize != sizeof(Elf64_Phdr))
        return REFUSE(r, "damaged: program headers of %d bytes, not %zu",
                      header->e_phentsize, sizeof(Elf64_Phdr));
    if (header->e_phnum == 0 || header->e_phnum == PN_XNUM)
        return REFUSE(r, "damaged: %d program headers", header->e_phnum);
    if (!guest_range_inside(header->e_phoff,
                            header->e_phnum * sizeof(Elf64_Phdr), 0,
                            r->file_bytes))
        return REFUSE(r, "damaged: program headers lie outside the file");
    return 0;
}

static void program_header_read(const struct reader *r,
                                const Elf64_Ehdr *header, unsigned index,
                                Elf64_Phdr *phdr)
{
    memcpy(phdr, r->file + header->e_phoff + index * sizeof *phdr,
           sizeof *phdr);
}

static int segment_add(const struct reader *r, const Elf64_Phdr *phdr,
                       struct elf_image *image)
{
    uint64_t page = r->arch->guest_page_bytes;
    struct elf_segment *segment = &image->segment[image->segment_count];
    /* Execute-only text (hvt guests) holds constants, too. */
    uint32_t prot = ELF_READ | (phdr->p_flags & PF_W ? ELF_WRITE : 0) |
                    (phdr->p_flags & PF_X ? ELF_EXEC : 0);

    /* Guests in the field carry these, at address 0, where no .tdata is. */
    if (phdr->p_memsz == 0)
        return 0;
    if (image->segment_count == ELF_MAX_SEGMENTS)
        return REFUSE(r, "more than %d segments", ELF_MAX_SEGMENTS);
    if (phdr->p_filesz > phdr->p_memsz)
        return REFUSE(r,
                      "damaged: segment at 0x%" PRIx64
                      " has more bytes in the file (%" PRIu64
                      ") than in memory (%" PRIu64 ")",
                      phdr->p_vaddr, phdr->p_filesz, phdr->p_memsz);
    /* Without bytes in the file the offset means nothing; it may lie behind
     * the end of a stripped file. */
    if (phdr->p_filesz > 0 &&
        !guest_range_inside(phdr->p_offset, phdr->p_filesz, 0, r->file_bytes))
        return REFUSE(r,
                      "damaged: segment at 0x%" PRIx64 " lies outside the file",
                      phdr->p_vaddr);
    if (phdr->p_vaddr % page != 0)
        return REFUSE(r,
                      "segment at 0x%" PRIx64
                      " is not aligned to a page (0x%" PRIx64 ")",
                      phdr->p_vaddr, page);
    if (phdr->p_align > 1 && (phdr->p_align & (phdr->p_align - 1)) != 0)
        return REFUSE(r,
                      "damaged: segment at 0x%" PRIx64
                      " has alignment 0x%" PRIx64 ", no power of two",
                      phdr->p_vaddr, phdr->p_align);
    if (phdr->p_vaddr < r->target->guest_min)
        return REFUSE(r,
                      "segment at 0x%" PRIx64 " lies below 0x%" PRIx64
                      ", the tender's memory",
                      phdr->p_vaddr, r->target->guest_min);
    if (!guest_range_inside(phdr->p_vaddr, phdr->p_memsz, r->target->guest_min,
                            r->mem_bytes) ||
        round_up(phdr->p_vaddr + phdr->p_memsz, page) > r->mem_bytes)
        return REFUSE(r,
                      "segment at 0x%" PRIx64 " of %" PRIu64
                      " bytes does not fit into the memory of %" PRIu64
                      " bytes; give more with --mem",
                      phdr->p_vaddr, phdr->p_memsz, r->mem_bytes);
    if (image->segment_count > 0) {
        if (phdr->p_vaddr < segment[-1].addr)
            return REFUSE(r,
                          "segments do not ascend: 0x%" PRIx64
                          " comes after 0x%" PRIx64,
                          phdr->p_vaddr, segment[-1].addr);
        if (phdr->p_vaddr < image->end)
            return REFUSE(r,
                          "segments overlap: the one at 0x%" PRIx64
                          " reaches to 0x%" PRIx64
                          ", the next begins at 0x%" PRIx64,
                          segment[-1].addr, image->end, phdr->p_vaddr);
        if (round_up(image->end, r->host_page_bytes) > phdr->p_vaddr &&
            segment[-1].prot != prot)
            return REFUSE(r,
                          "segments at 0x%" PRIx64 " and 0x%" PRIx64
                          " would share a page of this machine (0x%" PRIx64
                          "), and lose their protection",
                          segment[-1].addr, phdr->p_vaddr, r->host_page_bytes);
    }
    if (phdr->p_vaddr % r->host_page_bytes != 0 && image->segment_count == 0)
        return REFUSE(r,
                      "segment at 0x%" PRIx64
                      " is not aligned to a page of this machine (0x%" PRIx64
                      ")",
                      phdr->p_vaddr, r->host_page_bytes);
    if ((prot & ELF_WRITE) && (prot & ELF_EXEC))
        return REFUSE(r,
                      "segment at 0x%" PRIx64
                      " is writable and executable; link it apart",
                      phdr->p_vaddr);
    segment->addr = phdr->p_vaddr;
    segment->mem_bytes = phdr->p_memsz;
    segment->file_offset = phdr->p_offset;
    segment->file_bytes = phdr->p_filesz;
    segment->prot = prot;
    image->end = round_up(phdr->p_vaddr + phdr->p_memsz, page);
    image->segment_count++;
    return 0;
}

static int entry_check(const struct reader *r, struct elf_image *image)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];

        if ((segment->prot & ELF_EXEC) &&
            guest_range_inside(image->entry, 1, segment->addr,
                               segment->addr + segment->mem_bytes))
            return 0;
    }
    return REFUSE(
        r, "entry point 0x%" PRIx64 " lies outside the executable segments",
        image->entry);
}

/* The descriptor of a note of ours, if the PT_NOTE holds one. */
struct note {
    uint32_t type;
    uint64_t offset; /* of the descriptor, in the file */
    uint64_t bytes;
};

static bool note_read(const struct reader *r, const Elf64_Phdr *phdr,
                      struct note *note)
{
    struct solo5_note_header header;

    if (phdr->p_type != PT_NOTE || phdr->p_filesz < sizeof header ||
        !guest_range_inside(phdr->p_offset, phdr->p_filesz, 0, r->file_bytes))
        return false;
    memcpy(&header, r->file + phdr->p_offset, sizeof header);
    if (header.n_namesz != sizeof SOLO5_NOTE_NAME ||
        memcmp(header.n_name, SOLO5_NOTE_NAME, sizeof SOLO5_NOTE_NAME) != 0)
        return false;
    note->type = header.n_type;
    note->offset = phdr->p_offset + sizeof header;
    note->bytes = header.n_descsz;
    return true;
}

static int note_check(const struct reader *r, const Elf64_Phdr *phdr,
                      const struct note *note)
{
    uint64_t room = phdr->p_filesz - sizeof(struct solo5_note_header);

    if (note->bytes > room)
        return REFUSE(
            r, "damaged: a note of %" PRIu64 " bytes in room for %" PRIu64,
            note->bytes, room);
    return 0;
}

static int abi_check(const struct reader *r, const struct note *note,
                     struct elf_image *image)
{
    struct solo5_abi1 abi;

    if (note->bytes != sizeof abi)
        return REFUSE(r, "damaged: ABI note of %" PRIu64 " bytes, not %zu",
                      note->bytes, sizeof abi);
    if (image->abi_version != 0)
        return REFUSE(r, "damaged: two ABI notes");
    memcpy(&abi, r->file + note->offset, sizeof abi);
    if (abi.target != r->target->abi)
        return REFUSE(r,
                      "made for another target: ABI target %" PRIu32
                      ", not %" PRIu32 " (%s)",
                      abi.target, r->target->abi, r->target->name);
    if (abi.version < r->target->abi_min || abi.version > r->target->abi_max)
        return REFUSE(r,
                      "ABI version %" PRIu32
                      " is not known here; known: %" PRIu32 " to %" PRIu32,
                      abi.version, r->target->abi_min, r->target->abi_max);
    image->abi_version = abi.version;
    return 0;
}

static int manifest_find(const struct reader *r, const struct note *note,
                         struct elf_image *image)
{
    /* The bytes that align struct mft count as part of the descriptor. */
    uint64_t skip = MFT1_NOTE_ALIGN - sizeof(struct solo5_note_header) % 8;

    if (image->mft_offset != 0)
        return REFUSE(r, "damaged: two manifests");
    if (note->bytes > MFT1_NOTE_MAX_DESCSZ || note->bytes < skip)
        return REFUSE(r,
                      "damaged: manifest note of %" PRIu64 " bytes, at most %u",
                      note->bytes, MFT1_NOTE_MAX_DESCSZ);
    image->mft_offset = note->offset + skip;
    image->mft_bytes = note->bytes - skip;
    return 0;
}

static int notes_read(const struct reader *r, const Elf64_Ehdr *header,
                      struct elf_image *image)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr phdr;
        struct note note;
        int err;

        program_header_read(r, header, i, &phdr);
        if (!note_read(r, &phdr, &note))
            continue;
        err = note_check(r, &phdr, &note);
        if (err == 0 && note.type == SOLO5_ABI1_NOTE_TYPE)
            err = abi_check(r, &note, image);
        else if (err == 0 && note.type == MFT1_NOTE_TYPE)
            err = manifest_find(r, &note, image);
        if (err != 0)
            return err;
    }
    if (image->abi_version == 0)
        return REFUSE(r, "not a unikernel: no Solo5 ABI note");
    if (image->mft_offset == 0)
        return REFUSE(r, "no manifest in it; link one, see `solo5-elftool "
                         "gen-manifest`");
    return 0;
}

int elf_read(struct elf_image *image, const uint8_t *file, uint64_t file_bytes,
             const struct target *target, const struct arch *arch,
             uint64_t mem_bytes, uint64_t host_page_bytes, struct error *error)
{
    const struct reader r = {file,      file_bytes,      target, arch,
                             mem_bytes, host_page_bytes, error};
    Elf64_Ehdr header;
    int err;

    memset(image, 0, sizeof *image);
    err = header_read(&r, &header);
    if (err != 0)
        return err;
    /* Notes first: "for another target" says more than what follows of it. */
    err = notes_read(&r, &header, image);
    if (err != 0)
        return err;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr phdr;

        program_header_read(&r, &header, i, &phdr);
        if (phdr.p_type != PT_LOAD)
            continue;
        err = segment_add(&r, &phdr, image);
        if (err != 0)
            return err;
    }
    image->entry = header.e_entry;
    if (image->segment_count == 0)
        return REFUSE(&r, "damaged: nothing to load");
    /* What follows is memory of another protection. */
    image->end = round_up(image->end, host_page_bytes);
    /* Equal: the first stack would lie in the data. */
    if (image->end >= mem_bytes)
        return REFUSE(&r,
                      "the segments end at %" PRIu64
                      " and leave no room for a stack in the memory of "
                      "%" PRIu64 " bytes; give more with --mem",
                      image->end, mem_bytes);
    return entry_check(&r, image);
}
