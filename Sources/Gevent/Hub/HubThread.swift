internal import CCoroutine
internal import EventLoop
internal import Glibc

/// A thread with a hub on it, for async code and other threads to have work done on. Also an executor: see `enqueue(_:)`.
public final class HubThread: Sendable {
    /// The thread's hub, for `post` and `run`.
    public let handle: Hub.Handle
    private let state: State
    let jobs: HubJobs
    /// Whether it is, or was, a service.
    package let isServing = OnceFlag()
    let serialExecutor: HubSerialExecutor

    /// Starts the thread; returns once its hub is up, or else throws `HubUnavailable`.
    public static func start(
        name: String = "hub", configuration: Hub.Configuration = Hub.defaultConfiguration
    ) throws -> HubThread {
        let thread = HubThread(name: name, configuration: configuration)
        if let failure = thread.state.failure { throw failure }
        return thread
    }

    /// Starts the thread; returns once its hub is up. Where the system has no thread, memory or descriptors left for it,
    /// every `run` throws `HubUnavailable`, and what is posted is dropped: `start` throws at once.
    public init(name: String = "hub", configuration: Hub.Configuration = Hub.defaultConfiguration) {
        let state = State(name: name, configuration: configuration)
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                // Safe: the retain below.
                let state = Unmanaged<State>.fromOpaque(argument).takeRetainedValue()
                state.main()
                return nil
            }, Unmanaged.passRetained(state).toOpaque())
        if failure == 0 {
            pthread_detach(thread)
        } else {
            // Nobody else releases what the thread was to have.
            Unmanaged.passUnretained(state).release()
            state.fail(HubUnavailable("no thread", errno: failure))
        }
        self.state = state
        handle = state.waitForHandle()
        jobs = HubJobs(handle: handle, late: state.lateJobs)
        serialExecutor = HubSerialExecutor(jobs)
    }

    deinit { state.requestStop(nil) }

    /// Runs `body` on the hub soon. It must not park: spawn from it what has to wait. From any thread; never parks.
    public func post(_ body: @escaping @Sendable () -> Void) { handle.post(body) }

    /// Runs `body` in a greenlet of the hub and gives what it gives. See `Hub.Handle.run(_:)`.
    public func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result, file: StaticString = #fileID, line: UInt = #line
    ) async throws -> Result {
        try await handle.run(body, file: file, line: line)
    }

    /// Kills what still runs with `HubDestroyed` and ends the thread. Idempotent; also done when this is dropped.
    public func stop() async {
        await withCheckedContinuation { continuation in state.requestStop { continuation.resume() } }
    }

    /// What the thread and its owner share.
    private final class State: Sendable {
        private struct Shared {
            var handle: Hub.Handle?
            /// Why there is no hub.
            var failure: HubUnavailable?
            var isStopping = false
            var hasEnded = false
            var waiters: [@Sendable () -> Void] = []
            nonisolated(unsafe) var stop: AsyncResult<Void>?  // touched on the hub's thread only
        }

        private let name: String
        private let configuration: Hub.Configuration
        private let shared = Lock(Shared())
        private let started = DispatchlessSemaphore()
        let lateJobs = LateJobs()

        init(name: String, configuration: Hub.Configuration) {
            self.name = name
            self.configuration = configuration
        }

        func main() {
            cg_thread_set_name(String(name.prefix(15)))
            do {
                // Gone, with its memory, when this returns: before anybody hears that it is.
                try serve(Hub(configuration))
            } catch {
                return fail(error as? HubUnavailable ?? HubUnavailable("no hub", error))
            }
            lateJobs.open()
            let waiters = shared.withLock { shared in
                shared.hasEnded = true
                let waiters = shared.waiters
                shared.waiters = []
                return waiters
            }
            for waiter in waiters { waiter() }
        }

        private func serve(_ hub: consuming Hub) {
            let stop = AsyncResult<Void>()
            shared.withLock {
                $0.handle = hub.handle
                $0.stop = stop
            }
            started.signal()
            // Posts from other threads are what it lives for: their wake-up counts as something to wait for.
            hub.loop.retainExternal()
            while !stop.isReady {
                // What is thrown here (a kill of the main greenlet) does not end the thread: `stop` does.
                _ = try? stop.get()
            }
            hub.loop.releaseExternal()
            shared.withLock { $0.stop = nil }
            hub.tearDown()
        }

        var failure: HubUnavailable? { shared.withLock { $0.failure } }

        /// There will be no hub: it is as if it were gone already.
        func fail(_ error: HubUnavailable) {
            shared.withLock {
                $0.handle = Hub.Handle(mailbox: Mailbox(refusing: error))
                $0.failure = error
                $0.hasEnded = true
            }
            lateJobs.open()
            started.signal()
        }

        func waitForHandle() -> Hub.Handle {
            started.wait()
            guard let handle = shared.withLock({ $0.handle }) else { fatalError("a hub thread started without a hub") }
            return handle
        }

        func requestStop(_ completion: (@Sendable () -> Void)?) {
            let (isFirst, hasEnded) = shared.withLock { shared in
                defer { shared.isStopping = true }
                if let completion, !shared.hasEnded { shared.waiters.append(completion) }
                return (!shared.isStopping, shared.hasEnded)
            }
            if hasEnded { completion?() }
            guard isFirst, let handle = shared.withLock({ $0.handle }) else { return }
            handle.post { self.shared.withLock { $0.stop }?.set() }
        }
    }
}

/// Lets one thread wait for another's single signal.
final class DispatchlessSemaphore: Sendable {
    // Safe: allocated for this object's life; sem_t is made for several threads.
    private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0 {} }
}
