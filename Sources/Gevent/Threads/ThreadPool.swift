internal import EventLoop

/// A few threads for what would block the hub: name resolution, files, libraries that know nothing of greenlets.
/// gevent's `ThreadPool`.
///
/// The threads start when there is work for them and stay until the pool goes. The functions run on another thread, so
/// they and their results must be Sendable, and nothing of the hub's may be touched in them.
///
/// A failed function's error is reported to the hub and thrown to who waits for it, both, as in gevent.
public final class ThreadPool: HubResource {
    /// How many threads there are at most.
    public let size: Int

    private let core: Core
    private let handle: Hub.Handle
    private var workers: WorkerThreads
    private var forks = ForkCounter.current
    private var outstanding = 0
    private var joiners: [Block] = []

    /// A pool of `size` threads at most. A size below 1 stops the program.
    public init(size: Int) {
        precondition(size >= 1, "a pool of \(size) threads can do nothing")
        self.size = size
        let hub = Hub.current
        core = hub.core
        handle = hub.handle
        workers = WorkerThreads(limit: size)
    }

    deinit { close() }

    /// How many functions are waiting or running.
    public var unfinishedCount: Int { outstanding }

    /// Runs `body` on a thread and gives what it gives. Parks the calling greenlet until then.
    ///
    /// An interruption (a kill, a `Timeout`) abandons the wait; the thread goes on, and its result is dropped.
    @available(*, noasync)
    public func apply<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        guard let result = try run(body, until: nil, reporting: true) else {
            preconditionFailure("a wait without a deadline ended without a result")
        }
        return result
    }

    /// The same with a deadline, nil when it passes, and without a report of its errors.
    func applyQuietly<Result: Sendable>(
        until deadline: Nanoseconds?, _ body: @escaping @Sendable () throws -> Result
    ) throws -> Result? {
        try run(body, until: deadline, reporting: false)
    }

    /// Has a thread run `body`. Never parks: where all threads are busy, it waits in line.
    ///
    /// Fidelity: gevent's `spawn` waits for a free thread; this one has no limit.
    @discardableResult
    public func spawn<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) -> AsyncResult<Result> {
        core.checkThread()
        let result = AsyncResult<Result>()
        submit(body, reporting: true) { outcome in
            switch outcome {
            case .success(let value): result.set(value)
            case .failure(let error): result.setError(error)
            }
        }
        return result
    }

    /// Waits until nothing is waiting or running, or `timeout` is over. Parks the calling greenlet unless it is so.
    ///
    /// - Returns: whether it is so.
    @available(*, noasync) @discardableResult
    public func join(timeout: Duration? = nil) throws -> Bool {
        core.checkThread()
        let end = deadline(core, timeout)
        while outstanding > 0 {
            let block = try core.pointee.parkable()
            joiners.append(block)
            defer { joiners.removeAll { $0 == block } }
            if try !park(core, until: end, .thread) { return outstanding == 0 }
        }
        return true
    }

    func hubWillClose() { close() }

    private func close() {
        if forks == ForkCounter.current { workers.close() } else { abandonWorkers() }
    }

    /// In a forked child, where none of the threads are and what they share is as it was at any moment of theirs.
    private func abandonWorkers() {
        // Safe: never used or freed again.
        _ = Unmanaged.passRetained(workers)
        workers = WorkerThreads(limit: size)
        forks = ForkCounter.current
    }

    private func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result, until deadline: Nanoseconds?, reporting: Bool
    ) throws -> Result? {
        core.checkThread()
        let wait = Wait<Result>(try core.pointee.parkable())
        submit(body, reporting: reporting) { [core] outcome in
            wait.outcome = outcome
            if let block = wait.block { unpark(core, block) }
        }
        defer { wait.block = nil }
        while true {
            if let outcome = wait.outcome { return try outcome.get() }
            guard try park(core, until: deadline, .thread) else { return try wait.outcome?.get() }
        }
    }

    /// Who waits, and for what. On the hub's thread only.
    private final class Wait<Result> {
        var block: Block?
        var outcome: Swift.Result<Result, any Error>?
        init(_ block: Block) { self.block = block }
    }

    /// `completion` is called on the hub.
    private func submit<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result, reporting: Bool,
        _ completion: @escaping (Swift.Result<Result, any Error>) -> Void
    ) {
        if forks != ForkCounter.current { abandonWorkers() }
        let external = core.pointee.hub.takeUnretainedValue().external
        outstanding += 1
        let ended = { [self] (outcome: Swift.Result<Result, any Error>, reporting: Bool) in
            outstanding -= 1
            if outstanding == 0 {
                for joiner in joiners { unpark(core, joiner) }
            }
            if reporting, case .failure(let error) = outcome {
                core.pointee.hub.takeUnretainedValue().report(error, .callback)
            }
            completion(outcome)
        }
        let work = external.begin { ended(.failure(LostInFork()), false) }
        let finished = HubBound { (outcome: Swift.Result<Result, any Error>) in
            if external.end(work) { ended(outcome, reporting) }
        }
        let failure = workers.enqueue {
            let outcome = Swift.Result { try body() }
            finished.post { $0(outcome) }
        }
        if let failure { handle.post { finished.value(.failure(failure)) } }
    }
}

@available(*, unavailable) extension ThreadPool: Sendable {}

extension Hub {
    /// This hub's threads for what would block it, `Configuration.threadPoolSize` of them; made on first use. Name
    /// resolution runs here. gevent's `hub.threadpool`.
    public var threadPool: ThreadPool {
        checkThread()
        if let pool = threadPoolStorage as? ThreadPool { return pool }
        let pool = ThreadPool(size: configuration.threadPoolSize)
        threadPoolStorage = pool
        return pool
    }
}
