#pragma once
// What processes need of the system and Swift's Glibc module leaves out: fork(2), which Swift declares unavailable.
#include <sys/types.h>

extern pid_t cev_fork(void) __asm__("fork");

// pidfd_open(2) and pidfd_send_signal(2) have wrappers from glibc 2.36 on only, and what follows is declared under
// _GNU_SOURCE only; by other names, so that both declarations can be seen.
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int cev_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static inline int cev_pidfd_send_signal(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, (void *)0, 0);
}

// Whether the calling thread is the one that the process began with.
static inline int cev_is_main_thread(void) { return syscall(SYS_gettid) == getpid(); }

extern int cev_pipe2(int descriptors[2], int flags) __asm__("pipe2");
extern int cev_spawn_addchdir(posix_spawn_file_actions_t *actions, const char *path)
    __asm__("posix_spawn_file_actions_addchdir_np");
extern int cev_spawn_addclosefrom(posix_spawn_file_actions_t *actions, int first)
    __asm__("posix_spawn_file_actions_addclosefrom_np");

// The environment: a global variable, which Swift would not let be read.
static inline char **cev_environment(void) {
    extern char **environ;
    return environ;
}
