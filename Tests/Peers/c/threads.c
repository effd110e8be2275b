#include "threads.h"
#include "peer.h"

#include <sys/mman.h>

thread hub, *current = &hub;
queue runnable;
thread *unused;
char *untouched;
size_t stack_size = 16384;
static char *slab;
static size_t slab_size;

void entry(void *argument) {
    (void)argument;
    thread *me = current;
    me->body(me->argument);
    me->done = true;
    if (me->joiner) push(&runnable, me->joiner);
    park();
    abort();
}

void yield(void) {
    push(&runnable, current);
    park();
}

void yield_to_hub(void) {
    push(&runnable, current);
    go(&hub);
}

void reserve(long stacks) {
    if (slab) munmap(slab, slab_size);
    slab_size = stacks * stack_size;
    slab = mmap(NULL, slab_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slab == MAP_FAILED) fail("mmap");
    madvise(slab, slab_size, MADV_NOHUGEPAGE);
    recycle();
}

void recycle(void) {
    untouched = slab;
    unused = NULL;
}
