// Backtraces by frame pointers, and what the dynamic linker knows of their addresses.
#define _GNU_SOURCE
#include "CCoroutine.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

// What may be set in a saved frame pointer besides the address: Swift marks the frames of async functions by bit 60.
#define FRAME_MASK (~((uintptr_t)1 << 60))
#if defined(__aarch64__)
// Return addresses may be signed in their upper bits.
#define CODE_MASK (((uintptr_t)1 << 48) - 1)
#else
#define CODE_MASK (~(uintptr_t)0)
#endif

__attribute__((no_sanitize("address", "thread")))
size_t cg_walk(
    uintptr_t pc, uintptr_t fp, uintptr_t low, uintptr_t high, ptrdiff_t moved, uintptr_t *addresses, size_t limit) {
    size_t count = 0;
    if (pc && limit) addresses[count++] = pc;
    // A frame: [fp] the caller's frame, [fp + 8] where the caller goes on.
    uintptr_t frame = fp & FRAME_MASK;
    while (count < limit && frame % sizeof(uintptr_t) == 0 && frame >= low && high >= 16 && frame <= high - 16) {
        const uintptr_t *words = (const uintptr_t *)(frame + (uintptr_t)moved);
        uintptr_t caller = words[1] & CODE_MASK;
        if (caller < 4096) break;
        // Back into the call: a call that never returns may be the last instruction of its function.
        addresses[count++] = caller - 1;
        uintptr_t next = words[0] & FRAME_MASK;
        if (next <= frame) break;
        frame = next;
    }
    return count;
}

__attribute__((noinline))
size_t cg_walk_here(uintptr_t high, uintptr_t *addresses, size_t limit) {
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    return cg_walk(0, frame, frame, high, 0, addresses, limit);
}

__attribute__((noinline)) uintptr_t cg_here(void) { return (uintptr_t)__builtin_frame_address(0); }

bool cg_own_stack(uintptr_t *low, uintptr_t *high) {
    pthread_attr_t attributes;
    void *start;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
    int failure = pthread_attr_getstack(&attributes, &start, &size);
    pthread_attr_destroy(&attributes);
    if (failure) return false;
    *low = (uintptr_t)start;
    *high = (uintptr_t)start + size;
    return true;
}

int cg_thread_id(void) { return (int)syscall(SYS_gettid); }

bool cg_image_of(uintptr_t address, cg_image *image) {
    Dl_info info, program;
    if (!dladdr((const void *)address, &info) || !info.dli_fbase || !info.dli_fname) return false;
    image->base = (uintptr_t)info.dli_fbase;
    image->path = info.dli_fname;
    // The program's entry point lies in the program.
    image->is_program =
        dladdr((const void *)getauxval(AT_ENTRY), &program) && program.dli_fbase == info.dli_fbase;
    image->symbol = info.dli_sname;
    image->symbol_start = (uintptr_t)info.dli_saddr;
    return true;
}

// Weak: a C program (the AArch64 check) has no Swift runtime.
__attribute__((weak)) char *swift_demangle(const char *, size_t, char *, size_t *, uint32_t);

char *cg_demangle(const char *name) {
    return swift_demangle ? swift_demangle(name, strlen(name), NULL, NULL, 0) : NULL;
}
