// Sleepers and timeouts on libev, and calls from one thread's loop to another's.
#include "threads.h"
#include "peer.h"

#include <ev.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

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
static long sleepers(void) {
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

long timers(const char *name) {
    loop = ev_default_loop(0);
    if (!strcmp(name, "timers")) return sleepers();
    if (!strcmp(name, "timeout")) return timeouts(0);
    if (!strcmp(name, "timeout-among-100000")) return timeouts(100000);
    return 0;
}

static void nothing(struct ev_loop *l, ev_timer *timer, int events) { (void)l, (void)timer, (void)events; }

// By how much a sleep of 100 us is late, with epoll's whole milliseconds.
void sleep_precision(void) {
    double late[200];
    ev_timer timer;
    loop = ev_default_loop(0);
    for (int i = 0; i < 200; i++) {
        double start = seconds();
        ev_now_update(loop);
        ev_timer_init(&timer, nothing, 100e-6, 0.);
        ev_timer_start(loop, &timer);
        ev_run(loop, EVRUN_ONCE);
        late[i] = (seconds() - start - 100e-6) * 1e9;
    }
    printf("%.3f\n", median(late, 200));
}

// Each side sends to the other's loop; a call is there and back.
enum { CALLS = 20000 };
static struct ev_loop *there;
static ev_async calls, replies;
static long calls_left;
static void called(struct ev_loop *l, ev_async *async, int events) {
    (void)async, (void)events;
    ev_async_send(loop, &replies);
    if (--calls_left == 0) ev_break(l, EVBREAK_ALL);
}
static void replied(struct ev_loop *l, ev_async *async, int events) {
    (void)async, (void)events;
    ev_break(l, EVBREAK_ONE);
}
static void *serve(void *argument) {
    ev_run(there, 0);
    return argument;
}
void bridge(void) {
    pthread_t thread;
    loop = ev_default_loop(0);
    there = ev_loop_new(0);
    calls_left = CALLS;
    ev_async_init(&calls, called);
    ev_async_start(there, &calls);
    ev_async_init(&replies, replied);
    ev_async_start(loop, &replies);
    if (pthread_create(&thread, NULL, serve, NULL)) fail("pthread_create");
    double start = seconds();
    for (int i = 0; i < CALLS; i++) {
        ev_async_send(there, &calls);
        ev_run(loop, 0);
    }
    printf("%.3f\n", (seconds() - start) * 1e9 / CALLS);
    pthread_join(thread, NULL);
}
