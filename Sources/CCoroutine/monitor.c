// What happens in signal handlers: a thread looks at its own stack for another one, a signal asks for a dump.
//
// A running thread's stack can only be read while it stands still, so it is interrupted: the handler runs on it, knows
// its registers, and follows the frame pointers. SIGURG is what Go's runtime uses for that: ignored by default, passed on
// by debuggers, and hardly used by anybody. Rejected: ptrace and /proc/self/task/*/stack (permissions, the kernel's side
// only).
//
// Handlers here allocate nothing, lock nothing, and touch only what their thread cannot be in the middle of changing.
#define _GNU_SOURCE
#include "CCoroutine.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

// --- Samples

// A request: nobody asks, asked, being answered. Answered: the semaphore is posted.
enum { IDLE, ASKED, ANSWERING };
static int state = IDLE;
static struct { pthread_t thread; const cg_sampled *what; cg_sample *result; } request;
static sem_t answered;
static struct sigaction previous_urgent;

static int64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Whether it was posted in time; negative: without a limit.
static bool wait_for(sem_t *semaphore, int64_t nanoseconds) {
    int64_t end = nanoseconds < 0 ? 0 : monotonic() + nanoseconds;
    struct timespec time = { end / 1000000000, end % 1000000000 };
    while ((nanoseconds < 0 ? sem_wait(semaphore) : sem_clockwait(semaphore, CLOCK_MONOTONIC, &time)) != 0)
        if (errno != EINTR) return false;
    return true;
}

__attribute__((no_sanitize("address", "thread")))
static void look(const cg_sampled *what, cg_sample *result, const ucontext_t *context) {
#if defined(__x86_64__)
    uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    uintptr_t fp = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
    uintptr_t sp = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
    uintptr_t pc = context->uc_mcontext.pc, fp = context->uc_mcontext.regs[29], sp = context->uc_mcontext.sp;
#endif
    const cg_thread *thread = what->thread;
    // The end of the stack that it really is on: in the middle of a switch that is not yet the current one's.
    uintptr_t high = cg_region_stack_end(thread, sp);
    if (!high && sp >= what->own_low && sp < what->own_high)
        high = what->own_high;
    result->count = cg_walk(pc, fp, sp, high, 0, result->addresses, CG_SAMPLE_FRAMES);
    const cg_context *current = thread->current;
    result->spawn_file = current ? current->spawn_file : NULL;
    result->spawn_line = current ? current->spawn_line : 0;
    const char *name = current ? current->name : NULL;
    size_t length = 0;
    while (name && length < CG_SAMPLE_NAME - 1 && name[length]) {
        result->name[length] = name[length];
        length++;
    }
    result->name[length] = 0;
}

static void handle_urgent(int number, siginfo_t *info, void *context) {
    int saved = errno, expected = ASKED;
    if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == ASKED && pthread_equal(request.thread, pthread_self())
        && __atomic_compare_exchange_n(&state, &expected, ANSWERING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        look(request.what, request.result, context);
        sem_post(&answered);
    } else if (previous_urgent.sa_flags & SA_SIGINFO) {
        previous_urgent.sa_sigaction(number, info, context);
    } else if (previous_urgent.sa_handler != SIG_DFL && previous_urgent.sa_handler != SIG_IGN) {
        previous_urgent.sa_handler(number);
    }
    errno = saved;
}

static void install_urgent(void) {
    sem_init(&answered, 0, 0);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle_urgent;
    // On the alternate stack, which threads with a hub have: a greenlet's own may be nearly full.
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, &previous_urgent);
}

void cg_sample_allow(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool cg_sample_thread(uintptr_t thread, const cg_sampled *what, int64_t nanoseconds, cg_sample *result) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_urgent);
    request.thread = (pthread_t)thread;
    request.what = what;
    request.result = result;
    __atomic_store_n(&state, ASKED, __ATOMIC_RELEASE);
    bool answers = pthread_kill((pthread_t)thread, SIGURG) == 0 && wait_for(&answered, nanoseconds);
    if (!answers) {
        // Too late: withdrawn, unless it is answering at this very moment.
        int expected = ASKED;
        if (!__atomic_compare_exchange_n(&state, &expected, IDLE, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            answers = wait_for(&answered, -1);
    }
    __atomic_store_n(&state, IDLE, __ATOMIC_RELEASE);
    return answers;
}

// --- The monitor's sleep, and dump signals

static sem_t monitor;
static pthread_once_t monitor_once = PTHREAD_ONCE_INIT;
static uint64_t arrived, installed;
static struct sigaction previous_dump[64];

static void make_monitor(void) { sem_init(&monitor, 0, 0); }

void cg_monitor_wait(int64_t nanoseconds) {
    pthread_once(&monitor_once, make_monitor);
    wait_for(&monitor, nanoseconds);
}

void cg_monitor_wake(void) {
    pthread_once(&monitor_once, make_monitor);
    sem_post(&monitor);
}

void cg_monitor_reset(void) {
    pthread_once(&monitor_once, make_monitor);
    sem_init(&monitor, 0, 0);
    __atomic_store_n(&state, IDLE, __ATOMIC_RELAXED);
}

static void handle_dump(int number) {
    int saved = errno;
    __atomic_fetch_or(&arrived, (uint64_t)1 << number, __ATOMIC_RELEASE);
    sem_post(&monitor);  // made before the handler was installed
    errno = saved;
}

int cg_dump_install(int number) {
    if (number < 1 || number > 63) return EINVAL;
    pthread_once(&monitor_once, make_monitor);
    if (installed & (uint64_t)1 << number) return 0;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle_dump;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, &previous_dump[number]) != 0) return errno;
    installed |= (uint64_t)1 << number;
    return 0;
}

void cg_dump_remove(int number) {
    if (number < 1 || number > 63 || !(installed & (uint64_t)1 << number)) return;
    installed &= ~((uint64_t)1 << number);
    sigaction(number, &previous_dump[number], NULL);
}

uint64_t cg_dump_take(void) { return __atomic_exchange_n(&arrived, 0, __ATOMIC_ACQ_REL); }

__attribute__((no_sanitize("thread"))) uint64_t cg_peek64(const void *address) {
    return *(const volatile uint64_t *)address;
}
__attribute__((no_sanitize("thread"))) uint32_t cg_peek32(const void *address) {
    return *(const volatile uint32_t *)address;
}
__attribute__((no_sanitize("thread"))) uint8_t cg_peek8(const void *address) {
    return *(const volatile uint8_t *)address;
}
