internal import CCoroutine
internal import EventLoop
internal import Glibc

/// The one thread that looks at hubs from outside: for greenlets that hog theirs, and for dumps on a signal. It is
/// started for the first hub that asks for either.
///
/// gevent's monitor thread counts switches by a tracer; here it reads the counters that each hub writes anyway, a few
/// times in each limit. Where none has moved and the hub does not poll, what runs has let nobody else run.
final class HubMonitor: @unchecked Sendable {
    // Unchecked: the state is reached with the mutex held only.
    static let shared = HubMonitor()

    private struct State {
        var watched: [WatchedHub] = []
        var isRunning = false

        /// A hub's entry, made where there is none. On the hub's thread.
        mutating func place(of hub: Hub) -> Int {
            if let place = watched.firstIndex(where: { $0.core == hub.core }) { return place }
            watched.append(WatchedHub(hub))
            return watched.count - 1
        }

        mutating func remove(_ place: Int) {
            let signals = watched.remove(at: place).dumpSignals
            for number in 1...63 as ClosedRange<Int32> where signals & 1 << UInt64(number) != 0 {
                if !watched.contains(where: { $0.dumpSignals & 1 << UInt64(number) != 0 }) { cg_dump_remove(number) }
            }
        }
    }

    private var state = State()
    /// Not a `Lock`: it is held over a fork, so that the child finds the state whole.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    private init() {
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        pthread_atfork(
            { pthread_mutex_lock(HubMonitor.shared.mutex) }, { pthread_mutex_unlock(HubMonitor.shared.mutex) },
            {
                HubMonitor.shared.didFork()
                pthread_mutex_unlock(HubMonitor.shared.mutex)
            })
    }

    private func withState<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    // MARK: On the hubs' threads

    /// Watches a hub for greenlets that let no others run for so long.
    func watch(_ hub: Hub, limit: Duration) {
        withState { state in
            let place = state.place(of: hub)
            state.watched[place].limit = max(Nanoseconds(0).advanced(after: limit), 1_000_000)
            start(&state)
        }
    }

    /// Has a hub dump on a signal.
    func dump(_ hub: Hub, on signal: Int32) {
        withState { state in
            let failure = cg_dump_install(signal)
            require(failure == 0, "no dump on signal \(signal): \(String(cString: strerror(failure)))")
            let place = state.place(of: hub)
            state.watched[place].dumpSignals |= 1 << UInt64(signal)
            start(&state)
        }
    }

    /// The hub goes: nothing looks at it once this has returned.
    func forget(_ core: Core) {
        withState { state in
            if let place = state.watched.firstIndex(where: { $0.core == core }) { state.remove(place) }
        }
    }

    /// With the mutex held.
    private func start(_ state: inout State) {
        defer { cg_monitor_wake() }
        guard !state.isRunning else { return }
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, { _ in HubMonitor.shared.run() }, nil)
        guard failure == 0 else { fatalError("No thread to watch the hubs: \(String(cString: strerror(failure)))") }
        pthread_detach(thread)
        state.isRunning = true
    }

    /// In a forked child, on the one thread that is left: the monitor is not there, nor are the other threads' hubs.
    private func didFork() {
        guard state.isRunning else { return }
        cg_monitor_reset()
        state.isRunning = false
        for place in state.watched.indices.reversed() {
            if pthread_equal(state.watched[place].thread, pthread_self()) != 0 {
                state.watched[place].threadName = .current
            } else {
                state.remove(place)
            }
        }
        if !state.watched.isEmpty { start(&state) }
    }

    // MARK: On its own thread

    private func run() -> Never {
        cg_thread_set_name("gevent-monitor")
        while true {
            cg_monitor_wait(withState { $0.watched.compactMap(\.pause).min() } ?? -1)
            let signals = cg_dump_take()
            // The lock is held over all that touches a hub: none can go meanwhile.
            let findings = withState { state in
                state.watched.indices.flatMap { state.watched[$0].look(signals) }
            }
            // And not over what others wrote.
            for finding in findings { finding() }
        }
    }
}
