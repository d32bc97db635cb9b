/* SPDX-License-Identifier: ISC */
/*
 * ELF reader. Contract: elf_image.h; rules: System V gABI and elf_abi.h. Tools
 * have the same rules in Python: solo5/elf/runnable.py; a test compares them.
 */
#include "elf_image.h"

#include <string.h>

#include "error.h"

#define REFUSE_IF(condition, ...) FAIL_IF(condition, ENOEXEC, __VA_ARGS__)

static bool in_file(const struct elf_image *image, uint64_t at, uint64_t bytes)
{
    return guest_range_inside(at, bytes, 0, image->file.bytes);
}

static int file_read(const struct elf_image *image, uint64_t at, void *buffer,
                     uint64_t bytes)
{
    return image->file.read(image->file.context, at, buffer, bytes);
}

static int header_read(const struct elf_image *image, Elf64_Ehdr *header)
{
    static const uint8_t ident[] = {ELFMAG0,    ELFMAG1,     ELFMAG2,   ELFMAG3,
                                    ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
    const struct arch *arch = image->arch;

    REFUSE_IF(image->file.bytes < sizeof *header, "not an ELF file: too short");
    TRY(file_read(image, 0, header, sizeof *header));
    REFUSE_IF(memcmp(header->e_ident, ident, sizeof ident) != 0,
              "not an ELF file of version 1, 64 bits, little-endian");
    REFUSE_IF(header->e_version != EV_CURRENT || header->e_type != ET_EXEC,
              "not an executable: ELF type %d, version %u", header->e_type,
              header->e_version);
    REFUSE_IF(header->e_machine != arch->elf_machine,
              "made for another machine: ELF machine %d, not %d (%s)",
              header->e_machine, arch->elf_machine, arch->name);
    REFUSE_IF(
        header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
            header->e_phnum == PN_XNUM ||
            header->e_phoff % sizeof(uint64_t) != 0 ||
            !in_file(image, header->e_phoff,
                     header->e_phnum * sizeof(Elf64_Phdr)),
        "damaged: %d program headers of %d bytes at %ju are outside the file",
        header->e_phnum, header->e_phentsize, header->e_phoff);
    REFUSE_IF(header->e_phnum > ELF_MAX_HEADERS,
              "%d program headers; at most %d are read", header->e_phnum,
              ELF_MAX_HEADERS);
    return 0;
}

/* The end of the last page that holds a byte of the segment. */
static uint64_t pages_end(const struct elf_image *image,
                          const struct elf_segment *segment)
{
    return round_up(segment->addr.value + segment->mem_bytes,
                    image->page_bytes);
}

struct elf_pages elf_pages(const struct elf_image *image, uint32_t index)
{
    const struct elf_segment *segment = &image->segment[index];
    uint64_t start, before;

    if (index == image->segment_count)
        return (struct elf_pages){image->end, image->mem_bytes, PF_R | PF_W};
    start = segment->addr.value & ~(image->page_bytes - 1);
    before = index == 0 ? 0 : pages_end(image, segment - 1);
    return (struct elf_pages){start > before ? start : before,
                              pages_end(image, segment), segment->flags};
}

/* Returns what is wrong with the segment of PHDR, which is to follow those that
 * are there, and whose rights are FLAGS; or NULL. */
static const char *segment_fault(const struct elf_image *image,
                                 const Elf64_Phdr *phdr, uint32_t flags)
{
    const uint64_t addr = phdr->p_vaddr, min = image->target->guest_min;
    const uint32_t count = image->segment_count;

    if (count == ELF_MAX_SEGMENTS)
        return "is one too many";
    if (phdr->p_filesz > phdr->p_memsz)
        return "is larger in the file";
    /* Without bytes in the file the offset means nothing; it may lie behind
     * the end of a stripped file. */
    if (phdr->p_filesz > 0 && !in_file(image, phdr->p_offset, phdr->p_filesz))
        return "lies outside the file";
    if (addr % image->arch->guest_page_bytes != 0)
        return "is not aligned to a page";
    if ((phdr->p_align & (phdr->p_align - 1)) != 0)
        return "has an alignment that is no power of two";
    if (addr < min)
        return "begins in the tender's memory";
    if (!guest_range_inside(addr, phdr->p_memsz, min, image->mem_bytes))
        return "does not fit into memory; give more with --mem";
    if (addr < image->end)
        return "overlaps the one before, or does not ascend";
    if (count > 0 && addr < pages_end(image, &image->segment[count - 1]) &&
        flags != image->segment[count - 1].flags)
        return "shares a page of this host with the one before, and would lose its protection";
    if ((flags & PF_W) && (flags & PF_X))
        return "is writable and executable; link it apart";
    return NULL;
}

static int segment_add(struct elf_image *image, const Elf64_Phdr *phdr)
{
    /* Execute-only text (hvt guests) holds constants, too. */
    const uint32_t flags = PF_R | (phdr->p_flags & (PF_W | PF_X));
    const char *fault = segment_fault(image, phdr, flags);

    REFUSE_IF(
        fault != NULL,
        "segment at %#jx, %ju bytes, %ju in the file, memory of %ju bytes: it %s",
        phdr->p_vaddr, phdr->p_memsz, phdr->p_filesz, image->mem_bytes, fault);
    image->segment[image->segment_count] = (struct elf_segment){
        {phdr->p_vaddr}, phdr->p_memsz, phdr->p_offset, phdr->p_filesz, flags};
    image->segment_count++;
    image->end = phdr->p_vaddr + phdr->p_memsz;
    return 0;
}

static int abi_read(struct elf_image *image, const uint8_t *content,
                    uint32_t bytes)
{
    const struct target *target = image->target;
    struct solo5_abi1 abi;

    REFUSE_IF(bytes != sizeof abi || image->abi_version != 0,
              "damaged: ABI note of %u bytes, or a second one", bytes);
    memcpy(&abi, content, sizeof abi);
    REFUSE_IF(abi.target != target->abi,
              "made for another target: ABI target %u, not %u (%s)", abi.target,
              target->abi, target->program);
    REFUSE_IF(abi.version == 0 || abi.version > target->abi_max,
              "ABI version %u is not known here; known: 1 to %u", abi.version,
              target->abi_max);
    image->abi_version = abi.version;
    return 0;
}

static int manifest_note_read(struct elf_image *image, const uint8_t *content,
                              uint32_t bytes)
{
    REFUSE_IF(
        bytes < MFT1_NOTE_PAD || bytes > MFT1_NOTE_MAX_DESCSZ ||
            image->manifest.mft.version != 0,
        "damaged: manifest note of %u bytes: a second one, or the note does not fall within valid size",
        bytes);
    return manifest_read(&image->manifest, content + MFT1_NOTE_PAD,
                         bytes - MFT1_NOTE_PAD);
}

/* Reads a note, if PHDR holds one of ours. */
static int note_read(struct elf_image *image, const Elf64_Phdr *phdr)
{
    const struct solo5_note_header *header = &image->note.header;
    const uint64_t room_max = sizeof image->note;
    const uint64_t room = phdr->p_filesz - sizeof *header;

    if (phdr->p_filesz < sizeof *header ||
        !in_file(image, phdr->p_offset, phdr->p_filesz))
        return 0;
    TRY(file_read(image, phdr->p_offset, &image->note,
                  phdr->p_filesz < room_max ? phdr->p_filesz : room_max));
    if (header->n_namesz != sizeof SOLO5_NOTE_NAME ||
        memcmp(header->n_name, SOLO5_NOTE_NAME, sizeof SOLO5_NOTE_NAME) != 0)
        return 0;
    REFUSE_IF(
        header->n_descsz > room,
        "damaged: a note of %u bytes in room for %ju: the note does not fall within valid size",
        header->n_descsz, room);
    if (header->n_type == SOLO5_ABI1_NOTE_TYPE)
        return abi_read(image, image->note.content, header->n_descsz);
    if (header->n_type == MFT1_NOTE_TYPE)
        return manifest_note_read(image, image->note.content, header->n_descsz);
    return 0;
}

static int entry_check(const struct elf_image *image)
{
    const uint64_t entry = image->entry;

    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        const uint64_t start = segment->addr.value;

        if (!(segment->flags & PF_X) ||
            !guest_range_inside(entry, 1, start, start + segment->mem_bytes))
            continue;
        REFUSE_IF(
            entry - start >= segment->file_bytes,
            "entry point %#jx has no bytes in the file; give the program itself, not its debug information",
            entry);
        return 0;
    }
    return fail(ENOEXEC,
                "entry point %#jx lies outside the executable segments", entry);
}

int elf_read(struct elf_image *image)
{
    const Elf64_Phdr *phdr = image->phdr;
    Elf64_Ehdr header;

    TRY(header_read(image, &header));
    TRY(file_read(image, header.e_phoff, image->phdr,
                  header.e_phnum * sizeof *phdr));
    /* Notes first: "for another target" says more than what follows of it. */
    for (unsigned i = 0; i < header.e_phnum; i++)
        if (phdr[i].p_type == PT_NOTE)
            TRY(note_read(image, &phdr[i]));
    REFUSE_IF(image->abi_version == 0, "not a unikernel: no Solo5 ABI note");
    REFUSE_IF(image->manifest.mft.version == 0,
              "no manifest in it; link one, see `solo5-elftool gen-manifest`");
    image->entry = header.e_entry;
    /* Guests in the field carry some without memory, where no .tdata is. */
    for (unsigned i = 0; i < header.e_phnum; i++)
        if (phdr[i].p_type == PT_LOAD && phdr[i].p_memsz > 0)
            TRY(segment_add(image, &phdr[i]));
    REFUSE_IF(image->segment_count == 0, "damaged: nothing to load");
    /* What follows is memory of another protection. */
    image->end =
        round_up(pages_end(image, &image->segment[image->segment_count - 1]),
                 image->arch->guest_page_bytes);
    /* Equal: the first stack would lie in the data. */
    REFUSE_IF(
        image->end >= image->mem_bytes,
        "the segments end at %ju and leave no room for a stack in the memory of %ju bytes; give more with --mem",
        image->end, image->mem_bytes);
    return entry_check(image);
}
