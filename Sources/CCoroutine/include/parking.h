// Parked stacks: what is live on a stack that will not run for long is copied out, and its pages go back to the system.
//
//     in use    sp ─► ▓▓▓▓ live ▓▓▓▓ │ high          a page or two, of which some hundred bytes are live
//     parked          (guard marker) │ high          the bytes are in a record of their size; pc = cg_return
//
// A parked context can be switched to like any other: it continues in `cg_return`, on a stack that is kept for that,
// which copies the bytes back to where they were and goes on where the context really stopped. So the switch itself has
// nothing to ask.
//
// A pointer into a parked stack may be held by others: a closure that does not escape, a buffer lent to another
// coroutine. Its page is guarded; whoever touches it, on whatever thread, faults, and the handler of the fault brings the
// bytes back first. What does not fault is a system call that is given such a pointer: it fails with EFAULT. Hence
// `cg_parking_touch`, and the warning where parking is asked for. Nor can a touch by another thread in the very instant
// of parking or returning be seen.
//
// Whose idea: stack copying is known from Ruby's old threads and Go's growing stacks; to the same address, with the
// kernel's guard markers (Linux 6.13) as the trap, is ours.
#ifndef CCOROUTINE_PARKING_H
#define CCOROUTINE_PARKING_H

#include "CCoroutine.h"

#if defined(__cplusplus)
extern "C" {
#endif

/// For the stacks of `thread`, those included that it gets later, as `thread->parking`. False where the kernel has no
/// guard markers, or stacks must not be moved (valgrind).
bool cg_parking_make(cg_thread *thread);
/// Parks the stacks of one more region. Where there is no memory for that, they are never parked.
void cg_parking_add(cg_parking *parking, const cg_region *region);
/// None may be needed any more.
void cg_parking_free(cg_parking *parking);

/// Parks the stack of a context that does not run. False if it is parked already, or there is nothing to be gained.
/// On the thread that the contexts belong to, on none of their stacks.
bool cg_parking_park(cg_parking *parking, cg_context *context);

/// Parked stacks, and the bytes that they take instead of their pages.
size_t cg_parking_count(const cg_parking *parking);
size_t cg_parking_bytes(const cg_parking *parking);

/// Where a context stopped and what was live there, whether or not it is parked.
typedef struct cg_frame_bytes {
    uintptr_t pc, sp, fp;
    ptrdiff_t moved;             // to be added to an address of the stack to find its bytes
} cg_frame_bytes;
cg_frame_bytes cg_parking_look(const cg_parking *parking, const cg_context *context);

/// How many stacks are parked in the process. Not exact while others park theirs.
extern size_t cg_parked_stacks;

/// Brings back whatever is parked in [address, address+size), of whatever thread's stacks. For memory that is not one's
/// own, before a system call is given it.
void cg_parking_touch_slowly(const void *address, size_t size);
static inline __attribute__((always_inline)) void cg_parking_touch(const void *address, size_t size) {
    if (__builtin_expect(__atomic_load_n(&cg_parked_stacks, __ATOMIC_RELAXED) != 0, 0))
        cg_parking_touch_slowly(address, size);
}

/// How often a stack was parked in the process.
extern size_t cg_parkings;

/// For the handler of faults: whether the address was on a parked stack, which is back then; or on a stack that is not
/// parked. Async-signal-safe.
typedef enum { CG_FAULT_ELSEWHERE, CG_FAULT_RESOLVED, CG_FAULT_NOT_PARKED } cg_fault;
cg_fault cg_parking_fault(uintptr_t address);

#if defined(__cplusplus)
}
#endif
#endif
