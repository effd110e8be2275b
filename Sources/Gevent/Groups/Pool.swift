/// Greenlets, `size` of them at most: who adds one more waits until another has ended. gevent's `Pool`.
open class Pool: AnyGroup {
    /// How many members it has at most; nil: any number.
    public final let size: Int?
    private final let places: CountingSemaphore

    /// A pool of `size` greenlets at most; nil for any number. A negative size stops the program; with zero every
    /// `spawn` waits for ever.
    public init(size: Int?) {
        if let size { require(size >= 0, "a pool's size must not be negative, but is \(size)") }
        self.size = size
        places = size.map { CountingSemaphore($0) } ?? DummySemaphore(1)
        super.init()
    }

    override func admit(timeout: Duration?) throws {
        if try !places.acquire(timeout: timeout) { throw PoolFull() }
    }

    override func admitNoWait() throws {
        if !places.acquireNoWait() { throw PoolFull() }
    }

    override func didDiscard() { places.release() }

    /// How many more it takes at once; `Int.max` without a limit.
    public final var freeCount: Int { size == nil ? .max : places.counter }

    /// Whether another one would have to wait.
    public final var isFull: Bool { places.isLocked }

    /// Waits until there is a place, or `timeout` is over, and takes none. Parks the calling greenlet unless there is one.
    ///
    /// - Returns: how many there are.
    @available(*, noasync) @discardableResult
    public final func waitAvailable(timeout: Duration? = nil) throws -> Int {
        _ = try places.wait(timeout: timeout)
        return freeCount
    }

    /// Starts a member that runs `body`, once there is a place. Parks the calling greenlet while the pool is full, first
    /// come, first served; throws `PoolFull` when `timeout` is over.
    @available(*, noasync) @discardableResult
    public final func spawn<Value>(
        timeout: Duration? = nil, _ body: @escaping () throws -> Value, file: StaticString = #fileID,
        line: UInt = #line
    ) throws -> Greenlet<Value> {
        try admit(timeout: timeout)
        return spawnAdmitted(body, Site(file, line))
    }

    /// Starts a member if there is a place, else throws `PoolFull`; never parks.
    @discardableResult
    public final func spawnNoWait<Value>(
        _ body: @escaping () throws -> Value, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Greenlet<Value> {
        try admitNoWait()
        return spawnAdmitted(body, Site(file, line))
    }

    /// Takes a greenlet in, started or not, once there is a place. Parks and throws as `spawn` does.
    @available(*, noasync)
    public final func add(_ greenlet: AnyGreenlet, timeout: Duration? = nil) throws {
        guard !contains(greenlet) else { return }
        try admit(timeout: timeout)
        insert(greenlet)
    }

    /// Takes a greenlet in if there is a place, else throws `PoolFull`; never parks.
    public final func addNoWait(_ greenlet: AnyGreenlet) throws {
        guard !contains(greenlet) else { return }
        try admitNoWait()
        insert(greenlet)
    }

    /// Takes a greenlet in and starts it, once there is a place. Parks and throws as `spawn` does.
    @available(*, noasync)
    public final func start(_ greenlet: AnyGreenlet, timeout: Duration? = nil) throws {
        try add(greenlet, timeout: timeout)
        greenlet.start()
    }
}
