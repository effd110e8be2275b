internal import EventLoop

/// Throws itself, or another error, into the greenlet that started it, once its delay is over. gevent's `Timeout`.
///
/// A class, since its identity tells whose timeout fired. An `Interruption`: a general `catch` must let it pass. It has
/// no power over a greenlet that does not park.
///
/// ```swift
/// let timeout = Timeout.started(after: .seconds(5))
/// defer { timeout.close() }
/// do { try work() } catch let t as Timeout where t === timeout { print("took too long") }
/// ```
public final class Timeout: Interruption, CustomStringConvertible, @unchecked Sendable {
    // Unchecked: an error must be Sendable. Its fields are constant but for the timer's, which `start`, `cancel` and
    // `close` touch on the hub's thread only, and check it, and but for one that `withTimeout` alone has, see `borrow`.

    // Fidelity: no `timeout:` takes one; gevent starts it there.

    /// How long after `start()` it fires; nil: never.
    @exclusivity(unchecked) public private(set) var delay: Duration?
    @exclusivity(unchecked) private var error: (any Error)?
    private let message: String?
    // Unchecked, these and those above: read or written in one step; what is replaced goes afterwards.
    @exclusivity(unchecked) private var timer: UnsafeMutablePointer<TimerNode>?
    /// Retained, as it is itself by its timer, unless it is lent.
    @exclusivity(unchecked) private var target: Unmanaged<AnyGreenlet>?
    /// A `withTimeout` holds it, whose greenlet, the target, runs until it gives it back: neither needs to be retained.
    @exclusivity(unchecked) private var isLent = false
    /// The next one that is kept for `withTimeout`.
    @exclusivity(unchecked) private var nextSpare: Unmanaged<Timeout>?
    private var isClosed = false
    /// Whether waiting for it is enough to wait for (gevent's `ref`).
    var keepsLoopAlive = true

    /// One that is not started. It throws `error`, by default itself.
    public init(after delay: Duration?, throwing error: (any Error)? = nil) {
        self.delay = delay
        self.error = error
        message = nil
    }

    /// One that is not started, and throws itself with a message in its description.
    public init(after delay: Duration?, message: String) {
        self.delay = delay
        error = nil
        self.message = message
    }

    deinit { timer?.deallocate() }

    /// One that is started. gevent's `Timeout.start_new`.
    public static func started(after delay: Duration?, throwing error: (any Error)? = nil) -> Timeout {
        let timeout = Timeout(after: delay, throwing: error)
        timeout.start()
        return timeout
    }

    /// Whether it is going to fire.
    public var isPending: Bool { timer?.pointee.isStarted ?? false }

    /// Starts it, for the calling greenlet. Once it has fired or was cancelled it may be started again; starting one
    /// that is pending or closed stops the program. Without a delay it never fires.
    public func start() {
        require(!isClosed, "a closed Timeout cannot be started")
        require(!isPending, "\(self) is already started; to restart it, cancel it first")
        guard let delay else { return }
        start(HubCore.current, delay, isLent: false)
    }

    @inline(__always)
    private func start(_ core: Core, _ delay: Duration, isLent: Bool) {
        let target = AnyGreenlet.currentReference(core)
        if !isLent { _ = target.retain() }
        self.isLent = isLent
        self.target = target
        core.pointee.loop._withUnsafeGuaranteedRef { arm($0, at: $0.updateNow().advanced(after: delay)) }
    }

    private func arm(_ loop: EventLoop, at deadline: Nanoseconds) {
        let timer = self.timer ?? makeTimer()
        // Safe: retained while the timer is started; `cancel` and the firing release it. Or it is lent.
        if !isLent { _ = Unmanaged.passUnretained(self).retain() }
        // Fidelity: gevent's Timeouts come after plain timers of the same moment.
        loop.start(timer, at: deadline, priority: -1, keepsLoopAlive: keepsLoopAlive)
    }

    private func makeTimer() -> UnsafeMutablePointer<TimerNode> {
        let timer = UnsafeMutablePointer<TimerNode>.allocate(capacity: 1)
        timer.initialize(
            to: TimerNode(payload: Unmanaged.passUnretained(self).toOpaque()) { node in
                guard let payload = node.assumingMemoryBound(to: TimerNode.self).pointee.payload else { return }
                // Safe: the retain of `arm`, or whoever it is lent to.
                let reference = Unmanaged<Timeout>.fromOpaque(payload)
                let timeout = reference.takeUnretainedValue()
                let isLent = timeout.isLent
                timeout.fire()
                if !isLent { reference.release() }
            })
        self.timer = timer
        return timer
    }

    private func fire() {
        guard let reference = target else { return }
        // Safe: retained, or it runs until it gives this back.
        let target = reference.takeUnretainedValue()
        if !target.isInterruptible {
            // Fidelity: what woke it came first, and it may cancel us yet: again at the end of its turn. In gevent it has
            // run by now.
            target.core.pointee.loop._withUnsafeGuaranteedRef { arm($0, at: $0.now) }
            return
        }
        self.target = nil
        target.deliver(error ?? self, atFront: false)
        if !isLent { reference.release() }
    }

    /// Whom it is going to interrupt, and when.
    var aim: (target: AnyGreenlet, deadline: Int64)? {
        guard let target, let timer, timer.pointee.isStarted else { return nil }
        // Safe: as in `fire`.
        return (target.takeUnretainedValue(), timer.pointee.deadline)
    }

    /// Keeps it from firing; it may be started again. Idempotent.
    public func cancel() {
        guard let timer, timer.pointee.isStarted, let target else { return }
        // Safe: as in `fire`.
        let core = target._withUnsafeGuaranteedRef { $0.core }
        core.checkThread()
        core.pointee.loop._withUnsafeGuaranteedRef { $0.cancel(timer) }
        self.target = nil
        guard !isLent else { return }
        target.release()
        Unmanaged.passUnretained(self).release()
    }

    /// Keeps it from firing, for good. Idempotent.
    public func close() {
        cancel()
        isClosed = true
    }

    /// gevent's text: "1 second", "0.01 seconds", with the message after a colon; empty without a delay.
    public var description: String {
        guard let delay else { return message ?? "" }
        let seconds = delay / .seconds(1)
        let number = abs(seconds) < 1e15 && seconds == seconds.rounded() ? "\(Int64(seconds))" : "\(seconds)"
        let text = number == "1" ? "1 second" : "\(number) seconds"
        return message.map { "\(text): \($0)" } ?? text
    }
}

extension Timeout {
    // A `withTimeout` that ended in time leaves its Timeout to the next one: making and freeing one took longer than the
    // rest. Nobody else can have it then, and none that fired, was thrown or is retained elsewhere is kept.

    /// One that is started, for `withTimeout`, which gives it back. It has the retain.
    static func borrow(_ delay: Duration, throwing error: (any Error)?) -> Unmanaged<Timeout> {
        let core = HubCore.current
        let lent: Unmanaged<Timeout>
        if let spare = core.pointee.spareTimeouts {
            // The list's retain.
            lent = spare
            core.pointee.spareTimeouts = spare._withUnsafeGuaranteedRef { $0.nextSpare }
            core.pointee.spareTimeoutCount &-= 1
        } else {
            lent = .passRetained(Timeout(after: delay))
        }
        lent._withUnsafeGuaranteedRef {
            $0.delay = delay
            if error != nil { $0.error = error }
            $0.start(core, delay, isLent: true)
        }
        return lent
    }

    /// Cancels it, and keeps it for the next `withTimeout` if nobody else has it.
    static func giveBack(_ lent: Unmanaged<Timeout>) {
        if !lent._withUnsafeGuaranteedRef({ $0.keep(lent) }) { lent.release() }
    }

    private func keep(_ itself: Unmanaged<Timeout>) -> Bool {
        // One that is pending has a hub that lives. Safe: as in `fire`.
        guard isPending, let core = target?._withUnsafeGuaranteedRef({ $0.core }) else { return false }
        cancel()
        guard core.pointee.spareTimeoutCount < Self.spareLimit, Self.isUnique(itself) else { return false }
        if error != nil { error = nil }
        nextSpare = core.pointee.spareTimeouts
        core.pointee.spareTimeouts = itself
        core.pointee.spareTimeoutCount &+= 1
        return true
    }

    private static func isUnique(_ reference: Unmanaged<Timeout>) -> Bool {
        var reference = reference
        return withUnsafeMutablePointer(to: &reference) { pointer in
            // Safe: an Unmanaged is a reference and nothing else; its count is read only.
            pointer.withMemoryRebound(to: Timeout.self, capacity: 1) { isKnownUniquelyReferenced(&$0.pointee) }
        }
    }

    /// Frees those that are kept.
    static func freeSpares(_ core: Core) {
        while let spare = core.pointee.spareTimeouts {
            let timeout = spare.takeRetainedValue()
            core.pointee.spareTimeouts = timeout.nextSpare
        }
        core.pointee.spareTimeoutCount = spareLimit
    }

    private static let spareLimit: Int32 = 256
}

extension Unmanaged<Timeout> {
    fileprivate func `is`(_ other: Timeout) -> Bool { toOpaque() == Unmanaged.passUnretained(other).toOpaque() }
}

/// Runs `body` and throws a `Timeout`, or `error`, into it when `delay` is over. nil: no limit. gevent's
/// `with Timeout(seconds, exception):`.
@available(*, noasync) @discardableResult
public func withTimeout<Result: ~Copyable>(
    _ delay: Duration?, throwing error: (any Error)? = nil, _ body: () throws -> Result
) throws -> Result {
    guard let delay else { return try body() }
    let timeout = Timeout.borrow(delay, throwing: error)
    defer { Timeout.giveBack(timeout) }
    return try body()
}

/// Runs `body`; nil if `delay` is over first. Another's `Timeout` passes through. gevent's `with Timeout(seconds, False):`.
@available(*, noasync) @discardableResult
public func withTimeout<Result: ~Copyable>(
    _ delay: Duration?, silently: Bool, _ body: () throws -> Result
) throws -> Result? {
    guard let delay else { return try body() }
    let timeout = Timeout.borrow(delay, throwing: nil)
    defer { Timeout.giveBack(timeout) }
    do {
        return try body()
    } catch let caught as Timeout where timeout.is(caught) && silently {
        return nil
    }
}

/// Runs `body`; gives `value` if `delay` is over first. Another's `Timeout` passes through. gevent's
/// `with_timeout(seconds, function, timeout_value=value)`.
@available(*, noasync) @discardableResult
public func withTimeout<Result>(
    _ delay: Duration?, default value: @autoclosure () throws -> Result, _ body: () throws -> Result
) throws -> Result {
    guard let delay else { return try body() }
    let timeout = Timeout.borrow(delay, throwing: nil)
    defer { Timeout.giveBack(timeout) }
    do {
        return try body()
    } catch let caught as Timeout where timeout.is(caught) {
        return try value()
    }
}
