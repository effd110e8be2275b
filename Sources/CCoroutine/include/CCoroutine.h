// The stack switch, and what of a thread's hidden state must travel with a stack.
//
// Operations:
//   cg_prepare   lay a first frame on a fresh (or recycled) stack, so that switching to it calls a function
//   cg_switch    save the running stack in one context and continue another where it stopped
//   cg_thread_*  find this thread's hidden words, once, and report overflows of its stacks
//
// Whose idea: the save set and the `pop; jmp` ending are the ABI's minimum (corosensei and Crystal do the same
// with `ret`, which costs a mispredicted return: 8.2 against 2.9 ns here). Swapping Swift's own thread-local words
// is ours. Rejected: ucontext (a system call for the signal mask each time), saving mxcsr and the x87 control word
// (2.5 ns; a greenlet that changes the rounding mode must restore it before it parks).
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

/// One stack: where it stopped, and what was the thread's while it ran.
typedef struct cg_context {
    void *sp;                     // where it stopped; meaningless while it runs
    uintptr_t words[CG_WORDS];    // Swift's words, while it does not run
    int saved_errno;
    uint32_t identifier;          // of its greenlet, for the overflow report
    const char *name;             // the same: a C string or NULL, owned by the control block
    const char *spawn_file;       // the same: static
    uint32_t spawn_line;
    uint32_t valgrind_id;
    const void *stack_low;        // lowest usable address (above the guard); NULL for a thread's own stack
    size_t stack_size;
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
    bool checks_limit;            // no guards: compare the stack pointer with the limit at each switch
    uintptr_t unused;             // stands in for words that were not found or are not to be swapped
    cg_context *switched_from;    // sanitizers: who switched to the one that starts running
    // For the overflow report:
    uintptr_t slab_low, slab_high;
    size_t slot_size, guard_size;
} cg_thread;

typedef void (*cg_entry)(void *argument);

/// Saves the callee-saved registers on the running stack, stores its pointer in *from, continues the stack `to`.
extern void cg_swap(void **from, void *to);

/// The way of `cg_switch` that tells sanitizers, checks canaries or calls the Swift runtime.
extern void cg_switch_slow(cg_thread *thread, cg_context *from, cg_context *to);

/// Continues `to`; returns when something switches back to `from`. Both belong to `thread`, which is the caller's.
static inline __attribute__((always_inline)) void cg_switch(cg_thread *thread, cg_context *from, cg_context *to) {
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
        cg_swap(&from->sp, to->sp);
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

/// Moves the sanitizers' names of a stack to another context that goes on using it.
void cg_inherit_stack(cg_context *to, cg_context *from);

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

/// Whether the program runs under the address or the thread sanitizer.
bool cg_is_sanitized(void);

// --- Stacks

/// Marks [address, address+size) so that a touch faults, without a mapping of its own. 0, or errno.
int cg_guard_install(void *address, size_t size);

/// Installs the SIGSEGV and SIGBUS report for this thread's stacks, with an alternate stack. Once a thread.
void cg_overflow_install(cg_thread *thread);
/// Takes it away again: to be called on the thread that installed it.
void cg_overflow_remove(cg_thread *thread);

/// Names the calling thread for debuggers and `ps`: 15 bytes at most. (Not in Swift's Glibc.)
void cg_thread_set_name(const char *name);

// --- The thread's hub

/// This thread's hub, or NULL. Initial-exec: one load.
extern __thread void *cg_current_hub __attribute__((tls_model("initial-exec")));
static inline __attribute__((always_inline)) void *cg_hub_get(void) { return cg_current_hub; }
static inline __attribute__((always_inline)) void cg_hub_set(void *hub) { cg_current_hub = hub; }

#if defined(__cplusplus)
}
#endif
#endif
