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

typedef struct area {
    cg_region region;
    record **records;          // one place for each slot; put in and taken out by the hub's thread only
} area;

struct cg_parking {
    cg_parking *next;
    size_t page;
    area areas[CG_REGIONS];    // only added to, by the hub's thread, with the list's lock
    size_t area_count;
    size_t held;               // records that there are
    char *return_stack;
    bool locked;
    size_t count, bytes;       // of those that are not back
};

extern void cg_return(void) __attribute__((visibility("hidden")));
void cg_parking_return(cg_context *context) __attribute__((visibility("hidden")));

size_t cg_parked_stacks = 0, cg_parkings = 0;
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

static size_t slots(const area *area) { return (area->region.high - area->region.low) / area->region.slot_size; }

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

void cg_parking_add(cg_parking *parking, const cg_region *region) {
    area new = { .region = *region };
    if (parking->area_count == CG_REGIONS) return;
    new.records = reserve(slots(&new) * sizeof(record *));
    if (!new.records) return;
    // What stacks refer to is in use while they are parked, too.
    cg_leak_root(new.records, slots(&new) * sizeof(record *), true);
    lock(&all_locked);
    parking->areas[parking->area_count++] = new;
    unlock(&all_locked);
}

bool cg_parking_make(cg_thread *thread) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    // Valgrind knows neither the markers nor the stack that a return runs on.
    if (cg_is_shadowed() && !cg_is_sanitized()) return false;
    cg_parking *parking = calloc(1, sizeof *parking);
    if (!parking) return false;
    parking->page = (size_t)sysconf(_SC_PAGESIZE);
    parking->return_stack = reserve(RETURN_STACK);
    // Its lowest page is its guard, and shows whether there are markers.
    if (!parking->return_stack || cg_guard_install(parking->return_stack, parking->page) != 0) {
        cg_parking_free(parking);
        return false;
    }
    pthread_once(&once, watch_forks);
    lock(&all_locked);
    parking->next = all;
    all = parking;
    unlock(&all_locked);
    thread->parking = parking;
    for (uint32_t i = 0; i < thread->region_count; i++) cg_parking_add(parking, &thread->regions[i]);
    return true;
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
    for (size_t n = 0; n < parking->area_count; n++) {
        area *area = &parking->areas[n];
        size_t size = slots(area) * sizeof(record *);
        cg_leak_root(area->records, size, false);
        if (parking->held > 0)
            for (size_t i = 0; i < slots(area); i++) free(area->records[i]);
        munmap(area->records, size);
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

// The area that an address lies in, or NULL. On other threads than the hub's with the list's lock held.
static const area *area_of(const cg_parking *parking, uintptr_t address) {
    for (size_t i = 0; i < parking->area_count; i++) {
        const area *area = &parking->areas[i];
        if (address >= area->region.low && address < area->region.high) return area;
    }
    return NULL;
}

// The place for the stack that an address is on, or NULL. The same.
static record **place(const cg_parking *parking, uintptr_t address) {
    const area *area = area_of(parking, address);
    return area ? &area->records[(address - area->region.low) / area->region.slot_size] : NULL;
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
    while (!area_of(parking, address)) parking = parking->next;
    unlock(&all_locked);
    restore(parking, context);
}

bool cg_parking_park(cg_parking *parking, cg_context *context) {
    // Without the canary: it may as well be zero.
    uintptr_t low = (uintptr_t)context->stack_low;
    uintptr_t high = low + context->stack_size - CG_CANARIES * sizeof(uintptr_t);
    record **where = place(parking, low);
    if (!where) return false;
    if (context->pc == (const void *)cg_return) {
        // Once more, if somebody has touched it.
        if (!(*where)->is_back) return false;
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
        *where = parked;
        parking->held++;
        parking->count++;
        parking->bytes += sizeof *parked + count;
        __atomic_fetch_add(&cg_parked_stacks, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&cg_parkings, 1, __ATOMIC_RELEASE);
        context->sp = parking->return_stack + RETURN_STACK;
        context->pc = (const void *)cg_return;
    }
    unlock(&parking->locked);
    if (!parks) free(parked);
    return parks;
}

// --- Touched by others

// Whether a stack came back. With the list's lock held.
static bool touch_slots(cg_parking *parking, uintptr_t low, uintptr_t high) {
    bool is_back = false;
    for (size_t i = 0; i < parking->area_count; i++) {
        const cg_region *region = &parking->areas[i].region;
        uintptr_t from = low < region->low ? region->low : low, to = high > region->high ? region->high : high;
        if (from >= to) continue;
        for (size_t slot = (from - region->low) / region->slot_size; slot <= (to - 1 - region->low) / region->slot_size;
             slot++) {
            lock(&parking->locked);
            record *parked = parking->areas[i].records[slot];
            if (parked && !parked->is_back) {
                bring_back(parking, parked);
                is_back = true;
            }
            unlock(&parking->locked);
        }
    }
    return is_back;
}

cg_fault cg_parking_fault(uintptr_t address) {
    cg_fault fault = CG_FAULT_ELSEWHERE;
    lock(&all_locked);
    for (cg_parking *parking = all; parking; parking = parking->next) {
        const area *area = area_of(parking, address);
        if (!area) continue;
        const cg_region *region = &area->region;
        // The guard is never a parked stack's.
        if ((address - region->low) % region->slot_size >= region->guard_size)
            fault = touch_slots(parking, address, address + 1) ? CG_FAULT_RESOLVED : CG_FAULT_NOT_PARKED;
        break;
    }
    unlock(&all_locked);
    return fault;
}

void cg_parking_touch_slowly(const void *address, size_t size) {
    uintptr_t low = (uintptr_t)address;
    lock(&all_locked);
    for (cg_parking *parking = all; parking; parking = parking->next) (void)touch_slots(parking, low, low + size);
    unlock(&all_locked);
}

size_t cg_parking_count(const cg_parking *parking) { return parking ? parking->count : 0; }
size_t cg_parking_bytes(const cg_parking *parking) { return parking ? parking->bytes : 0; }

cg_frame_bytes cg_parking_look(const cg_parking *parking, const cg_context *context) {
    cg_frame_bytes seen = { (uintptr_t)context->pc, (uintptr_t)context->sp, (uintptr_t)context->fp, 0 };
    if (!parking || context->pc != (const void *)cg_return) return seen;
    // Safe: where a parked context stopped, there is its record.
    const record *parked = *place(parking, (uintptr_t)context->stack_low);
    seen.pc = (uintptr_t)parked->pc;
    seen.sp = (uintptr_t)parked->sp;
    if (!parked->is_back) seen.moved = (ptrdiff_t)((uintptr_t)parked->bytes - parked->start);
    return seen;
}
