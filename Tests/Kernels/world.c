// Runs a program in the world of another kernel: some system calls fail as they do there. Everything that the program
// starts is in it too. Needs no privileges.
//
//     world old PROGRAM ARGUMENTS…        no guard markers (before Linux 6.13)
//     world container PROGRAM ARGUMENTS…  what Docker's default list of system calls refuses, as it refuses it
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

// What a header may not know yet; the same number everywhere.
enum { PROCESS_MADVISE = 440, CLONE3 = 435, GUARD_INSTALL = 102, GUARD_REMOVE = 103 };

static struct sock_filter program[256];
static unsigned short length;

static void put(struct sock_filter instruction) { program[length++] = instruction; }
static void load(unsigned offset) {
    put((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}
static void give(unsigned what) { put((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what)); }
// The next `count` instructions only where the loaded word has this value.
static void only_if(unsigned value, unsigned char count) {
    put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
}

static void refuse(unsigned call, int error) {
    only_if(call, 1);
    give(SECCOMP_RET_ERRNO | (unsigned)error);
}

// A call that fails only with guard markers as its advice, which is argument number `argument`. Little-endian.
static void refuse_markers(unsigned call, unsigned argument) {
    only_if(call, 6);
    load(offsetof(struct seccomp_data, args) + 8 * argument);
    only_if(GUARD_INSTALL, 1);
    give(SECCOMP_RET_ERRNO | EINVAL);
    only_if(GUARD_REMOVE, 1);
    give(SECCOMP_RET_ERRNO | EINVAL);
    give(SECCOMP_RET_ALLOW);
}

static const unsigned refused_in_containers[] = {
    SYS_add_key, SYS_keyctl, SYS_request_key, SYS_perf_event_open, SYS_userfaultfd, SYS_bpf, SYS_mount, SYS_umount2,
    SYS_setns, SYS_unshare, SYS_pivot_root,
    SYS_quotactl, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_settimeofday, SYS_clock_settime,
    SYS_move_pages, SYS_mbind, SYS_set_mempolicy, SYS_syslog, SYS_acct, SYS_open_by_handle_at, SYS_vhangup,
    SYS_init_module, SYS_delete_module, SYS_kexec_load, SYS_lookup_dcookie,
    425, 426, 427,      // io_uring_setup, _enter, _register
    PROCESS_MADVISE,
    428, 429, 430, 431, 432, 433, 442,  // the new calls for mounts
};

int main(int count, char **arguments) {
    if (count < 3 || (strcmp(arguments[1], "old") != 0 && strcmp(arguments[1], "container") != 0)) {
        fprintf(stderr, "usage: world old|container PROGRAM ARGUMENTS\n");
        return 64;
    }
    load(offsetof(struct seccomp_data, arch));
    put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    give(SECCOMP_RET_ALLOW);
    load(offsetof(struct seccomp_data, nr));
    if (strcmp(arguments[1], "old") == 0) {
        refuse_markers(SYS_madvise, 2);
        refuse_markers(PROCESS_MADVISE, 3);
    } else {
        for (size_t i = 0; i < sizeof refused_in_containers / sizeof *refused_in_containers; i++)
            refuse(refused_in_containers[i], EPERM);
        // So that glibc makes threads by clone, whose flags such a list can look at.
        refuse(CLONE3, ENOSYS);
    }
    give(SECCOMP_RET_ALLOW);
    struct sock_fprog filter = { length, program };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        perror("world");
        return 71;
    }
    execvp(arguments[2], arguments + 2);
    perror(arguments[2]);
    return 127;
}
