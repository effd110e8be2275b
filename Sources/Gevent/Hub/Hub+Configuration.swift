internal import EventLoop

extension Hub {
    /// How a hub is made. The defaults suit thousands of greenlets.
    public struct Configuration: Sendable, Equatable {
        /// Bytes of each greenlet's stack. Default 2 MiB, at least `minimumStackSize`; rounded up to whole pages.
        ///
        /// It is address space: resident are only the pages that were touched, and page tables for them: 4 KiB a greenlet
        /// from 2 MiB on, below that 8 bytes for each 4 KiB of stack and guard. So a million greenlets had better have
        /// 192 KiB. <doc:HowItWorks> says what fits on how much; `spawn(stackSize:_:)` gives one greenlet another.
        public var stackSize = 2 << 20
        /// The least `stackSize`, and the least that a greenlet may ask for: 64 KiB. A debug build takes 44 KiB to report
        /// an error that nobody caught.
        public static let minimumStackSize = 64 * 1024
        /// The largest frame, in bytes, that cannot get over the guard below each stack. Default 64 KiB. It is address
        /// space, with 8 bytes of page tables for each 4 KiB; each 64 KiB more take 0.2 µs when a stack is first used.
        public var stackGuardSize = 64 * 1024
        /// For tests: the best kind of guard that may be used.
        package var strongestStackGuard = HubStatistics.StackGuard.marker
        /// How many greenlets may have a stack at once, of each size. Default 1,000,000. Address space is reserved as they
        /// come to be; under a limit on it (`ulimit -v`) all hubs of the process take at most half.
        public var maximumGreenlets = 1_000_000
        /// How long greenlets run before descriptors and timers are looked at. Default 5 ms. gevent's switch interval.
        public var timeSlice: Duration = .milliseconds(5)
        /// Workers of `Hub.threadPool`. Default 10, started as they are needed. gevent's `threadpool_size`.
        public var threadPoolSize = 10
        /// How long a worker of `Hub.threadPool` that has nothing to do stays. Default 5 s; nil: as long as the hub.
        /// gevent's `threadpool_idle_task_timeout`.
        public var threadPoolIdleTimeout: Duration? = .seconds(5)
        /// How long one greenlet may run without letting others run before that is reported, with its stack. Default nil:
        /// for as long as it likes, and nobody looks. At least 1 ms; reported after at most a quarter more. A worker of
        /// a thread pool may block as long as it likes; greenlets that it spawns may not. gevent's
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

        /// When the stacks of greenlets that wait for long are parked: their few live bytes are kept elsewhere and their
        /// memory is given back, so that a waiting greenlet takes less than a kilobyte. Default nil: never.
        ///
        /// For a program with very many greenlets, which must not do one thing: have a system call of its own read or write
        /// a local variable of *another* greenlet through an unsafe pointer while that one waits. It may fail with `EFAULT`.
        /// Nor may another thread use such a pointer, except while the greenlet waits for `threadPool` or `awaitTask`.
        /// Everything else may touch a parked stack, which then comes back: closures that do not escape, lent buffers, this
        /// library's own calls.
        public var stackParking: StackParking?

        /// Stops the program where a hub cannot work as it is told to.
        func validate() {
            require(
                stackSize >= Self.minimumStackSize,
                "Hub.Configuration.stackSize is \(stackSize) bytes; greenlets need at least \(Self.minimumStackSize)")
            require(
                stackGuardSize >= 0, "Hub.Configuration.stackGuardSize must not be negative: \(stackGuardSize)")
        }

        /// The defaults.
        public init() {}

        /// The defaults, changed by `configure`.
        public init(_ configure: (inout Configuration) -> Void) { configure(&self) }
    }

    /// When stacks are parked: see `Configuration.stackParking`.
    ///
    /// Parked are those of greenlets that wait in `sleep`, for an event, a result, a semaphore, a lock, a queue, another
    /// greenlet or a descriptor; not of those for which another thread works. Needs Linux 6.13 for its guard markers
    /// (`HubStatistics.stackGuard`); elsewhere nothing is parked.
    public struct StackParking: Sendable, Equatable {
        /// Nothing is parked while fewer greenlets have a stack. Default 100,000.
        public var minimumGreenlets: Int
        /// How long a greenlet must have waited; one that is about to wake within as long is left alone. Default 5 s.
        /// Parking a stack takes 3 to 5 µs, and its greenlet's next turn begins 3 µs later.
        public var delay: Duration

        /// Stops the program if either is negative.
        public init(minimumGreenlets: Int = 100_000, delay: Duration = .seconds(5)) {
            require(minimumGreenlets >= 0, "stacks cannot be parked above \(minimumGreenlets) greenlets")
            require(delay >= .zero, "stacks cannot be parked after \(delay)")
            self.minimumGreenlets = minimumGreenlets
            self.delay = delay
        }
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
