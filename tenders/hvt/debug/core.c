/* SPDX-License-Identifier: ISC */
/*
 * Core dumps. Contract: core.h. Layout: System V gABI, chapters 4 and 5; the
 * note is the kernel's struct elf_prstatus (linux/elfcore.h), whose registers
 * begin at byte 112 wherever words have 64 bits.
 */
#include "core.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debug.h"

#define PAGE_BYTES 4096
#define PRSTATUS_SIGNAL_AT 12
#define PRSTATUS_PID_AT 32
#define PRSTATUS_REGISTERS_AT 112
#define PRSTATUS_END_BYTES 8

/* What stands in front of the memory. */
struct head {
    Elf64_Ehdr header;
    Elf64_Phdr note_segment;
    Elf64_Phdr memory_segment;
    Elf64_Nhdr note;
    char owner[8];
    uint8_t status[PRSTATUS_REGISTERS_AT + 8 * DEBUG_MAX_CORE_REGISTERS +
                   PRSTATUS_END_BYTES];
};

static void put(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static int head_make(const struct machine *machine, int signal,
                     struct head *head)
{
    const struct guest_memory *memory = &machine->memory;
    uint64_t registers[DEBUG_MAX_CORE_REGISTERS];
    const uint32_t status_bytes =
        PRSTATUS_REGISTERS_AT + 8 * debug_core_registers + PRSTATUS_END_BYTES;

    TRY(debug_core_read(machine->hypervisor, registers));
    *head = (struct head){
        .header =
            {
                .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
                            ELFDATA2LSB, EV_CURRENT, ELFOSABI_LINUX},
                .e_type = ET_CORE,
                .e_machine = archs[0]->elf_machine,
                .e_version = EV_CURRENT,
                .e_phoff = offsetof(struct head, note_segment),
                .e_ehsize = sizeof(Elf64_Ehdr),
                .e_phentsize = sizeof(Elf64_Phdr),
                .e_phnum = 2,
            },
        .note_segment =
            {
                .p_type = PT_NOTE,
                .p_offset = offsetof(struct head, note),
                .p_filesz =
                    sizeof head->note + sizeof head->owner + status_bytes,
                .p_align = 4,
            },
        .memory_segment =
            {
                .p_type = PT_LOAD,
                .p_flags = PF_R | PF_W | PF_X,
                .p_offset = PAGE_BYTES,
                .p_vaddr = memory->start,
                .p_filesz = memory->end - memory->start,
                .p_memsz = memory->end - memory->start,
                .p_align = PAGE_BYTES,
            },
        .note = {sizeof "CORE", status_bytes, NT_PRSTATUS},
        .owner = "CORE",
    };
    put(head->status, (uint32_t)signal);
    put(head->status + PRSTATUS_SIGNAL_AT, (uint32_t)signal);
    put(head->status + PRSTATUS_PID_AT, (uint32_t)getpid());
    memcpy(head->status + PRSTATUS_REGISTERS_AT, registers,
           8 * debug_core_registers);
    return 0;
}

static int write_at(int fd, const void *from, size_t size, off_t at)
{
    ssize_t done = pwrite(fd, from, size, at);
    const int code = done < 0 ? errno : ENOSPC;

    FAIL_IF(done != (ssize_t)size, code, "%s", strerror(code));
    return 0;
}

static int memory_write(int fd, const struct guest_memory *memory)
{
    static const uint8_t zeroes[PAGE_BYTES];
    const uint64_t bytes = memory->end - memory->start;

    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES) {
        const uint8_t *page = memory->host + at;

        if (memcmp(page, zeroes, PAGE_BYTES) != 0)
            TRY(write_at(fd, page, PAGE_BYTES, (off_t)(PAGE_BYTES + at)));
    }
    TRY_SYSTEM(ftruncate(fd, (off_t)(PAGE_BYTES + bytes)), "%m");
    return 0;
}

int core_open(struct core *core, const char *path)
{
    struct stat status;

    core->path = path;
    snprintf(core->name, sizeof core->name, "core.solo5-hvt.%d", (int)getpid());
    core->folder_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    FAIL_IF(core->folder_fd < 0 && (errno == ENOENT || errno == ENOTDIR), errno,
            "--dumpcore=%s: no such folder; make it first", path);
    FAIL_IF(core->folder_fd < 0, errno, "--dumpcore=%s: %m", path);
    TRY_SYSTEM(fstat(core->folder_fd, &status), "--dumpcore=%s: %m", path);
    /* For files alone (setfsuid(2)). Who may not is told nothing. */
    setfsgid(status.st_gid);
    setfsuid(status.st_uid);
    return 0;
}

static int file_make(const struct core *core, int *fd)
{
    *fd = openat(core->folder_fd, core->name,
                 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FAIL_IF(*fd < 0, errno, "--dumpcore=%s: no core can be made there: %m",
            core->path);
    return 0;
}

int core_try(const struct core *core)
{
    int fd, err = file_make(core, &fd);

    /* An earlier process of this number left it; see core_write. */
    if (err == -EEXIST)
        return 0;
    if (err < 0)
        return err;
    close(fd);
    unlinkat(core->folder_fd, core->name, 0);
    return 0;
}

int core_write(const struct core *core, const struct machine *machine,
               int signal)
{
    static struct head head;
    int fd, err;

    TRY(head_make(machine, signal, &head));
    unlinkat(core->folder_fd, core->name, 0);
    TRY(file_make(core, &fd));
    err = write_at(fd, &head, sizeof head, 0);
    if (err == 0)
        err = memory_write(fd, &machine->memory);
    close(fd);
    if (err < 0) {
        unlinkat(core->folder_fd, core->name, 0);
        return fail(-err, "%s/%s: %s; no core is left", core->path, core->name,
                    error_line());
    }
    fprintf(stderr, "%s: core dumped: %s/%s\n", tender_target.program,
            core->path, core->name);
    return 0;
}
