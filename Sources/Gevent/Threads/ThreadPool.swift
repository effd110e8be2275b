internal import EventLoop

/// A few threads for what would block the hub: name resolution, files, libraries that know nothing of greenlets.
/// gevent's `ThreadPool`.
///
/// The threads start when there is work for them. The functions run on another thread, so they and their results must be
/// Sendable, and nothing of the hub's may be touched in them. Functions that wait for a thread begin in their order.
///
/// A failed function's error is reported to the hub and thrown to who waits for it, both, as in gevent. A pool belongs to
/// its hub: on another thread `spawn` and `apply` give an `InvalidThreadUseError`.
public final class ThreadPool: HubResource {
    /// How many threads there are at most. A larger number is in effect at once, a smaller one when surplus threads are
    /// through with what they run. gevent's `maxsize`.
    public var size: Int {
        didSet {
            require(size >= 1, "a pool of \(size) threads can do nothing")
            core.checkThread()
            if forks == ForkCounter.current { workers.setLimit(size) }
        }
    }

    /// How long a thread that has nothing to do stays; nil for ever. gevent's `idle_task_timeout`.
    public let idleTimeout: Duration?

    private let core: Core
    private var workers: WorkerThreads
    private var forks = ForkCounter.current
    private var isKilled = false
    private var joiners: [Block] = []

    /// A pool of `size` threads at most. A size below 1 stops the program.
    ///
    /// - Parameter idleTimeout: how long a thread that has nothing to do stays; nil, the default, for as long as the pool.
    public init(size: Int, idleTimeout: Duration? = nil) {
        require(size >= 1, "a pool of \(size) threads can do nothing")
        self.size = size
        self.idleTimeout = idleTimeout
        core = Hub.current.core
        workers = WorkerThreads(limit: size, idleTimeout: idleTimeout)
    }

    deinit { close() }

    /// How many functions are waiting or running. gevent's `len(pool)`.
    public private(set) var unfinishedCount = 0

    /// How many threads there are now. gevent's `size`.
    public var threadCount: Int { forks == ForkCounter.current ? workers.count : 0 }

    /// Runs `body` on a thread and gives what it gives. Parks the calling greenlet until then.
    ///
    /// An interruption (a kill, a `Timeout`) abandons the wait; the thread goes on, and its result is dropped.
    @available(*, noasync)
    public func apply<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Result {
        guard let result = try run(body, until: .never, reportingAt: Site(file, line)) else {
            fatalError("a wait without a deadline ended without a result")
        }
        return result
    }

    /// The same with a deadline, nil when it passes, and without a report of its errors.
    func applyQuietly<Result: Sendable>(
        until deadline: Deadline, _ body: @escaping @Sendable () throws -> Result
    ) throws -> Result? {
        try run(body, until: deadline, reportingAt: nil)
    }

    /// Has a thread run `body`. Never parks: where all threads are busy, it waits in line.
    ///
    /// Fidelity: gevent's `spawn` waits for a free thread; this one has no limit. On another thread than its hub's the
    /// result has failed with an `InvalidThreadUseError`, which gevent raises here.
    @discardableResult
    public func spawn<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result, file: StaticString = #fileID, line: UInt = #line
    ) -> AsyncResult<Result> {
        let result = AsyncResult<Result>()
        if let error = misuse {
            result.setError(error)
            return result
        }
        submit(body, reportingAt: Site(file, line)) { outcome in
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
        while unfinishedCount > 0 {
            let block = try core.pointee.parkable()
            joiners.append(block)
            defer { joiners.removeAll { $0 == block } }
            if try !park(core, until: end, .thread) { return unfinishedCount == 0 }
        }
        return true
    }

    /// Takes no more work, drops what has not begun (its results fail with `ThreadPoolKilled`) and waits until the threads
    /// have ended, or `timeout` is over. A function that runs cannot be stopped. Parks the calling greenlet. gevent's
    /// `kill`.
    ///
    /// - Returns: whether the threads have ended.
    @available(*, noasync) @discardableResult
    public func kill(timeout: Duration? = nil) throws -> Bool {
        core.checkThread()
        isKilled = true
        guard forks == ForkCounter.current else { return true }
        let ended = AsyncResult<Void>()
        let external = core.pointee.hub.takeUnretainedValue().external
        let work = external.begin { (_: Swift.Result<Void, any Error>) in ended.set() }
        for dropped in workers.stop(onEnd: { work.finish(()) }) { external.lose(dropped, ThreadPoolKilled()) }
        return try ended.wait(timeout: timeout) != nil
    }

    // MARK: Work

    /// Why work cannot be taken.
    private var misuse: (any Error)? {
        guard HubCore.existing == core else {
            return InvalidThreadUseError(description: "a ThreadPool is used on another thread than its hub's")
        }
        return isKilled ? ThreadPoolKilled() : nil
    }

    private func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result, until deadline: Deadline, reportingAt site: Site?
    ) throws -> Result? {
        if let error = misuse { throw error }
        _ = try core.pointee.parkable()
        let handOver = HandOver<Swift.Result<Result, any Error>>()
        submit(body, reportingAt: site) { _ = handOver.give($0) }
        return try handOver.wait(until: deadline, awaitsOthers: false, .thread)?.get()
    }

    /// `completion` is called on the hub, once; not at all where the hub goes first.
    private func submit<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result, reportingAt site: Site?,
        _ completion: @escaping (Swift.Result<Result, any Error>) -> Void
    ) {
        if forks != ForkCounter.current { abandonWorkers() }
        unfinishedCount += 1
        let hub = core.pointee.hub.takeUnretainedValue()
        let work = hub.external.begin { [self] (ending: Swift.Result<Swift.Result<Result, any Error>, any Error>) in
            unfinishedCount -= 1
            if unfinishedCount == 0 {
                for joiner in joiners { unpark(core, joiner) }
            }
            if let site, case .success(.failure(let error)) = ending {
                core.pointee.hub.takeUnretainedValue().report(error, .callback, at: "\(site)")
            }
            completion(ending.flatMap { $0 })
        }
        if let failure = workers.enqueue(work.identifier, { work.finish(Swift.Result { try body() }) }) {
            work.finish(.failure(failure))
        }
    }

    // MARK: The end

    func hubWillClose() { close() }

    private func close() {
        if forks == ForkCounter.current { workers.close() } else { abandonWorkers() }
    }

    /// In a forked child, where none of the threads are and what they share is as it was at any moment of theirs.
    private func abandonWorkers() {
        // Safe: never used or freed again.
        _ = Unmanaged.passRetained(workers)
        workers = WorkerThreads(limit: size, idleTimeout: idleTimeout)
        forks = ForkCounter.current
    }
}

@available(*, unavailable) extension ThreadPool: Sendable {}

/// Work that a killed thread pool did not begin, or was given later.
public struct ThreadPoolKilled: Error, CustomStringConvertible {
    /// What happened.
    public var description: String { "the thread pool was killed" }
}

extension Hub {
    /// This hub's threads for what would block it, `Configuration.threadPoolSize` of them; made on first use. Name
    /// resolution and files run here. gevent's `hub.threadpool`.
    public var threadPool: ThreadPool {
        checkThread()
        if let pool = threadPoolStorage as? ThreadPool { return pool }
        let pool = ThreadPool(size: configuration.threadPoolSize, idleTimeout: configuration.threadPoolIdleTimeout)
        threadPoolStorage = pool
        return pool
    }
}
