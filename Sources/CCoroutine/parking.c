// See parking.h.
//
// Who runs what: the thread of the stacks parks and continues them. The handler of a fault, and a touch, may bring bytes
// back on any thread; they leave the context alone, which its own thread may be about to switch to. Each parking has a
// lock, which is held for some microseconds and in which nothing faults; the list of parkings has another.
#define _GNU_SOURCE
#include "CCoroutine.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    RED_ZONE = 128,            // what a function may keep below its stack pointer without moving it
    LARGEST = 16 * 1024,       // larger ones are not worth the copying
    RETURN_STACK = 64 * 1024,  // what runs there is small, but a signal's handler may come on top
};

typedef struct record {
    void *sp;
    const void *pc;
    uintptr_t start;           // where the bytes belong
    uint32_t count;            // a multiple of a word
    bool is_back;              // somebody touched the stack: its bytes are where they were
    uintptr_t bytes[];
} record;

struct cg_parking {
    cg_parking *next;
    uintptr_t low, high;       // the slab
    size_t slot_size, guard_size, page;
    record **records;          // one place for each slot; put in and taken out by the hub's thread only
    size_t held;               // how many there are
    char *return_stack;
    bool locked;
    size_t count, bytes;       // of those that are not back
};

extern void cg_return(void) __attribute__((visibility("hidden")));
void cg_parking_return(cg_context *context) __attribute__((visibility("hidden")));

size_t cg_parked_stacks = 0;
static cg_parking *all;
static bool all_locked;

static void lock(bool *flag) {
    while (__atomic_exchange_n(flag, true, __ATOMIC_ACQUIRE)) sched_yield();
}
static void unlock(bool *flag) { __atomic_store_n(flag, false, __ATOMIC_RELEASE); }

// In a forked child nobody else holds anything.
static void forked(void) {
    all_locked = false;
    for (cg_parking *parking = all; parking; parking = parking->next) parking->locked = false;
}
static void watch_forks(void) { pthread_atfork(NULL, NULL, forked); }

static size_t slots(const cg_parking *parking) { return (parking->high - parking->low) / parking->slot_size; }

static void *reserve(size_t size) {
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

// The sanitizers' memcpy would look at what may be touched there, and a loop may become a call of it: hence the barrier.
__attribute__((no_sanitize("address", "thread")))
static void copy(uintptr_t *to, const uintptr_t *from, size_t count) {
    for (size_t i = 0; i < count / sizeof(uintptr_t); i++) {
        to[i] = from[i];
        __asm__ volatile("" ::: "memory");
    }
}

cg_parking *cg_parking_make(const cg_thread *thread) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    // Valgrind knows neither the markers nor the stack that a return runs on.
    if (cg_is_shadowed() && !cg_is_sanitized()) return NULL;
    cg_parking *parking = calloc(1, sizeof *parking);
    if (!parking) return NULL;
    parking->low = thread->slab_low;
    parking->high = thread->slab_high;
    parking->slot_size = thread->slot_size;
    parking->guard_size = thread->guard_size;
    parking->page = (size_t)sysconf(_SC_PAGESIZE);
    parking->return_stack = reserve(RETURN_STACK);
    parking->records = reserve(slots(parking) * sizeof(record *));
    // Its lowest page is its guard, and shows whether there are markers.
    if (!parking->return_stack || !parking->records
        || cg_guard_install(parking->return_stack, parking->page) != 0) {
        cg_parking_free(parking);
        return NULL;
    }
    // What stacks refer to is in use while they are parked, too.
    cg_leak_root(parking->records, slots(parking) * sizeof(record *), true);
    pthread_once(&once, watch_forks);
    lock(&all_locked);
    parking->next = all;
    all = parking;
    unlock(&all_locked);
    return parking;
}

void cg_parking_free(cg_parking *parking) {
    if (!parking) return;
    lock(&all_locked);
    for (cg_parking **place = &all; *place; place = &(*place)->next) {
        if (*place != parking) continue;
        *place = parking->next;
        break;
    }
    unlock(&all_locked);
    if (parking->records) {
        cg_leak_root(parking->records, slots(parking) * sizeof(record *), false);
        if (parking->held > 0)
            for (size_t i = 0; i < slots(parking); i++) free(parking->records[i]);
        munmap(parking->records, slots(parking) * sizeof(record *));
    }
    __atomic_fetch_sub(&cg_parked_stacks, parking->count, __ATOMIC_RELAXED);
    if (parking->return_stack) munmap(parking->return_stack, RETURN_STACK);
    free(parking);
}

// Pages that hold [start, start + count).
typedef struct { void *start; size_t size; } pages;
static pages around(const cg_parking *parking, uintptr_t start, size_t count) {
    uintptr_t mask = parking->page - 1, first = start & ~mask;
    return (pages){ (void *)first, ((start + count + mask) & ~mask) - first };
}

// The place for the stack that an address is on. Only for addresses within the slab.
static record **place(const cg_parking *parking, uintptr_t address) {
    return &parking->records[(address - parking->low) / parking->slot_size];
}

// With the lock held: the stack's bytes are where they were.
static void bring_back(cg_parking *parking, record *parked) {
    if (parked->is_back) return;
    pages live = around(parking, parked->start, parked->count);
    int saved = errno;
    // Cannot fail: it is what was marked.
    if (cg_guard_remove(live.start, live.size) != 0) abort();
    errno = saved;
    // Safe: where they came from, and nothing has run there since.
    copy((uintptr_t *)parked->start, parked->bytes, parked->count);
    parked->is_back = true;
    parking->count--;
    parking->bytes -= sizeof *parked + parked->count;
    __atomic_fetch_sub(&cg_parked_stacks, 1, __ATOMIC_RELAXED);
}

// The context stands where it did before its stack was parked.
__attribute__((no_sanitize("address", "thread")))
static void restore(cg_parking *parking, cg_context *context) {
    record **where = place(parking, (uintptr_t)context->stack_low), *parked = *where;
    lock(&parking->locked);
    bring_back(parking, parked);
    *where = NULL;
    parking->held--;
    unlock(&parking->locked);
    context->sp = parked->sp;
    context->pc = parked->pc;
    free(parked);
}

// Called by cg_return, on the return stack, when the context is switched to.
__attribute__((no_sanitize("address", "thread")))
void cg_parking_return(cg_context *context) {
    uintptr_t address = (uintptr_t)context->stack_low;
    lock(&all_locked);
    cg_parking *parking = all;
    // There is one: it is freed after the last of its stacks has run.
    while (address < parking->low || address >= parking->high) parking = parking->next;
    unlock(&all_locked);
    restore(parking, context);
}

bool cg_parking_park(cg_parking *parking, cg_context *context) {
    uintptr_t low = (uintptr_t)context->stack_low, high = low + context->stack_size;
    if (low < parking->low || high > parking->high) return false;
    if (context->pc == (const void *)cg_return) {
        // Once more, if somebody has touched it.
        if (!(*place(parking, low))->is_back) return false;
        restore(parking, context);
    }
    uintptr_t start = ((uintptr_t)context->sp - RED_ZONE) & ~(uintptr_t)(sizeof(uintptr_t) - 1);
    if (start < low || start >= high) return false;
    size_t count = high - start;
    pages live = around(parking, start, count);
    if (count > LARGEST || live.size <= sizeof(record) + count) return false;
    record *parked = malloc(sizeof *parked + count);
    if (!parked) return false;
    *parked = (record){ context->sp, context->pc, start, (uint32_t)count, false };
    lock(&parking->locked);
    // Safe: [start, high) lies on the stack of a context that does not run, and all of it is mapped.
    copy(parked->bytes, (const uintptr_t *)start, count);
    bool parks = cg_guard_install(live.start, live.size) == 0;
    if (parks) {
        // What an earlier, deeper call has touched goes, too: nothing below the red zone is ever read again.
        size_t below = (uintptr_t)live.start - low;
        if (below > 0) madvise((void *)low, below, MADV_DONTNEED);
        *place(parking, low) = parked;
        parking->held++;
        parking->count++;
        parking->bytes += sizeof *parked + count;
        __atomic_fetch_add(&cg_parked_stacks, 1, __ATOMIC_RELAXED);
        context->sp = parking->return_stack + RETURN_STACK;
        context->pc = (const void *)cg_return;
    }
    unlock(&parking->locked);
    if (!parks) free(parked);
    return parks;
}

// --- Touched by others

static void touch_slots(cg_parking *parking, uintptr_t low, uintptr_t high) {
    if (low < parking->low) low = parking->low;
    if (high > parking->high) high = parking->high;
    for (uintptr_t slot = low; slot < high; slot += parking->slot_size - (slot - parking->low) % parking->slot_size) {
        lock(&parking->locked);
        record *parked = *place(parking, slot);
        if (parked) bring_back(parking, parked);
        unlock(&parking->locked);
    }
}

bool cg_parking_fault(uintptr_t address) {
    bool is_stack = false;
    lock(&all_locked);
    for (cg_parking *parking = all; parking; parking = parking->next) {
        if (address < parking->low || address >= parking->high) continue;
        // Above its guard a stack faults only while it is parked: if it is not now, another thread was quicker.
        is_stack = (address - parking->low) % parking->slot_size >= parking->guard_size;
        if (is_stack) touch_slots(parking, address, address + 1);
        break;
    }
    unlock(&all_locked);
    return is_stack;
}

void cg_parking_touch_slowly(const void *address, size_t size) {
    uintptr_t low = (uintptr_t)address;
    lock(&all_locked);
    for (cg_parking *parking = all; parking; parking = parking->next) touch_slots(parking, low, low + size);
    unlock(&all_locked);
}

size_t cg_parking_count(const cg_parking *parking) { return parking ? parking->count : 0; }
size_t cg_parking_bytes(const cg_parking *parking) { return parking ? parking->bytes : 0; }

cg_frame_bytes cg_parking_look(const cg_parking *parking, const cg_context *context) {
    cg_frame_bytes seen = { (uintptr_t)context->pc, (uintptr_t)context->sp, (uintptr_t)context->fp, 0 };
    if (!parking || context->pc != (const void *)cg_return) return seen;
    const record *parked = *place(parking, (uintptr_t)context->stack_low);
    seen.pc = (uintptr_t)parked->pc;
    seen.sp = (uintptr_t)parked->sp;
    if (!parked->is_back) seen.moved = (ptrdiff_t)((uintptr_t)parked->bytes - parked->start);
    return seen;
}
