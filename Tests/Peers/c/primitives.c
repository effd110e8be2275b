// Semaphore, queue, channel and pool.
#include "threads.h"
#include "peer.h"

#include <string.h>

int permits;
queue waiting;
static void acquire(void) {
    if (permits > 0) { permits--; return; }
    push(&waiting, current);
    park();
}
static void release(void) {
    thread *t = pop(&waiting);
    if (t) push(&runnable, t); else permits++;
}
static void permitted(long n) { while (n-- > 0) { acquire(); yield(); release(); } }
static void free_permits(long n) {
    while (n-- > 0) {
        acquire();
        __asm__ volatile("" ::: "memory");
        release();
        __asm__ volatile("" ::: "memory");
    }
}

long ring[100], held, first, sum;
queue putters, getters;
static void put(long item) {
    while (held == 100) { push(&putters, current); park(); }
    ring[(first + held++) % 100] = item;
    thread *t = pop(&getters);
    if (t) push(&runnable, t);
}
static long get(void) {
    while (!held) { push(&getters, current); park(); }
    long item = ring[first];
    first = (first + 1) % 100;
    held--;
    thread *t = pop(&putters);
    if (t) push(&runnable, t);
    return item;
}
static void produce(long n) { while (n-- > 0) put(n); }
static void consume(long n) { while (n-- > 0) sum += get(); }

// A message waits in its place until it is taken.
struct { long item; bool full; thread *putter, *getter; } channels[2];
static void give(int c, long item) {
    channels[c].item = item;
    channels[c].full = true;
    if (channels[c].getter) { push(&runnable, channels[c].getter); channels[c].getter = NULL; }
    while (channels[c].full) { channels[c].putter = current; park(); }
}
static long take(int c) {
    while (!channels[c].full) { channels[c].getter = current; park(); }
    channels[c].full = false;
    if (channels[c].putter) { push(&runnable, channels[c].putter); channels[c].putter = NULL; }
    return channels[c].item;
}
static void ping(long n) { while (n-- > 0) { give(0, n); sum += take(1); } }
static void pong(long n) { while (n-- > 0) give(1, take(0)); }

void *idle[10];
int idles;
static void lease(void) { acquire(); void *c = idle[--idles]; yield(); idle[idles++] = c; release(); }
static void leases(long n) { while (n-- > 0) lease(); }
static void leases_alone(long n) {
    while (n-- > 0) {
        acquire();
        void *c = idle[--idles];
        __asm__ volatile("" :: "r"(c) : "memory");
        idle[idles++] = c;
        release();
    }
}

static long by_hundred(void (*body)(long)) {
    for (int i = 0; i < 100; i++) spawn(body, 10000);
    run();
    return 1000000;
}

long primitives(const char *name) {
    permits = idles = 10;
    if (!strcmp(name, "semaphore")) return by_hundred(permitted);
    if (!strcmp(name, "semaphore-free")) { free_permits(20000000); return 20000000; }
    if (!strcmp(name, "queue")) {
        spawn(produce, 1000000);
        return inside(consume, 1000000);
    }
    if (!strcmp(name, "channel")) {
        spawn(pong, 500000);
        return 2 * inside(ping, 500000);
    }
    if (!strcmp(name, "pool")) return inside(leases_alone, 10000000);
    if (!strcmp(name, "pool-contended")) return by_hundred(leases);
    return 0;
}
