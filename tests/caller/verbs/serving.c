/* SPDX-License-Identifier: ISC */
/*
 * serving error|kill UNIT [UNIT ...]: a service manager that starts the tender
 * as the sections [Service] of these files say (systemd.exec(5)), later lines
 * after earlier ones. error: calls that they do not list are answered as they
 * say; kill: they end the tender, so the list is complete.
 *
 * What is imitated is stricter than the original: the calls for libraries that
 * systemd adds to a list are not added. A setting that is neither imitated nor
 * known as one that changes nothing for a tender in its place is an error.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "caller.h"
#include "calls.h"

#define USER 1000
#define MAX_SETTINGS 128
#define MAX_CALLS 100

/* ---- The files ---- */

static struct {
    char *key, *value;
    bool is_tried;
} settings[MAX_SETTINGS];
static size_t setting_count;

static void file_read(const char *path)
{
    bool is_service = false;
    char line[4096];
    FILE *file = fopen(path, "re");

    if (file == NULL)
        caller_fail("serving %s: %m", path);
    while (fgets(line, sizeof line, file) != NULL) {
        char *value = strchr(line, '=');

        line[strcspn(line, "\n")] = '\0';
        if (*line == '[')
            is_service = strcmp(line, "[Service]") == 0;
        if (!is_service || value == NULL || !isupper((unsigned char)*line))
            continue;
        if (setting_count == MAX_SETTINGS)
            caller_fail("serving %s: too many settings", path);
        *value = '\0';
        settings[setting_count].key = strdup(line);
        settings[setting_count].value = strdup(value + 1);
        setting_count++;
    }
    fclose(file);
}

/* The last value of a setting, or "". */
static const char *value_of(const char *key)
{
    const char *value = "";

    for (size_t i = 0; i < setting_count; i++)
        if (strcmp(settings[i].key, key) == 0) {
            settings[i].is_tried = true;
            value = settings[i].value;
        }
    return value;
}

static bool is_set(const char *key)
{
    return strcmp(value_of(key), "yes") == 0;
}

static bool is_given(const char *key)
{
    for (size_t i = 0; i < setting_count; i++)
        if (strcmp(settings[i].key, key) == 0)
            return true;
    return false;
}

/* The words of all its lines, one after the other; NULL: no more. */
static char *word_next(const char *key, size_t *at, char **rest)
{
    for (;;) {
        char *word;

        while (*rest != NULL)
            if ((word = strsep(rest, " ")) != NULL && *word != '\0')
                return word;
        while (*at < setting_count && strcmp(settings[*at].key, key) != 0)
            (*at)++;
        if (*at == setting_count)
            return NULL;
        settings[*at].is_tried = true;
        *rest = strdup(settings[*at].value);
        (*at)++;
    }
}

/* ---- Files, devices, networks ---- */

/* What only a real service manager can do or has a use for: with folders,
 * devices of cgroups and keys that a place does not have, and with processes'
 * names and ends. */
static const char *const elsewhere[] = {
    "Type",
    "EnvironmentFile",
    "ExecStart",
    "StateDirectory",
    "StateDirectoryMode",
    "WorkingDirectory",
    "KeyringMode",
    "RemoveIPC",
    "ProtectHome",
    "PrivateTmp",
    "ProtectControlGroups",
    "ProtectKernelTunables",
    "IPAddressDeny",
    "SystemCallArchitectures",
};

static void try(int result, const char *what)
{
    if (result < 0)
        caller_fail("serving: %s: %m", what);
}

/* A node of a new /dev; its rights are those that udev gives. */
static void node_make(const char *folder, const char *path)
{
    struct stat status;
    char copy[256];

    try(stat(path, &status), path);
    snprintf(copy, sizeof copy, "%s/net", folder);
    mkdir(copy, 0755);
    snprintf(copy, sizeof copy, "%s%s", folder, path + strlen("/dev"));
    try(mknod(copy, S_IFCHR | 0666, status.st_rdev), copy);
    try(chmod(copy, 0666), copy);
}

static void devices_replace(void)
{
    static const char *const always[] = {"/dev/null", "/dev/zero", "/dev/full",
                                         "/dev/random", "/dev/urandom"};
    const char *folder = "serving.dev";
    char *path, *rest = NULL;
    size_t at = 0;

    try(mkdir(folder, 0755), folder);
    try(mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755"),
        folder);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        node_make(folder, always[i]);
    /* "-": if it is there. */
    while ((path = word_next("BindPaths", &at, &rest)) != NULL)
        if (*path != '-')
            node_make(folder, path);
        else if (access(path + 1, F_OK) == 0)
            node_make(folder, path + 1);
    try(mount(folder, "/dev", NULL, MS_MOVE, NULL), "/dev");
    rmdir(folder);
    /* The rights to open them are those of cgroups. */
    value_of("DevicePolicy");
    value_of("DeviceAllow");
}

static void folders_protect(void)
{
    const unsigned long again = MS_BIND | MS_REMOUNT;

    if (strcmp(value_of("ProtectSystem"), "strict") != 0)
        return;
    /* The state's folder is the one that can be written. */
    try(mount(".", ".", NULL, MS_BIND, NULL), "folder");
    try(mount(NULL, "/", NULL, again | MS_RDONLY, NULL), "/");
    try(access("/", W_OK) < 0 && errno == EROFS ? 0 : -1, "strict");
}

/* The images are the user's. */
static void state_give(void)
{
    struct dirent *entry;
    DIR *folder = opendir(".");

    if (folder == NULL)
        caller_fail("serving: %m");
    while ((entry = readdir(folder)) != NULL)
        if (strcmp(entry->d_name, "..") != 0)
            try(chown(entry->d_name, USER, USER), entry->d_name);
    closedir(folder);
}

static void spaces_make(void)
{
    try(unshare(CLONE_NEWNS), "namespace");
    try(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    value_of("PrivateMounts");
    if (is_set("PrivateNetwork"))
        try(unshare(CLONE_NEWNET), "network");
    if (is_set("PrivateDevices"))
        devices_replace();
    if (strcmp(value_of("ProcSubset"), "pid") == 0 &&
        strcmp(value_of("ProtectProc"), "invisible") == 0) {
        try(umount2("/proc", MNT_DETACH), "/proc");
        try(mount("proc", "/proc", "proc", 0, "subset=pid,hidepid=invisible"),
            "/proc");
    }
    folders_protect();
}

/* ---- User and capabilities ---- */

static void text_put(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);

    try(fd, path);
    try((int)write(fd, text, strlen(text)), path);
    close(fd);
}

/* As solo5-tap@.service does: the tap of this name is the unit's user's. Later
 * kernels let nobody else have one that has no owner. A tap that somebody holds
 * is given by its descriptor, and needs none. */
static void tap_give(void)
{
    struct ifreq tap = {.ifr_name = "service",
                        .ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd;

    if (if_nametoindex(tap.ifr_name) == 0)
        return;
    fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &tap) == 0)
        try(ioctl(fd, TUNSETOWNER, USER), "owner of the tap");
    close(fd);
}

static void user_become(void)
{
    const uid_t user = USER;
    char map[64];

    value_of("SupplementaryGroups");
    if (*value_of("User") == '\0')
        return;
    tap_give();
    try(setgroups(0, NULL), "groups");
    try(setresgid(user, user, user), "group");
    try(setresuid(user, user, user), "user");
    if (!is_set("PrivateUsers"))
        return;
    /* Else /proc/self belongs to root. */
    try(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable");
    try(unshare(CLONE_NEWUSER), "user namespace");
    snprintf(map, sizeof map, "%u %u 1", user, user);
    text_put("/proc/self/setgroups", "deny");
    text_put("/proc/self/uid_map", map);
    text_put("/proc/self/gid_map", map);
}

static void powers_drop(void)
{
    struct __user_cap_header_struct process = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    if (is_given("CapabilityBoundingSet") &&
        *value_of("CapabilityBoundingSet") == '\0')
        for (int power = 0; prctl(PR_CAPBSET_READ, power, 0, 0, 0) >= 0;
             power++)
            try(prctl(PR_CAPBSET_DROP, power, 0, 0, 0), "bounding set");
    if (*value_of("AmbientCapabilities") == '\0')
        try((int)syscall(SYS_capset, &process, none), "capabilities");
    if (is_set("NoNewPrivileges"))
        try(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

/* ---- Calls ---- */

/* What is refused by settings that are lists of calls. */
static const struct {
    const char *key;
    int number;
} refused[] = {
    {"RestrictNamespaces", SYS_unshare},
    {"RestrictNamespaces", SYS_setns},
    {"RestrictNamespaces", SYS_clone},
    {"RestrictRealtime", SYS_sched_setscheduler},
    {"RestrictSUIDSGID", SYS_fchmod},
    {"RestrictSUIDSGID", SYS_fchmodat},
    {"RestrictSUIDSGID", SYS_mknodat},
    {"ProtectClock", SYS_adjtimex},
    {"ProtectClock", SYS_clock_settime},
    {"ProtectHostname", SYS_sethostname},
    {"ProtectKernelLogs", SYS_syslog},
    {"ProtectKernelModules", SYS_finit_module},
    {"ProtectKernelModules", SYS_init_module},
};

#define NUMBER \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define CALL(number, then) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(number), 0, then)
/* The low half comes first. */
#define ARGUMENT(at)                   \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
             offsetof(struct seccomp_data, args) + 8 * (at))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSE(number) RETURN(SECCOMP_RET_ERRNO | (unsigned)(number))
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define INSTALL(insns) calls_filter(insns, sizeof(insns) / sizeof *(insns), 0)

static void personality_lock(void)
{
    const struct sock_filter insns[] = {
        NUMBER,        CALL(SYS_personality, 3),
        ARGUMENT(0),   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        REFUSE(EPERM), ALLOW,
    };

    if (is_set("LockPersonality"))
        INSTALL(insns);
}

static void memory_deny(void)
{
    const unsigned both = PROT_WRITE | PROT_EXEC;
    const struct sock_filter insns[] = {
        NUMBER,
        CALL(SYS_mmap, 5),
        ARGUMENT(2),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, both),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, both, 0, 1),
        REFUSE(EPERM),
        ALLOW,
        CALL(SYS_mprotect, 3),
        ARGUMENT(2),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
        REFUSE(EPERM),
        ALLOW,
    };

    if (is_set("MemoryDenyWriteExecute"))
        INSTALL(insns);
}

static void families_restrict(void)
{
    struct sock_filter insns[] = {
        NUMBER,
        CALL(SYS_socket, 3),
        ARGUMENT(0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
        REFUSE(EAFNOSUPPORT),
        ALLOW,
    };
    const char *last = value_of("RestrictAddressFamilies");

    if (strcmp(last, "none") == 0)
        insns[3].k = UINT32_MAX;
    else if (strcmp(last, "AF_UNIX") != 0)
        caller_fail("serving: RestrictAddressFamilies=%s: not imitated", last);
    INSTALL(insns);
}

static void groups_refuse(void)
{
    struct sock_filter insns[2 * MAX_CALLS] = {NUMBER};
    size_t count = 1;

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (is_set(refused[i].key)) {
            insns[count++] = (struct sock_filter)CALL(refused[i].number, 1);
            insns[count++] = (struct sock_filter)REFUSE(EPERM);
        }
    insns[count++] = (struct sock_filter)ALLOW;
    calls_filter(insns, count, 0);
}

static void rest_check(void)
{
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        value_of(elsewhere[i]);
    for (size_t i = 0; i < setting_count; i++)
        if (!settings[i].is_tried)
            caller_fail("serving: %s=%s: not tried", settings[i].key,
                        settings[i].value);
}

/* The last one: it allows no other filter. KILL: as the verb says. */
static void list_allow(bool kill)
{
    static const char *const starts[] = {"execve", "exit_group"};
    struct sock_filter insns[2 * MAX_CALLS + 2] = {NUMBER};
    const char *error = value_of("SystemCallErrorNumber");
    char *name, *rest = NULL;
    size_t count = 1, at = 0;

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        insns[count++] = (struct sock_filter)CALL(calls_number(starts[i]), 1);
        insns[count++] = (struct sock_filter)ALLOW;
    }
    while ((name = word_next("SystemCallFilter", &at, &rest)) != NULL) {
        if (count + 3 > sizeof insns / sizeof *insns)
            caller_fail("serving: too many calls");
        insns[count++] = (struct sock_filter)CALL(calls_number(name), 1);
        insns[count++] = (struct sock_filter)ALLOW;
    }
    rest_check();
    if (kill || *error == '\0')
        insns[count++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
    else
        insns[count++] = (struct sock_filter)REFUSE(calls_errno(error));
    calls_filter(insns, count, 0);
}

static void serving(char **words, char **command)
{
    const bool kill = words[0] != NULL && strcmp(words[0], "kill") == 0;
    const struct rlimit no_core = {0, 0};

    if (words[0] == NULL || words[1] == NULL)
        caller_fail("usage: serving error|kill UNIT [UNIT ...]");
    for (words++; *words != NULL; words++)
        file_read(*words);
    spaces_make();
    state_give();
    if (strcmp(value_of("LimitCORE"), "0") == 0)
        try(setrlimit(RLIMIT_CORE, &no_core), "core");
    umask((mode_t)strtoul(value_of("UMask"), NULL, 8));
    user_become();
    powers_drop();
    personality_lock();
    memory_deny();
    families_restrict();
    groups_refuse();
    list_allow(kill);
    caller_become(command);
}

VERB("serving", serving);
