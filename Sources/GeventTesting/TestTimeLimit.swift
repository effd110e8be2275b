#if canImport(Testing)
    internal import Gevent
    internal import Glibc
    internal import EventLoop

    /// Thrown into a test that still waits when its time limit is over.
    public struct TestTimeLimitExceeded: Error, CustomStringConvertible {
        /// The test's time limit.
        public let limit: Duration
        /// What its greenlets waited for: `Hub.dump()`.
        public let dump: String

        /// Both.
        public var description: String { "the test was not through after \(limit). \(dump)" }
    }

    /// The time limit of one test on one thread, in real time, from `begin` to `end`.
    ///
    /// Swift Testing's own `timeLimit` counts the wait for a turn, and cannot end a test whose thread is parked.
    final class TestTimeLimit: Sendable {
        private let limit: Duration
        private let deadline: ContinuousClock.Instant
        private let hub: Hub.Handle
        private let greenlet: HubBound<AnyGreenlet>

        /// All that run, and whether the thread that looks after them has been started.
        private static let running = Lock((limits: [ObjectIdentifier: TestTimeLimit](), isWatching: false))

        /// To be called on the main greenlet of the test's hub.
        static func begin(_ limit: Duration) -> TestTimeLimit {
            let limit = TestTimeLimit(limit)
            let isFirst = running.withLock { running in
                defer { running.isWatching = true }
                running.limits[ObjectIdentifier(limit)] = limit
                return !running.isWatching
            }
            if isFirst { startWatching() }
            return limit
        }

        func end() {
            // What is still to be posted finds the hub gone, or the test's greenlet ended.
            _ = Self.running.withLock { $0.limits.removeValue(forKey: ObjectIdentifier(self)) }
        }

        private init(_ limit: Duration) {
            self.limit = limit
            deadline = .now.advanced(by: limit.bounded)
            hub = Hub.current.handle
            greenlet = HubBound(AnyGreenlet.current)
        }

        private static func startWatching() {
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { _ in
                    while true {
                        Glibc.sleep(1)
                        TestTimeLimit.interruptOverdue()
                    }
                }, nil)
            if status == 0 { pthread_detach(thread) }
        }

        static func interruptOverdue() {
            let now = ContinuousClock.now
            let overdue = running.withLock { running in
                let overdue = running.limits.values.filter { $0.deadline <= now }
                for limit in overdue { running.limits[ObjectIdentifier(limit)] = nil }
                return overdue
            }
            for limit in overdue { limit.interrupt() }
        }

        private func interrupt() {
            hub.post { [limit, greenlet] in
                let error = TestTimeLimitExceeded(limit: limit, dump: Hub.current.dump())
                greenlet.value.killNoWait(throwing: error)
            }
        }
    }
#endif
