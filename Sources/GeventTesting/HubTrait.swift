#if canImport(Testing)
    internal import Gevent
    public import Testing

    /// Gives each test a thread, and with it a hub, of its own.
    ///
    /// Swift Testing runs tests as jobs of the cooperative thread pool; a test that parks its thread in a hub would freeze
    /// the others. Under this trait every job of a test runs on a thread that is started for it, so that a test may park,
    /// spawn greenlets and use sockets as a program does, and an expectation inside a greenlet is attributed to the test
    /// that spawned it.
    ///
    /// At most eight tests a processor run at a time; the others wait for their turn. A test that is still parked when its
    /// time limit is over, which counts from its turn on, gets a ``TestTimeLimitExceeded`` thrown where its main greenlet
    /// waits. Use that rather than Swift Testing's own `timeLimit`, whose clock runs while a test waits for its turn.
    ///
    /// An asynchronous test is several jobs: after each `await` it may be on another thread, with another hub. What it
    /// makes on a hub must not live across an `await`; use a `HubThread` for that.
    public struct HubTrait: TestTrait, SuiteTrait, TestScoping {
        /// Whether the trait of a suite is passed on to all that is in it: always.
        public var isRecursive: Bool { true }

        let time: TestTime
        let timeLimit: Duration

        /// Ten minutes: a guard against hanging, also on a machine that is very busy.
        public static var defaultTimeLimit: Duration { .seconds(600) }

        /// Runs one test case in its turn, with its jobs on threads of their own.
        @concurrent
        public func provideScope(
            for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
        ) async throws {
            try await TestTurns.shared.withTurn {
                try await withTaskExecutorPreference(ThreadPerJobExecutor(time, timeLimit)) {
                    try await function()
                }
            }
        }
    }

    extension Trait where Self == HubTrait {
        /// Each test has a thread and a hub of its own.
        public static var hub: HubTrait { hub() }

        /// The same with another time limit.
        ///
        /// - Parameter timeLimit: how long a test may take, from its turn on; ten minutes by default. An asynchronous
        ///   test may take so long between two `await`s.
        public static func hub(timeLimit: Duration = HubTrait.defaultTimeLimit) -> HubTrait {
            HubTrait(time: .real, timeLimit: timeLimit)
        }

        /// Each test has a thread and a hub of its own, whose time is virtual: it jumps to the next timer when nothing
        /// else is left to do. While a greenlet waits for a socket, it goes at the real clock's pace.
        public static var virtualTime: HubTrait { virtualTime(quiet: nil) }

        /// The same for tests with sockets whose both ends are greenlets of the test's hub: time jumps also while they
        /// are waited for, once nothing has come for `quiet` in real time. See
        /// `Hub.withVirtualTime(configuration:quiet:_:)`.
        ///
        /// - Parameter timeLimit: how long a test may take, in real time, from its turn on; ten minutes by default.
        public static func virtualTime(
            quiet: Duration?, timeLimit: Duration = HubTrait.defaultTimeLimit
        ) -> HubTrait {
            HubTrait(time: .virtual(quiet: quiet), timeLimit: timeLimit)
        }
    }
#endif
