// The limit that `bench --compare` measures against: the package's own stack switch, and around it as little as can be.
// No guards, no errors, no time slices, no timers that fire. What a greenlet costs beyond this is what it does more.
//
//     peer NAME                        one round of a workload; prints what one operation took, in nanoseconds of CPU time
//     peer echo                        an echo server over epoll; prints its port; ends when its input does
//     peer load PORT CONNECTIONS MS    sends 64 bytes over each connection and again when they have come back; prints how
//                                      often in the time, after half as much to warm up, and the nanoseconds of CPU time it took
#define _GNU_SOURCE
#include "CCoroutine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// --- Threads: a context, first, so that both have one address, and a place in one queue.

typedef struct thread {
    cg_context context;
    struct thread *next, *joiner;
    void (*body)(long);
    long argument;
    char *stack;
    bool done;
} thread;

typedef struct { thread *head, *tail; } queue;

// Not static, nor what is shared below: the compiler would know that no code but its own can touch them, and keep them in
// registers across a switch, which it takes for a few instructions that touch nothing of it.
thread hub, *current = &hub;
queue runnable;
thread *unused;  // ended ones, with their stacks
char *slab, *untouched, *untouched_end;
enum { STACK = 16384 };

static void push(queue *q, thread *t) {
    t->next = NULL;
    if (q->tail) q->tail->next = t; else q->head = t;
    q->tail = t;
}

static thread *pop(queue *q) {
    thread *t = q->head;
    if (t && !(q->head = t->next)) q->tail = NULL;
    return t;
}

static void go(thread *to) {
    thread *from = current;
    if (from == to) return;
    current = to;
    cg_swap(&from->context, &to->context);
}

// The next one, or the hub when nobody is runnable.
static void park(void) {
    thread *next = pop(&runnable);
    go(next ? next : &hub);
}

static void yield(void) {
    push(&runnable, current);
    park();
}

static void run(void) {
    thread *next;
    while ((next = pop(&runnable))) go(next);
}

static void entry(void *argument) {
    (void)argument;
    thread *me = current;
    me->body(me->argument);
    me->done = true;
    if (me->joiner) push(&runnable, me->joiner);
    park();
    abort();
}

static void reserve(long stacks) {
    if (slab) munmap(slab, untouched_end - slab);
    size_t size = stacks * (size_t)STACK;
    slab = untouched = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (untouched == MAP_FAILED) { perror("mmap"); exit(1); }
    madvise(untouched, size, MADV_NOHUGEPAGE);
    untouched_end = untouched + size;
    unused = NULL;
}

// The record lies at the top of its stack.
static thread *spawn(void (*body)(long), long argument) {
    thread *t = unused;
    if (t) {
        unused = t->next;
    } else {
        char *stack = untouched;
        untouched += STACK;
        t = (thread *)(stack + STACK - 256);
        t->stack = stack;
    }
    t->body = body;
    t->argument = argument;
    t->joiner = NULL;
    t->done = false;
    uintptr_t *sp = (uintptr_t *)(t->stack + STACK - 256) - 4;
    sp[0] = (uintptr_t)entry;
    sp[1] = sp[2] = sp[3] = 0;
    t->context.sp = sp;
    extern void cg_start(void);
    t->context.pc = (const void *)cg_start;
    t->context.fp = NULL;
    push(&runnable, t);
    return t;
}

static void join(thread *t) {
    if (!t->done) {
        t->joiner = current;
        park();
    }
    t->next = unused;
    unused = t;
}

// --- Workloads: each gives how many operations it did.

long count;
thread **all;

static void yields(long n) { while (n-- > 0) yield(); }
static long switching(long threads) {
    for (long i = 0; i < threads; i++) spawn(yields, 4000000 / threads);
    run();
    return 4000000;
}

static void nothing(long n) { (void)n; }
static void spawns(long n) {
    for (long i = 0; i < n; i++) all[i] = spawn(nothing, 0);
    for (long i = 0; i < n; i++) join(all[i]);
}
static void spawns_parking(long n) {
    for (long i = 0; i < n; i++) all[i] = spawn(yields, 1);
    for (long i = 0; i < n; i++) join(all[i]);
}
static void spawns_singly(long n) { while (n-- > 0) join(spawn(nothing, 0)); }

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

static struct ev_loop *loop;
typedef struct { ev_timer timer; thread *sleeper; double delay; } sleeper;
static void wakes(struct ev_loop *l, ev_timer *timer, int events) {
    (void)l, (void)events;
    push(&runnable, ((sleeper *)timer)->sleeper);
}
static void sleeps(long address) {
    sleeper *s = (sleeper *)address;
    s->sleeper = current;
    ev_timer_init(&s->timer, wakes, s->delay, 0.);
    ev_timer_start(loop, &s->timer);
    park();
}
static long timers(void) {
    sleeper *s = calloc(100000, sizeof *s);
    ev_now_update(loop);
    for (long i = 0; i < 100000; i++) {
        s[i].delay = i * 7919 % 100000 * 1e-5;
        spawn(sleeps, (long)&s[i]);
    }
    run();
    while (ev_run(loop, EVRUN_ONCE)) run();
    run();
    free(s);
    return 1;
}
static long timeouts(long others) {
    sleeper *s = calloc(others + 1, sizeof *s);
    for (long i = 0; i <= others; i++) {
        ev_timer_init(&s[i].timer, wakes, i < others ? 1000. + i % 1000 : 10., 0.);
        if (i < others) ev_timer_start(loop, &s[i].timer);
    }
    for (long i = 0; i < 2000000; i++) {
        ev_now_update(loop);
        ev_timer_set(&s[others].timer, 10., 0.);
        ev_timer_start(loop, &s[others].timer);
        ev_timer_stop(loop, &s[others].timer);
    }
    for (long i = 0; i < others; i++) ev_timer_stop(loop, &s[i].timer);
    free(s);
    return 2000000;
}

static long inside(void (*body)(long), long n) {
    spawn(body, n);
    run();
    return n;
}

static long work(const char *name) {
    if (!strcmp(name, "switch")) return switching(2);
    if (!strcmp(name, "switch-many-1000")) return switching(1000);
    if (!strcmp(name, "switch-many-10000")) return switching(10000);
    if (!strcmp(name, "spawn")) return inside(spawns, 100000);
    if (!strcmp(name, "spawn-fresh")) { reserve(20008); return inside(spawns_parking, 20000); }
    if (!strcmp(name, "spawn-one")) return inside(spawns_singly, 1000000);
    if (!strcmp(name, "semaphore")) {
        permits = 10;
        for (int i = 0; i < 100; i++) spawn(permitted, 10000);
        run();
        return 1000000;
    }
    permits = idles = 10;
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
    if (!strcmp(name, "pool-contended")) {
        for (int i = 0; i < 100; i++) spawn(leases, 10000);
        run();
        return 1000000;
    }
    if (!strcmp(name, "timers")) return timers();
    if (!strcmp(name, "timeout")) return timeouts(0);
    if (!strcmp(name, "timeout-among-100000")) return timeouts(100000);
    return 0;
}

static double processor(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

// --- Echo

static void fail(const char *what) { perror(what); exit(1); }

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void watch(int epoll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll_ctl");
}

static void more_descriptors(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void echo(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0), one = 1;
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (bind(listener, (void *)&address, length) || listen(listener, 4096)) fail("listen");
    getsockname(listener, (void *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    watch(epoll, listener);
    watch(epoll, 0);
    struct epoll_event events[256];
    char buffer[4096];
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == 0) return;
            if (descriptor == listener) {
                int accepted;
                while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    watch(epoll, accepted);
                }
                continue;
            }
            ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
            if (got > 0) (void)!write(descriptor, buffer, got);
            else if (got == 0 || errno != EAGAIN) close(descriptor);
        }
    }
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void load(int port, int connections, double duration) {
    int epoll = epoll_create1(0), one = 1, *missing = calloc(65536, sizeof *missing);
    struct sockaddr_in address = loopback(port);
    char buffer[4096] = {0};
    for (int i = 0; i < connections; i++) {
        int descriptor = socket(AF_INET, SOCK_STREAM, 0);
        if (descriptor < 0 || connect(descriptor, (void *)&address, sizeof address)) fail("connect");
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(epoll, descriptor);
        missing[descriptor] = 64;
        if (write(descriptor, buffer, 64) != 64) fail("write");
    }
    long exchanges = 0;
    double start = seconds() + duration / 2;
    double used = 0;
    bool counts = false;
    struct epoll_event events[256];
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, 10000);
        if (ready <= 0) { fprintf(stderr, "the server does not answer\n"); exit(1); }
        double now = seconds();
        if (!counts && now >= start) { 
            counts = true;
            exchanges = 0;
            used = processor();
            printf("begin\n");
            fflush(stdout);
        }
        if (counts && now >= start + duration) break;
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
            if (got <= 0) { fprintf(stderr, "a connection was lost\n"); exit(1); }
            if ((missing[descriptor] -= got) > 0) continue;
            exchanges++;
            missing[descriptor] = 64;
            if (write(descriptor, buffer, 64) != 64) fail("write");
        }
    }
    printf("%ld %.0f\n", exchanges, processor() - used);
}

int main(int count_of_words, char **words) {
    const char *name = count_of_words > 1 ? words[1] : "";
    more_descriptors();
    if (!strcmp(name, "echo")) return echo(), 0;
    if (!strcmp(name, "load") && count_of_words == 5)
        return load(atoi(words[2]), atoi(words[3]), atof(words[4]) / 1e3), 0;
    loop = ev_default_loop(0);
    all = calloc(100000, sizeof *all);
    reserve(100016);
    // The first round warms up, but for what is to be cold.
    if (strcmp(name, "spawn-fresh") && !work(name)) { fprintf(stderr, "no workload %s\n", name); return 64; }
    // Whoever was not joined left a stack behind.
    untouched = slab;
    unused = NULL;
    double start = processor();
    count = work(name);
    printf("%.3f\n", (processor() - start) / count);
    return 0;
}
