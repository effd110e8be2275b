// Where this thread keeps Swift's hidden words.
//
// They are thread-local variables of libswiftCore and libswift_Concurrency without a public address. Their offset in
// the module's thread-local block is the same on every thread, so it is found once (on a thread made for it) by
// watching which word changes when something is begun that must change it; a thread then only adds its block's base.
// Nothing is hard-coded: a runtime that keeps them otherwise makes calibration fail, and then a slower, documented
// way is taken (`uses_runtime_calls`; task-locals then belong to the thread, not to the greenlet).
#define _GNU_SOURCE
#include "CCoroutine.h"

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Weak: a C program (the AArch64 check) has no Swift runtime.
__attribute__((weak)) void swift_beginAccess(void *, void *, uintptr_t, void *);
__attribute__((weak)) void swift_endAccess(void *);
__attribute__((weak)) void *swift_task_getCurrent(void);
__attribute__((weak)) void swift_task_exitThreadLocalContext(char *);

static struct { bool found; size_t index; } calibrated[CG_WORDS];
// The block as it was. Linked statically, it is the whole program's, and as large as that needs.
static uintptr_t *snapshot;

typedef struct { const void *within; uintptr_t *block; size_t words; } query;

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size;
    query *q = data;
    bool contains = false;
    size_t tls_size = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && (uintptr_t)q->within >= low && (uintptr_t)q->within < low + header->p_memsz)
            contains = true;
        if (header->p_type == PT_TLS) tls_size = header->p_memsz;
    }
    if (!contains) return 0;
    q->block = info->dlpi_tls_data;
    q->words = tls_size / sizeof(uintptr_t);
    return 1;
}

// The calling thread's thread-local block of the module that holds `symbol`.
static bool find_block(const void *symbol, query *q) {
    *q = (query){ symbol, NULL, 0 };
    return symbol && dl_iterate_phdr(visit, q) == 1 && q->block && q->words;
}

static bool find_core(query *q) { return find_block((const void *)swift_beginAccess, q); }

static bool find_concurrency(query *q) {
    if (!swift_task_getCurrent) return false;
    (void)swift_task_getCurrent();  // a module's block may only come into being at its first use
    return find_block((const void *)swift_task_getCurrent, q);
}

// Begins an access whose record is `record` and tells which word of the block points to it.
static bool locate_access(size_t *index) {
    static long variable;
    uintptr_t record[4] = { 0, 0, 0, 0 };
    query q;
    if (!swift_beginAccess || !swift_endAccess) return false;
    swift_beginAccess(&variable, record, 0x21 /* modify, tracked */, NULL);
    size_t hits = 0;
    if (find_core(&q)) {
        for (size_t i = 0; i < q.words; i++) {
            if (q.block[i] == (uintptr_t)record) {
                *index = i;
                hits++;
            }
        }
    }
    swift_endAccess(record);
    return hits == 1;
}

bool cg_calibrate_access(void) {
    size_t index;
    if (!locate_access(&index)) return false;
    calibrated[CG_WORD_ACCESS].index = index;
    calibrated[CG_WORD_ACCESS].found = true;
    return true;
}

bool cg_calibrate_snapshot(void) {
    query q;
    if (!find_concurrency(&q)) return false;
    free(snapshot);
    snapshot = malloc(q.words * sizeof(uintptr_t));
    if (!snapshot) return false;
    memcpy(snapshot, q.block, q.words * sizeof(uintptr_t));
    return true;
}

bool cg_calibrate_locals(void) {
    query q;
    if (!snapshot || !find_concurrency(&q)) return false;
    size_t hits = 0, index = 0;
    for (size_t i = 0; i < q.words; i++) {
        if (q.block[i] != snapshot[i] && snapshot[i] == 0) {
            index = i;
            hits++;
        }
    }
    if (hits != 1) return false;
    calibrated[CG_WORD_LOCALS].index = index;
    calibrated[CG_WORD_LOCALS].found = true;
    return true;
}

static bool is_on_this_stack(uintptr_t address) {
    pthread_attr_t attributes;
    void *low;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
    int failure = pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    return failure == 0 && address >= (uintptr_t)low && address < (uintptr_t)low + size;
}

bool cg_calibrate_task(void) {
    query q;
    if (!snapshot || !find_concurrency(&q)) return false;
    uintptr_t task = (uintptr_t)swift_task_getCurrent();
    if (!task) return false;
    size_t task_hits = 0, task_index = 0, executor_hits = 0, executor_index = 0;
    for (size_t i = 0; i < q.words; i++) {
        if (q.block[i] == snapshot[i]) continue;
        if (q.block[i] == task) {
            task_index = i;
            task_hits++;
        } else if (snapshot[i] == 0 && is_on_this_stack(q.block[i])) {
            executor_index = i;
            executor_hits++;
        }
    }
    if (task_hits != 1 || executor_hits != 1) return false;
    calibrated[CG_WORD_TASK].index = task_index;
    calibrated[CG_WORD_TASK].found = true;
    calibrated[CG_WORD_EXECUTOR].index = executor_index;
    calibrated[CG_WORD_EXECUTOR].found = true;
    return true;
}

void cg_thread_set_name(const char *name) { pthread_setname_np(pthread_self(), name); }

bool cg_is_calibrated(int word) { return calibrated[word].found; }

void cg_thread_prepare(cg_thread *thread, bool isolates) {
    memset(thread, 0, sizeof *thread);
    for (int i = 0; i < CG_WORDS; i++) thread->words[i] = &thread->unused;
    thread->errno_location = &errno;
    thread->slow = cg_is_sanitized();
    query q;
    if (isolates && swift_beginAccess) {
        size_t index;
        // Checked again on each thread: it costs a microsecond and keeps a wrong guess from doing harm.
        if (calibrated[CG_WORD_ACCESS].found && locate_access(&index) && index == calibrated[CG_WORD_ACCESS].index
            && find_core(&q)) {
            thread->words[CG_WORD_ACCESS] = q.block + index;
        } else if (swift_task_exitThreadLocalContext) {
            thread->uses_runtime_calls = true;
            thread->slow = true;
        }
    }
    // All three or none: a task whose executor record stays behind would be worse than neither.
    if (calibrated[CG_WORD_TASK].found && calibrated[CG_WORD_EXECUTOR].found && calibrated[CG_WORD_LOCALS].found
        && find_concurrency(&q)) {
        for (int i = CG_WORD_TASK; i <= CG_WORD_LOCALS; i++)
            if (calibrated[i].index < q.words) thread->words[i] = q.block + calibrated[i].index;
    }
}
