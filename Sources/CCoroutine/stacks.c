// See stacks.h.
#define _GNU_SOURCE
#include "CCoroutine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

bool cg_region_add(cg_thread *thread, void *low, size_t size, size_t slot_size, size_t guard_size) {
    uint32_t count = thread->region_count;
    if (count == CG_REGIONS) return false;
    if (!thread->regions && !(thread->regions = calloc(CG_REGIONS, sizeof(cg_region)))) return false;
    thread->regions[count] = (cg_region){ (uintptr_t)low, (uintptr_t)low + size, slot_size, guard_size };
    if (thread->parking) cg_parking_add(thread->parking, &thread->regions[count]);
    // The count last: a signal's handler may come in between.
    __atomic_store_n(&thread->region_count, count + 1, __ATOMIC_RELEASE);
    return true;
}

void cg_region_forget_all(cg_thread *thread) {
    thread->region_count = 0;
    free(thread->regions);
    thread->regions = NULL;
}

const cg_region *cg_region_of(const cg_thread *thread, uintptr_t address) {
    uint32_t count = __atomic_load_n(&thread->region_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        if (address >= thread->regions[i].low && address < thread->regions[i].high) return &thread->regions[i];
    return NULL;
}

uintptr_t cg_region_stack_end(const cg_thread *thread, uintptr_t address) {
    const cg_region *region = cg_region_of(thread, address);
    return region ? address - (address - region->low) % region->slot_size + region->slot_size : 0;
}

__attribute__((no_sanitize("address", "thread")))
bool cg_canary_holds(const uintptr_t *place) {
    for (int i = 0; i < CG_CANARIES; i++)
        if (place[i] != cg_canary && place[i] != 0) return false;
    return true;
}

// MADV_GUARD_INSTALL and _REMOVE: Linux 6.13, absent from Debian 12's headers.
enum { GUARD_INSTALL = 102, GUARD_REMOVE = 103 };

void cg_canary_stop(const cg_thread *thread, const cg_context *context) {
    cg_overflow_report(thread, context, (uintptr_t)context->canary);
    abort();
}

int cg_guard_install(void *address, size_t size) {
    return madvise(address, size, GUARD_INSTALL) == 0 ? 0 : errno;
}

int cg_guard_remove(void *address, size_t size) {
    return madvise(address, size, GUARD_REMOVE) == 0 ? 0 : errno;
}

int cg_guard_install_each(void *first, size_t stride, size_t size, int count) {
    int done = 0;
#if defined(SYS_process_madvise)
    // One system call for all, which saves each some 0.1 us. On itself a process may give any advice; its name for
    // itself is known from Linux 6.14 on. valgrind does not know the call.
    enum { PIDFD_SELF_PROCESS = -10001, MOST = 32 };
    if (count > 1 && count <= MOST && !cg_is_shadowed()) {
        struct iovec ranges[MOST];
        for (int i = 0; i < count; i++)
            ranges[i] = (struct iovec){ .iov_base = (char *)first + i * stride, .iov_len = size };
        long bytes = syscall(SYS_process_madvise, PIDFD_SELF_PROCESS, ranges, count, GUARD_INSTALL, 0);
        if (bytes > 0) done = (int)((size_t)bytes / size);
    }
#endif
    while (done < count && madvise((char *)first + done * stride, size, GUARD_INSTALL) == 0) done++;
    return done;
}
