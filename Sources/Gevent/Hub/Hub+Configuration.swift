internal import EventLoop

extension Hub {
    /// How a hub is made. The defaults suit thousands of greenlets.
    public struct Configuration: Sendable, Equatable {
        /// Bytes of address space for each greenlet's stack, its guard included. Default 256 KiB; resident are only
        /// the pages that were touched. Rounded up to whole pages; at least 16 KiB.
        public var stackSize = 256 * 1024
        /// How many greenlets may have a stack at once. Default 1,000,000: address space is reserved for all of them,
        /// less where there is not as much.
        public var maximumGreenlets = 1_000_000
        /// How long greenlets run before descriptors and timers are looked at. Default 5 ms. gevent's switch interval.
        public var timeSlice: Duration = .milliseconds(5)
        /// Workers of `Hub.threadPool`. Default 10, started as they are needed. gevent's `threadpool_size`.
        public var threadPoolSize = 10
        /// How long a worker of `Hub.threadPool` that has nothing to do stays. Default 5 s; nil: as long as the hub.
        /// gevent's `threadpool_idle_task_timeout`.
        public var threadPoolIdleTimeout: Duration? = .seconds(5)
        /// How long one greenlet may run without letting others run before that is reported, with its stack. Default nil:
        /// for as long as it likes, and nobody looks. At least 1 ms; reported after at most a quarter more. gevent's
        /// `max_blocking_time` with its monitor thread.
        ///
        /// The stack is taken by interrupting the thread with SIGURG: a `poll` or `nanosleep` that blocked it ends early
        /// with `EINTR`. Real time, also on a hub in virtual time.
        public var blockingLimit: Duration?
        /// What is told of a greenlet that has run for too long; once for each time. Default nil: the report is written to
        /// standard error. Called on a thread of its own, while the greenlet goes on.
        public var onBlocked: (@Sendable (BlockedReport) -> Void)? {
            get { blockedHandler?.call }
            set { blockedHandler = newValue.map { BlockedHandler($0) } }
        }
        private var blockedHandler: BlockedHandler?
        /// For debugging: greenlets share one list of exclusivity accesses, so that the Swift runtime stops the program
        /// with "Simultaneous accesses" where one modifies what another, parked one is modifying. Default false.
        public var detectsOverlappingAccesses = false

        /// The defaults.
        public init() {}

        /// The defaults, changed by `configure`.
        public init(_ configure: (inout Configuration) -> Void) { configure(&self) }
    }

    /// A closure that can be told from others.
    private final class BlockedHandler: Sendable, Equatable {
        let call: @Sendable (BlockedReport) -> Void

        init(_ call: @escaping @Sendable (BlockedReport) -> Void) { self.call = call }

        static func == (a: BlockedHandler, b: BlockedHandler) -> Bool { a === b }
    }

    private static let defaults = Lock(Configuration())

    /// What hubs are made with that are not told otherwise; set it before a thread's first use of its hub.
    public static var defaultConfiguration: Configuration {
        get { defaults.withLock { $0 } }
        set { defaults.withLock { $0 = newValue } }
    }

    /// Runs `body` while no other thread has the defaults.
    static func withDefaultsHeld<Result>(_ body: () -> Result) -> Result { defaults.withLock { _ in body() } }
}
