internal import DequeModule
internal import EventLoop
internal import Glibc

/// The threads under a `ThreadPool`, and the work that waits for them. Knows nothing of hubs.
final class WorkerThreads: Sendable {
    private struct State {
        var jobs: Deque<@Sendable () -> Void> = []
        var threads = 0
        var idle = 0
        var isClosed = false
    }

    private let limit: Int
    private let state = Lock(State())
    private let work = Signal()

    init(limit: Int) {
        self.limit = limit
    }

    /// Has a thread run the job, in its turn. Returns why that cannot be: no thread could be started, and there is none.
    func enqueue(_ job: @escaping @Sendable () -> Void) -> SocketError? {
        let (needsThread, isFirst) = state.withLock { state in
            state.jobs.append(job)
            guard state.threads < limit, state.idle < state.jobs.count else { return (false, false) }
            state.threads += 1
            return (true, state.threads == 1)
        }
        if needsThread, let code = startThread() {
            let isStranded = state.withLock { state in
                state.threads -= 1
                if isFirst { state.jobs.removeLast() }
                return isFirst
            }
            if isStranded { return SocketError("starting a thread", errno: code) }
        }
        work.send()
        return nil
    }

    /// The threads end when the work is done.
    func close() {
        state.withLock { $0.isClosed = true }
        for _ in 0..<limit { work.send() }
    }

    private func startThread() -> Int32? {
        // Signals are the hubs' threads' to take.
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }

        var thread = pthread_t()
        // Safe: retained here, released by the thread.
        let this = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<WorkerThreads>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, this.toOpaque())
        guard code == 0 else {
            this.release()
            return code
        }
        pthread_detach(thread)
        return nil
    }

    /// A thread's life.
    private func run() {
        while true {
            let (job, isOver) = takeJob()
            if let job {
                job()
            } else if isOver {
                return
            } else {
                work.wait()
                state.withLock { $0.idle -= 1 }
            }
        }
    }

    /// A job; or the thread counts as idle; or it is to end.
    private func takeJob() -> (job: (@Sendable () -> Void)?, isOver: Bool) {
        state.withLock { state in
            if let job = state.jobs.popFirst() { return (job, false) }
            if state.isClosed {
                state.threads -= 1
                return (nil, true)
            }
            state.idle += 1
            return (nil, false)
        }
    }
}

/// A counting semaphore of the system's.
private final class Signal: @unchecked Sendable {
    // Unchecked: a semaphore is made to be used by several threads; its address does not move.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func send() {
        sem_post(semaphore)
    }

    func wait() {
        while sem_wait(semaphore) != 0 && errno == EINTR {}
    }
}
