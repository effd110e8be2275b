// The stack switch without Swift: registers, alignment, numbers, errno and the thread's words across many switches
// between few and many coroutines. Built natively and for AArch64 by run.sh.
#include "CCoroutine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

uint64_t check_registers(void (*function)(void *), void *argument, uint64_t seed);
void check_entry(void *argument);
unsigned entry_alignment;

enum { STACK = 64 * 1024, GUARD = 4096, MANY = 500 };

typedef struct coroutine {
    cg_context context;
    int number, rounds;
    bool finished;
    uint64_t wrong;
    double sum;
    void (*body)(struct coroutine *);
} coroutine;

static cg_thread thread;
static cg_context main_context;
static uintptr_t words[CG_WORDS];  // stand in for the Swift runtime's
static uint64_t switches;
static int failures;
static bool handles_faults;

static void expect(bool holds, const char *what) {
    printf("%s  %s\n", holds ? "ok  " : "FAIL", what);
    if (!holds) failures++;
}

__attribute__((noinline)) static void suspend(coroutine *self) {
    switches++;
    cg_switch(&thread, &self->context, &main_context);
}

__attribute__((noinline)) static void resume(coroutine *next) {
    switches++;
    cg_switch(&thread, &main_context, &next->context);
}

static void suspend_argument(void *self) { suspend(self); }

// Called by check_entry, on the coroutine's own stack.
void coroutine_main(void *argument) {
    cg_entered(&thread);
    coroutine *self = argument;
    self->body(self);
    self->finished = true;
    cg_switch(&thread, &self->context, &main_context);
    abort();
}

static void make(coroutine *self, char *stack, int number, int rounds, void (*body)(coroutine *)) {
    memset(self, 0, sizeof *self);
    self->number = number;
    self->rounds = rounds;
    self->body = body;
    cg_prepare(&self->context, stack, STACK, check_entry, self);
    // Looked at in each switch of the long way.
    uintptr_t *canary = (uintptr_t *)(stack + STACK) - CG_CANARIES;
    cg_canary_put(canary);
    self->context.canary = canary;
}

static void run_all(coroutine *all, int count) {
    for (int left = count; left > 0;) {
        left = 0;
        for (int i = 0; i < count; i++) {
            if (all[i].finished) continue;
            resume(&all[i]);
            left++;
        }
    }
}

static void check_body(coroutine *self) {
    for (int i = 0; i < self->rounds; i++)
        self->wrong += check_registers(suspend_argument, self, (uint64_t)self->number << 32 | (unsigned)i);
}

// Numbers that the compiler keeps in registers of its own choice.
static double series(int seed, int rounds, coroutine *self) {
    double a = seed, b = seed / 3.0, c = 1, d = -seed;
    float e = seed, f = 0.5f;
    long g = seed, h = 1;
    for (int i = 1; i <= rounds; i++) {
        a += 1.0 / i, b = b * 1.0001 + a, c -= b / 1e6, d += c;
        e += f, f *= 1.001f, g = g * 31 + i, h ^= g;
        if (self) suspend(self);
    }
    return a + b + c + d + e + f + (double)((g ^ h) & 0xffff);
}

static void number_body(coroutine *self) { self->sum = series(self->number, self->rounds, self); }

// The same where the switch itself is inlined among them, and in the widest format there is.
static long double inlined(int seed, int rounds, coroutine *self) {
    long double a = seed, b = a / 3, c = b / 7;
    double d = seed, e = d / 3;
    for (int i = 1; i <= rounds; i++) {
        a += b / i, b = c * 1.0001L + a, c -= b / 1e6L, d += e, e *= 1.0001;
        if (self) cg_switch(&thread, &self->context, &main_context);
    }
    return a + b + c + d + e;
}

static void inlined_body(coroutine *self) { self->sum = (double)inlined(self->number, self->rounds, self); }

static void own_body(coroutine *self) {
    for (int i = 0; i < self->rounds; i++) {
        errno = self->number + i + 1;
        for (int w = 0; w < CG_WORDS; w++) words[w] = (uintptr_t)(self->number * 100 + i + w + 1);
        suspend(self);
        if (errno != self->number + i + 1) self->wrong++;
        for (int w = 0; w < CG_WORDS; w++)
            if (words[w] != (uintptr_t)(self->number * 100 + i + w + 1)) self->wrong++;
    }
}

__attribute__((noinline)) static int descend(coroutine *self, int depth) {
    volatile char room[128];
    room[depth & 127] = (char)depth;
    if (depth == 0) {
        suspend(self);
        return 0;
    }
    int below = descend(self, depth - 1);
    return below + (room[depth & 127] == (char)depth);
}

static void deep_body(coroutine *self) {
    if (descend(self, 200) != 200) self->wrong++;
}

static uint64_t sum_wrong(const coroutine *all, int count) {
    uint64_t wrong = 0;
    for (int i = 0; i < count; i++) wrong += all[i].wrong;
    return wrong;
}

static void run(const char *way, int factor) {
    static coroutine all[MANY];
    char *stacks = mmap(NULL, (size_t)MANY * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stacks == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    printf("%s\n", way);
    entry_alignment = 0;

    for (int i = 0; i < 2; i++) make(&all[i], stacks + (size_t)i * STACK, i, 20000 * factor, check_body);
    uint64_t main_wrong = 0;
    while (!all[0].finished) {
        // The thread's own stack keeps its registers too.
        for (int i = 0; i < 2; i++)
            if (!all[i].finished) main_wrong += check_registers((void (*)(void *))resume, &all[i], 0x5eed);
    }
    run_all(all, 2);
    expect(sum_wrong(all, 2) == 0 && main_wrong == 0, "callee-saved registers hold between two coroutines");

    for (int i = 0; i < MANY; i++) make(&all[i], stacks + (size_t)i * STACK, i, 50 * factor, check_body);
    run_all(all, MANY);
    expect(sum_wrong(all, MANY) == 0, "callee-saved registers hold among many coroutines");

    for (int i = 0; i < MANY; i++) make(&all[i], stacks + (size_t)i * STACK, i, 100, number_body);
    run_all(all, MANY);
    int wrong = 0;
    for (int i = 0; i < MANY; i++) wrong += all[i].sum != series(i, 100, NULL);
    for (int i = 0; i < MANY; i++) make(&all[i], stacks + (size_t)i * STACK, i, 100, inlined_body);
    run_all(all, MANY);
    for (int i = 0; i < MANY; i++) wrong += all[i].sum != (double)inlined(i, 100, NULL);
    expect(wrong == 0, "integers and floating point numbers hold");

    for (int i = 0; i < MANY; i++) make(&all[i], stacks + (size_t)i * STACK, i, 20, own_body);
    errno = 99;
    run_all(all, MANY);
    expect(sum_wrong(all, MANY) == 0 && errno == 99, "errno and the thread's words are each coroutine's own");
    bool unchanged = true;
    for (int w = 0; w < CG_WORDS; w++) unchanged = unchanged && words[w] == 0;
    expect(unchanged, "the words of the thread's own stack are unchanged");

    for (int i = 0; i < MANY; i++) make(&all[i], stacks + (size_t)i * STACK, i, 1, deep_body);
    run_all(all, MANY);
    expect(sum_wrong(all, MANY) == 0, "deep stacks hold");

    expect(entry_alignment == 0, "the stack is 16-byte aligned at every entry");
    munmap(stacks, (size_t)MANY * STACK);
}

// All that are left, in turn; each stack is parked before it goes on, and every third is touched first.
static void run_parked(coroutine *all, int count, cg_parking *parking, uint64_t *parked) {
    volatile char seen;
    for (int left = count; left > 0;) {
        left = 0;
        for (int i = 0; i < count; i++) {
            if (all[i].finished) continue;
            // One that has not begun may be parked as well.
            *parked += cg_parking_park(parking, &all[i].context);
            if (i % 3 == 0) cg_parking_touch((char *)all[i].context.stack_low + STACK - GUARD - 8, 1);
            if (i % 6 == 0) *parked += cg_parking_park(parking, &all[i].context);
            if (i % 3 == 1 && handles_faults) seen = ((char *)all[i].context.stack_low)[STACK - GUARD - 8];
            resume(&all[i]);
            left++;
        }
    }
    (void)seen;
}

static void check_parking(void) {
    static coroutine all[MANY];
    char *slab = mmap(NULL, (size_t)MANY * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    expect(cg_region_add(&thread, slab, (size_t)MANY * STACK, STACK, GUARD)
           && cg_region_stack_end(&thread, (uintptr_t)slab + STACK + 1) == (uintptr_t)slab + 2 * STACK
           && !cg_region_of(&thread, (uintptr_t)slab + (size_t)MANY * STACK), "a region is found by its addresses");
    // Emulated, a page that is marked stays as it is: then only the way back is checked.
    slab[0] = 1;
    handles_faults = cg_guard_install(slab, GUARD) == 0 && cg_guard_remove(slab, GUARD) == 0 && slab[0] == 0;
    bool makes = cg_parking_make(&thread);
    cg_parking *parking = thread.parking;
    if (!makes) {
        printf("parked stacks: left out, this kernel has no guard markers\n");
        cg_region_forget_all(&thread);
        munmap(slab, (size_t)MANY * STACK);
        return;
    }
    printf("parked stacks%s\n", handles_faults ? "" : " (no guard markers here)");
    if (handles_faults) cg_overflow_install(&thread);
    void (*bodies[])(coroutine *) = { check_body, own_body, deep_body, number_body };
    uint64_t wrong = 0, parked = 0;
    for (int body = 0; body < 4; body++) {
        for (int i = 0; i < MANY; i++) {
            make(&all[i], slab + (size_t)i * STACK, i, 20, bodies[body]);
            cg_prepare(&all[i].context, slab + (size_t)i * STACK + GUARD, STACK - GUARD, check_entry, &all[i]);
        }
        run_parked(all, MANY, parking, &parked);
        wrong += sum_wrong(all, MANY);
        if (body == 3)
            for (int i = 0; i < MANY; i++) wrong += all[i].sum != series(i, 20, NULL);
    }
    expect(wrong == 0 && parked > 20 * MANY, "what is on a stack holds while it is parked");
    expect(cg_parking_count(parking) == 0 && cg_parking_bytes(parking) == 0 && cg_parked_stacks == 0,
           "none is parked any longer");
    cg_parking_free(parking);
    thread.parking = NULL;
    cg_region_forget_all(&thread);
    munmap(slab, (size_t)MANY * STACK);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!cg_can_switch()) {
        printf("FAIL  this processor has a shadow stack\n");
        return 1;
    }
    cg_thread_prepare(&thread, true);
    for (int i = 0; i < CG_WORDS; i++) thread.words[i] = &words[i];
    thread.current = &main_context;
    run("the short way", 2);
    check_parking();
    thread.slow = true;
    thread.checks_canaries = true;
    run("the long way", 1);
    printf("%llu switches, %d failures\n", (unsigned long long)switches, failures);
    return failures == 0 ? 0 : 1;
}
