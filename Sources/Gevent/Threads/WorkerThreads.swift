internal import CCoroutine
internal import DequeModule
internal import EventLoop
internal import Glibc

/// The threads under a `ThreadPool`, and the work that waits for them. Knows nothing of hubs.
///
///     starts ──► runs jobs ◄──► idle ──► ends: idle for too long, one too many, or closed and no job left
final class WorkerThreads: Sendable {
    private struct State {
        var jobs: Deque<(identifier: Int, body: @Sendable () -> Void)> = []
        var limit: Int
        var threads = 0
        var idle = 0
        var isClosed = false
        /// Called once it is closed and no thread is left.
        var onEnd: [@Sendable () -> Void] = []
    }

    private enum Step {
        case job(@Sendable () -> Void)
        case end([@Sendable () -> Void])
    }

    private let idleTimeout: Nanoseconds?
    private let state: Monitor<State>

    /// `limit` threads at most; one that has had nothing to do for `idleTimeout` ends.
    init(limit: Int, idleTimeout: Duration?) {
        self.idleTimeout = idleTimeout.map { Nanoseconds(0).advanced(after: $0) }
        state = Monitor(State(limit: limit))
    }

    /// How many threads there are.
    var count: Int { state.withLock { $0.threads } }

    /// Has a thread run the job, in its turn. Returns why that cannot be: no thread could be started, and there is none.
    func enqueue(_ identifier: Int, _ job: @escaping @Sendable () -> Void) -> SocketError? {
        let (needsThread, isFirst) = state.withLock { state in
            state.jobs.append((identifier, job))
            return Self.claimThread(&state)
        }
        if needsThread, let code = startThread() {
            let isStranded = state.withLock { state in
                state.threads -= 1
                if isFirst { state.jobs.removeLast() }
                return isFirst
            }
            if isStranded { return SocketError("starting a thread", errno: code) }
        }
        state.notifyOne()
        return nil
    }

    private static func claimThread(_ state: inout State) -> (needed: Bool, isFirst: Bool) {
        guard state.threads < state.limit, state.idle < state.jobs.count else { return (false, false) }
        state.threads += 1
        return (true, state.threads == 1)
    }

    /// From now on so many threads at most. Those that are too many end when they are through with their jobs.
    func setLimit(_ limit: Int) {
        state.withLock { $0.limit = limit }
        state.notifyAll()
        // For the work that waits.
        for _ in 0..<state.withLock({ $0.jobs.count }) where state.withLock({ Self.claimThread(&$0).needed }) {
            if startThread() != nil {
                state.withLock { $0.threads -= 1 }
                return
            }
        }
    }

    /// The threads end when the work is done.
    func close() {
        state.withLock { $0.isClosed = true }
        state.notifyAll()
    }

    /// The threads end when they are through with what they run; gives what was not begun and never will be.
    ///
    /// - Parameter onEnd: called by the last thread, or here where there is none.
    func stop(onEnd: @escaping @Sendable () -> Void) -> [Int] {
        let (dropped, hasEnded) = state.withLock { state in
            state.isClosed = true
            let dropped = state.jobs.map(\.identifier)
            state.jobs = []
            if state.threads > 0 { state.onEnd.append(onEnd) }
            return (dropped, state.threads == 0)
        }
        state.notifyAll()
        if hasEnded { onEnd() }
        return dropped
    }

    private func startThread() -> Int32? {
        // Signals are the hubs' threads' to take; but a fault is the faulting thread's own: blocked, it would end the program
        // without a word, and a parked stack that is touched would not come back.
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP] { sigdelset(&all, fault) }
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

    /// Whether the calling thread is a worker.
    static var isHere: Bool { pthread_getspecific(mark) != nil }

    private static let mark: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// A thread's life.
    private func run() {
        cg_thread_set_name("gevent-worker")
        // Safe: a mark that is compared, and never followed.
        pthread_setspecific(Self.mark, UnsafeRawPointer(bitPattern: 1))
        while true {
            switch nextStep() {
            case .job(let job): job()
            case .end(let onEnd):
                for tell in onEnd { tell() }
                return
            }
        }
    }

    private func nextStep() -> Step {
        var isIdle = false
        let end = idleTimeout.map { monotonicNanoseconds().advanced(after: .nanoseconds($0)) }
        let step = state.wait(until: end) { state -> Step? in
            if isIdle { state.idle -= 1 }
            isIdle = false
            if state.threads > state.limit { return Self.end(&state) }
            if let job = state.jobs.popFirst() { return .job(job.body) }
            if state.isClosed { return Self.end(&state) }
            state.idle += 1
            isIdle = true
            return nil
        }
        if let step { return step }
        // Idle for too long, unless there is a job by now.
        return state.withLock { state in
            state.idle -= 1
            if let job = state.jobs.popFirst() { return .job(job.body) }
            return Self.end(&state)
        }
    }

    private static func end(_ state: inout State) -> Step {
        state.threads -= 1
        return .end(state.isClosed && state.threads == 0 ? state.onEnd : [])
    }
}
