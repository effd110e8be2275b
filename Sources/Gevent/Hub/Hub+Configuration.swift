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
        /// For debugging: greenlets share one list of exclusivity accesses, so that the Swift runtime stops the program
        /// with "Simultaneous accesses" where one modifies what another, parked one is modifying. Default false.
        public var detectsOverlappingAccesses = false

        /// The defaults.
        public init() {}

        /// The defaults, changed by `configure`.
        public init(_ configure: (inout Configuration) -> Void) { configure(&self) }
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
