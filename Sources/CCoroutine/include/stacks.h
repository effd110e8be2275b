// Where stacks lie, what keeps them apart, and the report of one that was used up.
//
//     one slot    low ─► guard  stack_low                stack                high ─► guard of the next slot
//                        ░░░░░░░░ │◄── grows ──── ▓▓▓▓ frames ▓▓ root │ canary │ ░░░░
//
// The canary is some words at each stack's top, in the page that is in use anyhow. It tells of what came from the slot
// above: a stack that has no guard is checked, at each of its switches, by the canary of the slot below it.
#ifndef CCOROUTINE_STACKS_H
#define CCOROUTINE_STACKS_H

#include "CCoroutine.h"

#if defined(__cplusplus)
extern "C" {
#endif

/// Adds [low, low + size) to where this thread's stacks lie. False if there is no room for it. On the thread itself.
bool cg_region_add(cg_thread *thread, void *low, size_t size, size_t slot_size, size_t guard_size);
/// Frees the table of them.
void cg_region_forget_all(cg_thread *thread);
/// The region that an address lies in, or NULL. On the thread itself. Async-signal-safe.
const cg_region *cg_region_of(const cg_thread *thread, uintptr_t address);
/// The end of the stack that an address lies on or below, or 0. The same.
uintptr_t cg_region_stack_end(const cg_thread *thread, uintptr_t address);

/// Words at a stack's top. As many as keep its frames where they were in the lines of the cache; not a value that a
/// program is likely to have, nor an address.
enum { CG_CANARIES = 8 };
static const uintptr_t cg_canary = (uintptr_t)0xc0de5afe57ac0b1eu;
/// Writes them, once a stack, at [place, place + CG_CANARIES).
static inline __attribute__((always_inline, no_sanitize("address", "thread"))) void cg_canary_put(uintptr_t *place) {
    for (int i = 0; i < CG_CANARIES; i++) place[i] = cg_canary;
}
/// Whether they are as they were written; or zero, as in pages that were given back.
bool cg_canary_holds(const uintptr_t *place);

/// Ends the program: a stack without a guard was used up, and more.
void cg_canary_stop(const cg_thread *thread, const cg_context *context) __attribute__((noreturn, cold));
/// Does so where it was: what each switch does with the stack that it leaves.
static inline __attribute__((always_inline)) void cg_canary_check(const cg_thread *thread, const cg_context *context) {
    if (__builtin_expect(thread->checks_canaries, false) && context->canary && !cg_canary_holds(context->canary))
        cg_canary_stop(thread, context);
}

/// Marks [address, address+size) so that a touch faults, without a mapping of its own. 0, or errno.
int cg_guard_install(void *address, size_t size);
/// Takes such marks away; the pages are zeros. 0, or errno. Async-signal-safe.
int cg_guard_remove(void *address, size_t size);
/// The same for [first, first+size) and `count` - 1 more ranges, each `stride` after the one before. How many, from the
/// first on, were installed; where that is fewer, errno tells why.
int cg_guard_install_each(void *first, size_t stride, size_t size, int count);

/// Installs the SIGSEGV and SIGBUS report for this thread's stacks, with an alternate stack. Once a thread.
void cg_overflow_install(cg_thread *thread);
/// Takes it away again: to be called on the thread that installed it.
void cg_overflow_remove(cg_thread *thread);

/// Writes the report: whose stack it is (`context` may be NULL), and which address was touched.
void cg_overflow_report(const cg_thread *thread, const cg_context *context, uintptr_t address);

#if defined(__cplusplus)
}
#endif
#endif
