// The stack switch, and what of a thread's hidden state must travel with a stack.
//
// Operations:
//   cg_prepare   lay a first frame on a fresh (or recycled) stack, so that switching to it calls a function
//   cg_switch    save the running stack in one context and continue another where it stopped
//   cg_thread_*  find this thread's hidden words, once, and report overflows of its stacks
//
// Whose idea: the save set is the ABI's minimum; ending in a jump instead of `ret` is known (a return is predicted for
// the other stack, always wrong: 8.2 against 2.9 ns here). Inline, as corosensei has it: a function's `call` would
// leave its entry in the return predictor, and the caller's own `ret` be mispredicted after each switch (25 against
// 12 ns a yield). The compiler saves what it holds in the other callee-saved registers, which are declared clobbered:
// often nothing. Swapping Swift's own thread-local words is ours. Rejected: ucontext (a system call for the signal
// mask each time), saving mxcsr and the x87 control word (2.5 ns; a greenlet that changes the rounding mode must
// restore it before it parks).
#ifndef CCOROUTINE_H
#define CCOROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// Swift's hidden per-thread words: the head of the list of exclusivity accesses (its nodes live on stacks), the
/// current task, the executor tracking record, and the storage of task-locals outside of tasks.
enum { CG_WORD_ACCESS = 0, CG_WORD_TASK = 1, CG_WORD_EXECUTOR = 2, CG_WORD_LOCALS = 3, CG_WORDS = 4 };

/// Address space that is cut into equal slots, each a guard below a stack.
typedef struct cg_region {
    uintptr_t low, high;
    size_t slot_size, guard_size;
} cg_region;
enum { CG_REGIONS = 48 };

/// See parking.h.
typedef struct cg_parking cg_parking;

/// One stack: where it stopped, and what was the thread's while it ran.
typedef struct cg_context {
    // Where it stopped; meaningless while it runs. The switch knows these four by their offsets.
    void *sp;                     // 0: stack pointer
    const void *pc;               // 8: where to go on
    void *fp;                     // 16: frame pointer: what a backtrace follows
    uintptr_t base;               // 24: rbx or x19, which the compiler may need as a base pointer
    uintptr_t words[CG_WORDS];    // Swift's words, while it does not run
    int saved_errno;
    uint32_t spawn_line;          // of its greenlet, for the overflow report
    // In the cache line that each switch touches for errno: the stack pointer is compared with it.
    const void *stack_low;        // lowest usable address (above the guard); NULL for a thread's own stack
    const char *spawn_file;       // of its greenlet, for the overflow report: static
    const char *name;             // the same: a C string or NULL, the greenlet's
    size_t stack_size;
    const uintptr_t *canary;      // what this stack must not write to, where it has no guard; else NULL
    uint32_t valgrind_id;
    void *asan_fake_stack;        // address sanitizer's shadow of this stack while it does not run
    void *tsan_fiber;             // thread sanitizer's name for it
} cg_context;

/// What a thread that switches stacks knows of itself. One for each hub; never moves.
typedef struct cg_thread {
    uintptr_t *words[CG_WORDS];   // where this thread keeps Swift's words, or &unused
    int *errno_location;
    cg_context *current;          // whose stack is running
    bool slow;                    // sanitizers, canaries or the runtime's own calls: take the long way
    bool uses_runtime_calls;      // the access list could not be found: swift_task_{exit,enter}ThreadLocalContext
    bool checks_canaries;         // some stacks have no guard
    uintptr_t unused;             // stands in for words that were not found or are not to be swapped
    cg_context *switched_from;    // sanitizers: who switched to the one that starts running
    cg_parking *parking;          // its parked stacks; NULL where none ever is
    // Where its stacks lie. Only added to, by its own thread, which signal handlers that read them run on.
    // Elsewhere, since what stands beside this structure is touched by every switch.
    cg_region *regions;           // CG_REGIONS of them, or NULL
    uint32_t region_count;
} cg_thread;

typedef void (*cg_entry)(void *argument);

/// Leaves the running stack in `from` and goes on where `to` was left.
///
///     from: sp, pc = 1f, fp, base      ─── jump ───►      to: sp, pc, fp, base
///
/// All other registers are lost across it, and the compiler knows. Nothing is pushed: what lies below the stack
/// pointer (the red zone) stays as it is.
static inline __attribute__((always_inline)) void cg_swap(cg_context *from, cg_context *to) {
#if defined(__x86_64__)
    __asm__ volatile(
        "leaq 1f(%%rip), %%rax\n\t"
        "movq %%rsp, 0(%%rdi)\n\t"
        "movq %%rax, 8(%%rdi)\n\t"
        "movq %%rbp, 16(%%rdi)\n\t"
        "movq %%rbx, 24(%%rdi)\n\t"
        "movq 0(%%rsi), %%rsp\n\t"   // from here on we are the other stack
        "movq 16(%%rsi), %%rbp\n\t"
        "movq 24(%%rsi), %%rbx\n\t"
        "jmpq *8(%%rsi)\n\t"
        "1: endbr64"                  // reached by an indirect jump
        : "+D"(from), "+S"(to)
        :
        : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory", "xmm0", "xmm1",
          "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"  // Float80 lives there
#if defined(__AVX512F__)
          , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27",
          "xmm28", "xmm29", "xmm30", "xmm31", "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#endif
    );
#elif defined(__aarch64__)
    register cg_context *source __asm__("x0") = from;
    register cg_context *target __asm__("x1") = to;
    __asm__ volatile(
        "adr x9, 1f\n\t"
        "mov x10, sp\n\t"
        "stp x10, x9, [x0]\n\t"
        "stp x29, x19, [x0, #16]\n\t"
        "ldp x10, x16, [x1]\n\t"      // x16: an indirect branch by it may land on any kind of landing pad
        "ldp x29, x19, [x1, #16]\n\t"
        "mov sp, x10\n\t"             // from here on we are the other stack
        "br x16\n\t"
        "1: hint #36"                  // bti j: reached by an indirect jump
        : "+r"(source), "+r"(target)
        :
        // x18 too: on Linux it is the compiler's to use.
        : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18",
          "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30", "cc", "memory", "v0", "v1", "v2", "v3",
          "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20",
          "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
#else
#error "no stack switch for this architecture"
#endif
}

/// The way of `cg_switch` that tells sanitizers, checks canaries or calls the Swift runtime.
extern void cg_switch_slow(cg_thread *thread, cg_context *from, cg_context *to);

/// The stack pointer, or less than a frame above it.
static inline __attribute__((always_inline)) uintptr_t cg_stack_pointer(void) {
    uintptr_t sp;
#if defined(__x86_64__)
    __asm__ volatile("movq %%rsp, %0" : "=r"(sp));
#else
    __asm__ volatile("mov %0, sp" : "=r"(sp));
#endif
    return sp;
}

/// Ends the program: the stack pointer is below the running stack, in memory of others.
extern void cg_overflow_stop(const cg_thread *thread, const cg_context *context) __attribute__((noreturn, cold));

/// Continues `to`; returns when something switches back to `from`. Both belong to `thread`, which is the caller's.
static inline __attribute__((always_inline)) void cg_switch(cg_thread *thread, cg_context *from, cg_context *to) {
    // A frame larger than the guard is beyond it without having touched it.
    if (__builtin_expect(cg_stack_pointer() < (uintptr_t)from->stack_low, false)) cg_overflow_stop(thread, from);
    // The thread's words are reached through pointers that were found once: no TLS look-up here.
    for (int i = 0; i < CG_WORDS; i++) {
        from->words[i] = *thread->words[i];
        *thread->words[i] = to->words[i];
    }
    from->saved_errno = *thread->errno_location;
    *thread->errno_location = to->saved_errno;
    thread->current = to;
    if (__builtin_expect(thread->slow, false))
        cg_switch_slow(thread, from, to);
    else
        cg_swap(from, to);
}

/// Has the top of a stack that is to run soon fetched into the cache.
static inline __attribute__((always_inline)) void cg_prefetch(const cg_context *context) {
    const char *sp = context->sp;
    for (int i = 0; i < 6; i++) __builtin_prefetch(sp + 64 * i, 1);
}

/// Makes `context` call entry(argument) on the stack [low, low+size) when it is switched to. `entry` never returns.
/// Fills the sanitizer's fields; keeps the report's (name, spawn site).
void cg_prepare(cg_context *context, void *low, size_t size, cg_entry entry, void *argument);

/// To be called first thing by `entry`: ends the switch that started it, for the sanitizers.
void cg_entered(cg_thread *thread);

/// The running stack begins another life: none of Swift's words are its own yet.
static inline void cg_reset_words(cg_thread *thread) {
    for (int i = 0; i < CG_WORDS; i++) *thread->words[i] = 0;
}

/// Whether the running stack is in a task or has task-locals bound.
static inline bool cg_has_task_state(const cg_thread *thread) {
    return *thread->words[CG_WORD_TASK] != 0 || *thread->words[CG_WORD_LOCALS] != 0;
}

/// Gives back what `cg_prepare` got from sanitizers and valgrind. Never on the stack that it describes.
void cg_release(cg_context *context);

// --- Swift's hidden words

/// Finds the access list's head by beginning an access with a known record. To be called on a thread of its own.
bool cg_calibrate_access(void);
/// Remembers libswift_Concurrency's thread-local block as it is.
bool cg_calibrate_snapshot(void);
/// In TaskLocal.withValue outside of a task, after a snapshot.
bool cg_calibrate_locals(void);
/// Inside a job that runs on this thread, after a snapshot.
bool cg_calibrate_task(void);
/// Whether the word was found.
bool cg_is_calibrated(int word);

/// Fills `thread` for the calling thread and checks what calibration found. `isolates`: each stack has accesses of its own.
void cg_thread_prepare(cg_thread *thread, bool isolates);

/// False where the kernel guards return addresses with a shadow stack, which a switch cannot follow.
bool cg_can_switch(void);

/// Tells the leak checker, if there is one, that this mapped memory refers to what is in use, or no longer does.
void cg_leak_root(const void *memory, size_t size, bool is_root);

/// Whether the program runs under the address or the thread sanitizer.
bool cg_is_sanitized(void);

/// Whether a sanitizer or valgrind keeps a shadow of all memory that is mapped.
bool cg_is_shadowed(void);

// --- Threads

/// Names the calling thread for debuggers and `ps`: 15 bytes at most. (Not in Swift's Glibc.)
void cg_thread_set_name(const char *name);

/// This thread's hub, or NULL. Initial-exec: one load.
extern __thread void *cg_current_hub __attribute__((tls_model("initial-exec")));
static inline __attribute__((always_inline)) void *cg_hub_get(void) { return cg_current_hub; }
static inline __attribute__((always_inline)) void cg_hub_set(void *hub) { cg_current_hub = hub; }

#if defined(__cplusplus)
}
#endif

#include "inspect.h"
#include "parking.h"
#include "stacks.h"
#endif
