#pragma once
// What processes need of the system and Swift's Glibc module leaves out: fork(2), which Swift declares unavailable.
#include <sys/types.h>

extern pid_t cev_fork(void) __asm__("fork");
