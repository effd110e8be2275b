// A greenlet that runs over its stack's end touches the guard below it, or is found beyond it at its next switch. This
// says whose stack it was, then lets the previous handler (Swift's own backtrace, a debugger's, or the default) do what
// it would have done.
//
// Runs on an alternate stack, since the overflowed one has no room left; uses nothing that allocates or locks.
#define _GNU_SOURCE
#include "CCoroutine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static __thread cg_thread *reporting;
static __thread void *alternate_stack;
static __thread size_t alternate_size;
static __thread stack_t previous_stack;
static struct sigaction previous_segv, previous_bus;

typedef struct { char text[512]; size_t count; } line;

static void put(line *l, const char *text) {
    while (*text && l->count < sizeof l->text) l->text[l->count++] = *text++;
}

static void put_number(line *l, uintptr_t value, unsigned base) {
    char digits[24];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (base == 16) put(l, "0x");
    while (n > 0 && l->count < sizeof l->text) l->text[l->count++] = digits[--n];
}

// The usable bytes of the stack above this address; 0 where that is unknown.
static size_t size_at(const cg_thread *thread, uintptr_t address) {
    const cg_region *region = cg_region_of(thread, address);
    return region ? region->slot_size - region->guard_size : 0;
}

void cg_overflow_report(const cg_thread *thread, const cg_context *context, uintptr_t address) {
    line l = { .count = 0 };
    put(&l, "Fatal error: stack overflow in ");
    if (!context) {
        put(&l, "a greenlet that was not running");
    } else if (context->name) {
        put(&l, "greenlet \"");
        put(&l, context->name);
        put(&l, "\"");
    } else {
        put(&l, "a greenlet");
    }
    if (context && context->spawn_file) {
        put(&l, " (spawned at ");
        put(&l, context->spawn_file);
        put(&l, ":");
        put_number(&l, context->spawn_line, 10);
        put(&l, ")");
    }
    put(&l, ": its stack of ");
    put_number(&l, (context ? context->stack_size : size_at(thread, address)) / 1024, 10);
    put(&l, " KiB is used up (address ");
    put_number(&l, address, 16);
    put(&l, "). Raise Hub.Configuration.stackSize, or spawn it with a larger stackSize, or recurse less.\n");
    // Nobody may read it: a SIGPIPE must not take the place of what ends the program.
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
    ssize_t written = write(STDERR_FILENO, l.text, l.count);
    (void)written;
}

void cg_overflow_stop(const cg_thread *thread, const cg_context *context) {
    cg_overflow_report(thread, context, cg_stack_pointer());
    abort();
}

// The stack in whose guard the address lies, where it is the running one's.
static const cg_context *owner(const cg_thread *thread, const cg_region *region, uintptr_t address) {
    uintptr_t low = address - (address - region->low) % region->slot_size + region->guard_size;
    return thread->current && (uintptr_t)thread->current->stack_low == low ? thread->current : NULL;
}

static uintptr_t program_counter(const void *context) {
    const ucontext_t *interrupted = context;
#if defined(__x86_64__)
    return (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return interrupted->uc_mcontext.pc;
#endif
}

// Whether the access is to be made once more, since a parked stack is back. `info` is of a fault.
static bool is_resolved(const siginfo_t *info) {
    static __thread uintptr_t retried;
    static __thread size_t parkings;
    uintptr_t address = (uintptr_t)info->si_addr;
    // What guard markers give. A protected page (a write to what is read-only, a jump to a stack) gives SEGV_ACCERR.
    if (info->si_code != SEGV_MAPERR) return false;
    size_t seen = __atomic_load_n(&cg_parkings, __ATOMIC_ACQUIRE);
    switch (cg_parking_fault(address)) {
    case CG_FAULT_RESOLVED: return true;
    case CG_FAULT_ELSEWHERE: return false;
    case CG_FAULT_NOT_PARKED: break;
    }
    // Another thread was quicker; unless it is the same again, and nothing was parked meanwhile: then it is no stack's
    // being parked that makes the access fault.
    bool is_again = retried == address && parkings == seen;
    retried = address;
    parkings = seen;
    return !is_again;
}

static void handle(int number, siginfo_t *info, void *context) {
    cg_thread *thread = reporting;
    uintptr_t address = (uintptr_t)info->si_addr;
    // Positive codes are the kernel's: a fault of this very instruction. All others are sent by somebody.
    bool is_fault = info->si_code > 0 && info->si_code != SI_KERNEL;
    // A jump to a wrong address has nothing to do with the stack that may lie there.
    if (number == SIGSEGV && is_fault && program_counter(context) != address) {
        if (is_resolved(info)) return;
        const cg_region *region = thread ? cg_region_of(thread, address) : NULL;
        if (region && (address - region->low) % region->slot_size < region->guard_size)
            cg_overflow_report(thread, owner(thread, region, address), address);
    }
    const struct sigaction *previous = number == SIGBUS ? &previous_bus : &previous_segv;
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(number, info, context);
    } else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN) {
        previous->sa_handler(number);
    } else if (info->si_code > 0) {
        // The fault happens again when we return, and then kills: not even the kernel ignores one.
        signal(number, SIG_DFL);
    } else if (previous->sa_handler == SIG_DFL) {
        // Nothing happens again: it was sent.
        signal(number, SIG_DFL);
        raise(number);
    }
}

static void install_handlers(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &previous_segv);
    sigaction(SIGBUS, &action, &previous_bus);
}

void cg_overflow_install(cg_thread *thread) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    // Sanitizers have handlers of their own, that tell more.
    if (cg_is_sanitized()) return;
    pthread_once(&once, install_handlers);
    reporting = thread;
    if (alternate_stack) return;
    stack_t existing;
    // A stack that the Swift runtime or the user set up is kept where it is large enough.
    size_t needed = getauxval(AT_MINSIGSTKSZ) + 16 * 1024;
    if (sigaltstack(NULL, &existing) == 0 && !(existing.ss_flags & SS_DISABLE) && existing.ss_size >= needed) return;
    alternate_size = (needed + 64 * 1024) & ~(size_t)0xffff;
    void *memory = mmap(NULL, alternate_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t stack = { .ss_sp = memory, .ss_size = alternate_size, .ss_flags = 0 };
    if (sigaltstack(&stack, &previous_stack) != 0) {
        munmap(memory, alternate_size);
        return;
    }
    alternate_stack = memory;
}

void cg_overflow_remove(cg_thread *thread) {
    if (reporting != thread) return;
    reporting = NULL;
    if (!alternate_stack) return;
    sigaltstack(&previous_stack, NULL);
    munmap(alternate_stack, alternate_size);
    alternate_stack = NULL;
}
