// Looking at stacks from outside: backtraces of parked and of running ones, and the names of what is on them.
#ifndef CCOROUTINE_INSPECT_H
#define CCOROUTINE_INSPECT_H

#include "CCoroutine.h"

#if defined(__cplusplus)
extern "C" {
#endif

/// Follows frame pointers from `fp` and stores where each frame is: `pc` first unless it is 0, then an address within
/// the call instruction of each caller. Reads nothing outside of [low, high), goes upward only, and stops at anything
/// that cannot be a frame. `moved` is added to an address to find what belongs there: see parking.h. Async-signal-safe.
size_t cg_walk(
    uintptr_t pc, uintptr_t fp, uintptr_t low, uintptr_t high, ptrdiff_t moved, uintptr_t *addresses, size_t limit);

/// The caller's own frames.
size_t cg_walk_here(uintptr_t high, uintptr_t *addresses, size_t limit);

/// An address on the stack that is running.
uintptr_t cg_here(void);

/// The bounds of the calling thread's own stack. Not async-signal-safe.
bool cg_own_stack(uintptr_t *low, uintptr_t *high);

/// The system's number for the calling thread.
int cg_thread_id(void);

/// What the dynamic linker knows of an address.
typedef struct cg_image {
    uintptr_t base;
    const char *path;        // never NULL; of the program itself as it was called
    bool is_program;
    const char *symbol;      // an exported one, or NULL
    uintptr_t symbol_start;
} cg_image;
bool cg_image_of(uintptr_t address, cg_image *image);

/// A Swift name in readable form, to be freed; NULL if it is none.
char *cg_demangle(const char *name);

// --- Samples: what another thread is doing right now.

enum { CG_SAMPLE_FRAMES = 64, CG_SAMPLE_NAME = 64 };

typedef struct cg_sample {
    uintptr_t addresses[CG_SAMPLE_FRAMES];
    size_t count;
    char name[CG_SAMPLE_NAME];   // of the greenlet; empty if it has none
    const char *spawn_file;      // static, or NULL
    uint32_t spawn_line;
} cg_sample;

/// Where the signal that takes samples finds a thread's stacks.
typedef struct cg_sampled {
    const cg_thread *thread;
    uintptr_t own_low, own_high; // the thread's own stack
} cg_sampled;

/// To be called on a thread that is to be sampled: it may have inherited a mask that keeps SIGURG away (libdispatch's
/// threads have one).
void cg_sample_allow(void);

/// Interrupts `thread` (a pthread_t, alive) with SIGURG and has it look at itself. False if it did not answer in time.
/// One caller at a time in the process.
bool cg_sample_thread(uintptr_t thread, const cg_sampled *what, int64_t nanoseconds, cg_sample *result);

// --- The monitor thread's sleep, which signals end.

/// Sleeps for so long (negative: for ever), or until `cg_monitor_wake` or a dump signal.
void cg_monitor_wait(int64_t nanoseconds);
/// Async-signal-safe.
void cg_monitor_wake(void);
/// In a forked child: nobody has woken it yet.
void cg_monitor_reset(void);

/// From now on this signal (1 to 63) wakes the monitor. 0, or errno.
int cg_dump_install(int number);
/// The signal does again what it did.
void cg_dump_remove(int number);
/// Which dump signals have come, bit by number, since the last call.
uint64_t cg_dump_take(void);

/// Reads what another thread writes without any order: a counter that may be a moment old. Behind the thread
/// sanitizer's back: the writer's increments are plain ones, for speed.
uint64_t cg_peek64(const void *address);
uint32_t cg_peek32(const void *address);
uint8_t cg_peek8(const void *address);

#if defined(__cplusplus)
}
#endif
#endif
