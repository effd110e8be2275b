// Fresh stacks, and the long way of a switch: what sanitizers, valgrind and missing guards need.
#define _GNU_SOURCE
#include "CCoroutine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

__thread void *cg_current_hub __attribute__((tls_model("initial-exec"))) = NULL;

extern void cg_start(void) __attribute__((visibility("hidden")));

// Weak: there only when the final link has a sanitizer's runtime, so one object file serves every kind of build.
__attribute__((weak)) void __sanitizer_start_switch_fiber(void **, const void *, size_t);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void *, const void **, size_t *);
__attribute__((weak)) void *__tsan_get_current_fiber(void);
__attribute__((weak)) void *__tsan_create_fiber(unsigned);
__attribute__((weak)) void __tsan_destroy_fiber(void *);
__attribute__((weak)) void __tsan_switch_to_fiber(void *, unsigned);
__attribute__((weak)) void __lsan_register_root_region(const void *, size_t);
__attribute__((weak)) void __lsan_unregister_root_region(const void *, size_t);
__attribute__((weak)) void __asan_unpoison_memory_region(void const volatile *, size_t);
__attribute__((weak)) void *__asan_region_is_poisoned(void *, size_t);

// Weak: a C program (the AArch64 check) has no Swift runtime.
__attribute__((weak)) void swift_task_exitThreadLocalContext(char *);
__attribute__((weak)) void swift_task_enterThreadLocalContext(char *);

void cg_leak_root(const void *memory, size_t size, bool is_root) {
    if (is_root && __lsan_register_root_region) __lsan_register_root_region(memory, size);
    if (!is_root && __lsan_unregister_root_region) __lsan_unregister_root_region(memory, size);
}

bool cg_is_sanitized(void) { return __sanitizer_start_switch_fiber || __tsan_create_fiber; }

// --- valgrind: the client request by hand (its header is not on every machine). Outside of valgrind the rotations
// come back to where they began and the rest is nothing.
static uintptr_t valgrind_request(uintptr_t request, uintptr_t a, uintptr_t b) {
    volatile uintptr_t arguments[6] = { request, a, b, 0, 0, 0 };
    uintptr_t result = 0;
#if defined(__x86_64__)
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
                     : "=d"(result) : "a"(&arguments[0]), "0"(result) : "cc", "memory");
#elif defined(__aarch64__)
    __asm__ volatile("mov x3, %1; mov x4, %2; ror x12, x12, #3; ror x12, x12, #13; ror x12, x12, #51;"
                     "ror x12, x12, #61; orr x10, x10, x10; mov %0, x3"
                     : "=r"(result) : "r"((uintptr_t)0), "r"(&arguments[0]) : "cc", "memory", "x3", "x4");
#endif
    return result;
}
enum { VALGRIND_RUNNING = 0x1001, VALGRIND_STACK_REGISTER = 0x1501, VALGRIND_STACK_DEREGISTER = 0x1502 };

bool cg_is_shadowed(void) { return cg_is_sanitized() || valgrind_request(VALGRIND_RUNNING, 0, 0) != 0; }

void cg_prepare(cg_context *context, void *low, size_t size, cg_entry entry, void *argument) {
    // The top is 16-byte aligned: slots are page-aligned and a multiple of the page in size. Above what cg_start reads
    // lie two zeros, where a walk along frame pointers would look for a caller, and room for the canary.
    uintptr_t *sp = (uintptr_t *)((char *)low + size) - CG_CANARIES - 4;
    sp[0] = (uintptr_t)entry;
    sp[1] = (uintptr_t)argument;
    sp[2] = 0;
    sp[3] = 0;
    context->sp = sp;
    context->pc = (const void *)cg_start;
    context->fp = NULL;
    context->base = 0;
    memset(context->words, 0, sizeof context->words);
    context->saved_errno = 0;
    context->stack_low = low;
    context->stack_size = size;
    context->asan_fake_stack = NULL;
    if (__builtin_expect(__asan_unpoison_memory_region && __asan_region_is_poisoned, 0)) {
        // Address sanitizer: frames that never returned (a stack that was recycled) may have left poison behind. Only
        // what has some: the sanitizer's shadow of all the rest would become resident.
        char *poison = __asan_region_is_poisoned(low, size);
        if (poison) __asan_unpoison_memory_region(poison, (size_t)((char *)low + size - poison));
    }
    if (!context->valgrind_id)
        context->valgrind_id =
            (uint32_t)valgrind_request(VALGRIND_STACK_REGISTER, (uintptr_t)low, (uintptr_t)low + size);
}

void cg_release(cg_context *context) {
    if (__tsan_destroy_fiber && context->tsan_fiber) __tsan_destroy_fiber(context->tsan_fiber);
    context->tsan_fiber = NULL;
    if (context->valgrind_id) valgrind_request(VALGRIND_STACK_DEREGISTER, context->valgrind_id, 0);
    context->valgrind_id = 0;
}

// The running stack takes over: tells address sanitizer where we came from, which also teaches it the bounds of a
// thread's own stack, that nobody told us.
static void finish_switch(cg_thread *thread, cg_context *self) {
    cg_context *from = thread->switched_from;
    if (__sanitizer_finish_switch_fiber) {
        const void *bottom = NULL;
        size_t size = 0;
        __sanitizer_finish_switch_fiber(self->asan_fake_stack, &bottom, &size);
        if (from && !from->stack_low && from->stack_size == 0) {
            from->stack_low = bottom;
            from->stack_size = size;
        }
    }
}

__attribute__((no_sanitize("thread", "address")))
void cg_switch_slow(cg_thread *thread, cg_context *from, cg_context *to) {
    cg_canary_check(thread, from);
    char access[2 * sizeof(uintptr_t)];
    if (thread->uses_runtime_calls) {
        // The runtime stores this stack's list in `access` and leaves an empty one: the other enters its own below.
        memset(access, 0, sizeof access);
        swift_task_exitThreadLocalContext(access);
    }
    if (__tsan_switch_to_fiber) {
        if (!from->tsan_fiber) from->tsan_fiber = __tsan_get_current_fiber();
        // Not before: one that is destroyed without ever having run breaks the sanitizer.
        if (!to->tsan_fiber) to->tsan_fiber = __tsan_create_fiber(0);
        __tsan_switch_to_fiber(to->tsan_fiber, 0);
    }
    thread->switched_from = from;
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(&from->asan_fake_stack, to->stack_low, to->stack_size);
    cg_swap(from, to);
    finish_switch(thread, from);
    if (thread->uses_runtime_calls) swift_task_enterThreadLocalContext(access);
}

void cg_entered(cg_thread *thread) {
    if (thread->slow) finish_switch(thread, thread->current);
}

bool cg_can_switch(void) {
#if defined(__x86_64__) && defined(SYS_arch_prctl)
    // ARCH_SHSTK_STATUS: `pop; jmp` would break the pairing of calls and returns that a shadow stack checks.
    unsigned long features = 0;
    if (syscall(SYS_arch_prctl, 0x5005, &features) == 0 && (features & 1)) return false;
#endif
    return true;
}
