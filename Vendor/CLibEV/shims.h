#pragma once
// Debian's libev 4.33. Its functions and structures import into Swift as they are; its function-like
// macros do not, hence these shims, one for each macro that is used.
#include <dlfcn.h>
#include <ev.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// ev_io_init, ev_async_init and ev_signal_init are macros that write several fields of the watcher.

static inline void cev_io_init(ev_io *watcher, void (*callback)(struct ev_loop *, ev_io *, int), int fd, int events) {
    ev_io_init(watcher, callback, fd, events);
}

static inline void cev_async_init(ev_async *watcher, void (*callback)(struct ev_loop *, ev_async *, int)) {
    ev_async_init(watcher, callback);
}

static inline void cev_signal_init(ev_signal *watcher, void (*callback)(struct ev_loop *, ev_signal *, int), int signal) {
    ev_signal_init(watcher, callback, signal);
}

// Not libev's: sys/timerfd.h is missing from Swift's Glibc module, and its flags are enum constants and macros of
// casts.

// A non-blocking, close-on-exec timerfd on CLOCK_MONOTONIC; -1 and errno on failure.
static inline int cev_timerfd_create(void) {
    return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

// Sets it to one absolute time in nanoseconds.
static inline int cev_timerfd_set(int fd, int64_t nanoseconds) {
    struct itimerspec time = {{0, 0}, {nanoseconds / 1000000000, nanoseconds % 1000000000}};
    return timerfd_settime(fd, TFD_TIMER_ABSTIME, &time, 0);
}

// Nor accept4, which is declared under _GNU_SOURCE only; by another name, so that both declarations can be seen.
extern int cev_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) __asm__("accept4");

// accept(2) of a descriptor that is non-blocking and close-on-exec from the start.
static inline int cev_accept(int fd, struct sockaddr *address, socklen_t *length) {
    return cev_accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// Asks for a cache line that is soon read.
static inline void cev_prefetch(const void *address) { __builtin_prefetch(address); }

// Nor epoll: sys/epoll.h is missing from Swift's Glibc module, its structure is packed, which Swift cannot lay out, and
// its flags are enum constants of mixed signs.

enum {
    CEV_READABLE = EPOLLIN,
    CEV_WRITABLE = EPOLLOUT,
    CEV_FAILED = EPOLLERR | EPOLLHUP,       // reported whether or not they were asked for
    CEV_ENDED = EPOLLRDHUP | EPOLLPRI,      // the peer sends no more, or has sent something out of band
    CEV_REPORT_SIZE = sizeof(struct epoll_event),
    CEV_ADD = EPOLL_CTL_ADD, CEV_CHANGE = EPOLL_CTL_MOD, CEV_DELETE = EPOLL_CTL_DEL
};
static const uint32_t cev_edge = (uint32_t)EPOLLET;

// An epoll set, close-on-exec; -1 and errno on failure.
static inline int cev_epoll(void) { return epoll_create1(EPOLL_CLOEXEC); }

// Tells it about one descriptor; what it reports then comes with `data`.
static inline int cev_epoll_tell(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(epoll, operation, fd, &event);
}

// What is ready now, so many reports at most, into room for them. Never waits.
static inline int cev_epoll_take(int epoll, void *room, int count) { return epoll_wait(epoll, room, count, 0); }
static inline uint32_t cev_epoll_events(const void *room, int index) {
    return ((const struct epoll_event *)room)[index].events;
}
static inline uint64_t cev_epoll_data(const void *room, int index) {
    return ((const struct epoll_event *)room)[index].data.u64;
}

// libdispatch's main queue, for whoever runs the main thread's loop (CoreFoundation's run loop does it so): a descriptor
// that is readable when the queue has something to do, and what does that. They are in no header. Weak, for a program
// linked statically may have no libdispatch; looked up by name where the linker was not given libdispatch itself, which
// Swift's own libraries bring.
extern int _dispatch_get_main_queue_handle_4CF(void) __attribute__((weak));
extern void _dispatch_main_queue_callback_4CF(void *message) __attribute__((weak));

// The main queue's descriptor; -1 where there is no libdispatch.
static inline int cev_main_queue(void) {
    int (*handle)(void) = _dispatch_get_main_queue_handle_4CF;
    // POSIX lets what dlsym gives be a function; the null handle is all that is loaded.
    if (!handle) handle = (int (*)(void))dlsym((void *)0, "_dispatch_get_main_queue_handle_4CF");
    return handle ? handle() : -1;
}

// Runs what the main queue holds now. On the process's main thread only; within itself it does nothing.
static inline void cev_main_queue_run(void) {
    void (*run)(void *) = _dispatch_main_queue_callback_4CF;
    if (!run) run = (void (*)(void *))dlsym((void *)0, "_dispatch_main_queue_callback_4CF");
    if (run) run((void *)0);
}
