/// A greenlet that ends with a value: from a closure, or a subclass that overrides `run()`. gevent's `Greenlet`.
///
/// ```swift
/// let size = Greenlet.spawn { try fetch(url).count }
/// print(try size.get())
/// ```
open class Greenlet<Value>: AnyGreenlet {
    // Unchecked, both: read or written in one step, before and after the body runs; what is replaced goes afterwards.
    @exclusivity(unchecked) private final var body: (() throws -> Value)?
    /// The value it ended with; until then `()`.
    // Not `Value?`: what an optional of a generic type looks like is looked up whenever one is stored or dropped, and
    // those look-ups were a third of what a spawn cost. Not `Any?`, which asks its type whether it is nil.
    @exclusivity(unchecked) private final var result: Any = ()

    /// One that is not started yet, for subclasses that override `run()`. A subclass's own initialiser need not call it.
    public override init() { super.init() }

    /// One that is not started yet and is to run `body`.
    public convenience init(_ body: consuming @escaping () throws -> Value) {
        self.init()
        self.body = body
    }

    /// Starts one that was just made. Not an initialiser, which would retain and release what it makes.
    @usableFromInline
    final func start(_ body: consuming @escaping () throws -> Value, _ file: StaticString, _ line: UInt) {
        self.body = consume body
        setSite(file, line)
        startFresh()
    }

    /// What it does; by default the closure that it was made with. Runs on its own stack and may park. gevent's `_run`.
    open func run() throws -> Value {
        guard let body else {
            fatalError("\(type(of: self)) has no run() of its own, and no closure or one that has run")
        }
        // What it refers to is released when it returns.
        self.body = nil
        return try body()
    }

    /// The value it ended with, else nil.
    public final var value: Value? {
        guard case .value = outcome else { return nil }
        return result as? Value
    }

    override func execute() throws {
        result = try run()
    }

    override func releaseBody() { body = nil }

    /// Waits until it has ended and gives its value. Parks the calling greenlet.
    ///
    /// Throws the error it ended with (the same one each time; after a kill the `GreenletExit`), or a `Timeout` when
    /// `timeout` is over.
    @available(*, noasync)
    public final func get(timeout: Duration? = nil) throws -> Value {
        if try !join(timeout: timeout) { throw Timeout(after: timeout) }
        return try outcomeValue()
    }

    /// Its value if it has ended; throws the error it ended with, or a `Timeout` without a delay if it has not ended.
    public final func getNoWait() throws -> Value {
        guard isReady else { throw Timeout(after: nil) }
        return try outcomeValue()
    }

    private func outcomeValue() throws -> Value {
        // Fidelity: gevent's `get()` returns the GreenletExit of a greenlet that was killed.
        if let failure { throw failure }
        guard let value else { fatalError("a greenlet ended with neither a value nor an error") }
        return value
    }

    /// Hands its value or error to `result` once it has ended. gevent's `g.link(async_result)`.
    @discardableResult
    public final func link(to result: AsyncResult<Value>) -> Link {
        rawLink { greenlet in
            if let failure = greenlet.failure {
                result.setError(failure)
            } else if let value = greenlet.value {
                result.set(value)
            }
        }
    }

    /// Starts a greenlet that runs `body`. Only schedules: it runs when the caller parks. gevent's `spawn`.
    @available(*, noasync, message: "async code has no hub under it: use HubThread.run or Hub.Handle.run")
    @discardableResult @inlinable
    public static func spawn(
        _ body: consuming @escaping () throws -> Value, file: StaticString = #fileID, line: UInt = #line
    ) -> Greenlet<Value> {
        let greenlet = Greenlet<Value>()
        greenlet.start(body, file, line)
        return greenlet
    }

    /// Starts a greenlet that runs `body` on a stack of at least `stackSize` bytes: see ``AnyGreenlet/stackSize``.
    @available(*, noasync, message: "async code has no hub under it: use HubThread.run or Hub.Handle.run")
    @discardableResult
    public static func spawn(
        stackSize: Int, _ body: @escaping () throws -> Value, file: StaticString = #fileID, line: UInt = #line
    ) -> Greenlet<Value> {
        let greenlet = Greenlet<Value>(body)
        greenlet.setSite(file, line)
        greenlet.stackSize = stackSize
        return greenlet.start()
    }

    /// Starts a greenlet that runs `body` once `delay` has passed. gevent's `spawn_later`.
    @available(*, noasync, message: "async code has no hub under it: use HubThread.run or Hub.Handle.run")
    @discardableResult
    public static func spawn(
        after delay: Duration, _ body: @escaping () throws -> Value, file: StaticString = #fileID, line: UInt = #line
    ) -> Greenlet<Value> {
        let greenlet = Greenlet<Value>(body)
        greenlet.setSite(file, line)
        return greenlet.start(after: delay)
    }
}

/// A thread's own stack, or the hub's.
final class MainGreenlet: AnyGreenlet {
    init(_ block: Block, _ name: String) {
        super.init()
        self.block = block
        self.name = name
        block.pointee.greenlet = .passUnretained(self)
    }
}

/// `spawnRaw`'s: no result, and errors are reported as a callback's.
final class RawGreenlet: AnyGreenlet {
    private var body: (() throws -> Void)?
    private let context: UnhandledErrorContext

    init(_ context: UnhandledErrorContext, _ body: @escaping () throws -> Void) {
        self.context = context
        self.body = body
        super.init()
    }

    override var reportContext: UnhandledErrorContext { context }
    override func execute() throws { try body?() }
    override func releaseBody() { body = nil }
}
