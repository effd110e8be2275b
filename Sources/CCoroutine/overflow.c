// A greenlet that runs over its stack's end touches the guard below it. This says whose stack it was, then lets the
// previous handler (Swift's own backtrace, a debugger's, or the default) do what it would have done.
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
    put_number(&l, (context ? context->stack_size : thread->slot_size - thread->guard_size) / 1024, 10);
    put(&l, " KiB is used up (address ");
    put_number(&l, address, 16);
    put(&l, "). Raise Hub.Configuration.stackSize, or recurse less.\n");
    ssize_t written = write(STDERR_FILENO, l.text, l.count);
    (void)written;
}

// The stack in whose guard the address lies, where it is the running one's.
static const cg_context *owner(const cg_thread *thread, uintptr_t address) {
    uintptr_t slot = (address - thread->slab_low) / thread->slot_size;
    uintptr_t low = thread->slab_low + slot * thread->slot_size + thread->guard_size;
    return thread->current && (uintptr_t)thread->current->stack_low == low ? thread->current : NULL;
}

static void handle(int number, siginfo_t *info, void *context) {
    cg_thread *thread = reporting;
    uintptr_t address = (uintptr_t)info->si_addr;
    // Somebody touched a parked stack: it is back, and the access is made once more.
    if (number == SIGSEGV && info->si_code > 0 && cg_parking_fault(address)) return;
    if (thread && address >= thread->slab_low && address < thread->slab_high
        && (address - thread->slab_low) % thread->slot_size < thread->guard_size)
        cg_overflow_report(thread, owner(thread, address), address);
    const struct sigaction *previous = number == SIGBUS ? &previous_bus : &previous_segv;
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(number, info, context);
    } else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN) {
        previous->sa_handler(number);
    } else {
        // The fault happens again when we return, and then kills.
        signal(number, SIG_DFL);
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
