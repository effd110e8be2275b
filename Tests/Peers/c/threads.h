// Green threads as bare as can be: the package's own stack switch, a context and a place in one queue. No guards unless
// asked for, no errors, no time slices. All of it inline, as one file would be, but for a yield: a program calls its library.
#ifndef THREADS_H
#define THREADS_H

#include "CCoroutine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

// The context first, so that both have one address.
typedef struct thread {
    cg_context context;
    struct thread *next, *joiner;
    void (*body)(long);
    long argument;
    bool done;
} thread;

typedef struct { thread *head, *tail; } queue;

// Not static: the compiler would know that no code but its own can touch them, and keep them in registers across a
// switch, which it takes for a few instructions that touch nothing of it.
extern thread hub, *current;
extern queue runnable;
extern thread *unused;  // ended ones, with their stacks
extern char *untouched, *guarded;
extern size_t stack_size, guard_size;

// Throws away all stacks and makes room for so many that were never touched, of `stack_size` each, `guard_size` of it a
// guard.
void reserve(long stacks);
// Guards the next ones.
void guard(void);
// All stacks again, but as they are: whoever was not joined had left one behind.
void recycle(void);
void entry(void *argument);
// To the next one, and to the hub, which picks the next one.
void yield(void);
void yield_to_hub(void);

static inline void push(queue *q, thread *t) {
    t->next = NULL;
    if (q->tail) q->tail->next = t; else q->head = t;
    q->tail = t;
}

static inline thread *pop(queue *q) {
    thread *t = q->head;
    if (t && !(q->head = t->next)) q->tail = NULL;
    return t;
}

static inline void go(thread *to) {
    thread *from = current;
    if (from == to) return;
    current = to;
    cg_swap(&from->context, &to->context);
}

// The next one, or the hub when nobody is runnable.
static inline void park(void) {
    thread *next = pop(&runnable);
    go(next ? next : &hub);
}

static inline void run(void) {
    thread *next;
    while ((next = pop(&runnable))) go(next);
}

// The record lies at the top of its stack, and below it the frame of cg_start.
static inline thread *spawn(void (*body)(long), long argument) {
    thread *t = unused;
    if (t) {
        unused = t->next;
    } else {
        if (guard_size && untouched == guarded) guard();
        untouched += stack_size;
        t = (thread *)(untouched - 256);
    }
    t->body = body;
    t->argument = argument;
    t->joiner = NULL;
    t->done = false;
    uintptr_t *sp = (uintptr_t *)t - 4;
    sp[0] = (uintptr_t)entry;
    sp[1] = sp[2] = sp[3] = 0;
    t->context.sp = sp;
    extern void cg_start(void);
    t->context.pc = (const void *)cg_start;
    t->context.fp = NULL;
    push(&runnable, t);
    return t;
}

static inline void join(thread *t) {
    if (!t->done) {
        t->joiner = current;
        park();
    }
    t->next = unused;
    unused = t;
}

static inline long inside(void (*body)(long), long n) {
    spawn(body, n);
    run();
    return n;
}

#endif
