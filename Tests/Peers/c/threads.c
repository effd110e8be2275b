#include "threads.h"
#include "peer.h"

#include <sys/mman.h>

thread hub, *current = &hub;
queue runnable;
thread *unused;
char *untouched, *guarded;
size_t stack_size = 16384, guard_size;
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
    guarded = slab;
    recycle();
}

// As many at once as the package's own slab.
void guard(void) {
    long left = (slab + slab_size - guarded) / (long)stack_size, count = left < 32 ? left : 32;
    cg_guard_install_each(guarded, stack_size, guard_size, (int)count);
    guarded += count * stack_size;
}

void recycle(void) {
    untouched = slab;
    unused = NULL;
}
