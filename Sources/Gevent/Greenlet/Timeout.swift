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
    // `close` touch on the hub's thread only, and check it.

    // Fidelity: no `timeout:` takes one; gevent starts it there.

    /// How long after `start()` it fires; nil: never.
    public let delay: Duration?
    private let error: (any Error)?
    private let message: String?
    private var timer: UnsafeMutablePointer<TimerNode>?
    private var target: AnyGreenlet?
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
        precondition(!isClosed, "a closed Timeout cannot be started")
        precondition(!isPending, "\(self) is already started; to restart it, cancel it first")
        guard let delay else { return }
        let core = HubCore.current
        let timer = self.timer ?? .allocate(capacity: 1)
        if self.timer == nil { timer.initialize(to: TimerNode { _ in }) }
        self.timer = timer
        target = .current
        let loop = core.pointee.loop.takeUnretainedValue()
        arm(timer, loop, at: loop.updateNow().advanced(after: delay))
    }

    private func arm(_ timer: UnsafeMutablePointer<TimerNode>, _ loop: EventLoop, at deadline: Nanoseconds) {
        // Safe: retained while the timer is started; `cancel` and the firing release it.
        timer.initialize(
            to: TimerNode(payload: Unmanaged.passRetained(self).toOpaque()) { node in
                guard let payload = node.assumingMemoryBound(to: TimerNode.self).pointee.payload else { return }
                Unmanaged<Timeout>.fromOpaque(payload).takeRetainedValue().fire()
            })
        // Fidelity: gevent's Timeouts come after plain timers of the same moment.
        loop.start(timer, at: deadline, priority: -1, keepsLoopAlive: keepsLoopAlive)
    }

    private func fire() {
        guard let target else { return }
        if let timer, !target.isInterruptible {
            // Fidelity: what woke it came first, and it may cancel us yet: again at the end of its turn. In gevent it has
            // run by now.
            arm(timer, target.hub.loop, at: target.hub.loop.now)
            return
        }
        self.target = nil
        target.deliver(error ?? self, atFront: false)
    }

    /// Whom it is going to interrupt, and when.
    var aim: (target: AnyGreenlet, deadline: Int64)? {
        guard let target, let timer, timer.pointee.isStarted else { return nil }
        return (target, timer.pointee.deadline)
    }

    /// Keeps it from firing; it may be started again. Idempotent.
    public func cancel() {
        guard let timer, timer.pointee.isStarted, let target else { return }
        target.core.checkThread()
        target.hub.loop.cancel(timer)
        self.target = nil
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
        let number = seconds == seconds.rounded() ? "\(Int64(seconds))" : "\(seconds)"
        let text = number == "1" ? "1 second" : "\(number) seconds"
        return message.map { "\(text): \($0)" } ?? text
    }
}

/// Runs `body` and throws a `Timeout`, or `error`, into it when `delay` is over. nil: no limit. gevent's
/// `with Timeout(seconds, exception):`.
@available(*, noasync) @discardableResult
public func withTimeout<Result: ~Copyable>(
    _ delay: Duration?, throwing error: (any Error)? = nil, _ body: () throws -> Result
) throws -> Result {
    guard let delay else { return try body() }
    let timeout = Timeout.started(after: delay, throwing: error)
    defer { timeout.cancel() }
    return try body()
}

/// Runs `body`; nil if `delay` is over first. Another's `Timeout` passes through. gevent's `with Timeout(seconds, False):`.
@available(*, noasync) @discardableResult
public func withTimeout<Result: ~Copyable>(
    _ delay: Duration?, silently: Bool, _ body: () throws -> Result
) throws -> Result? {
    guard let delay else { return try body() }
    let timeout = Timeout.started(after: delay)
    defer { timeout.cancel() }
    do {
        return try body()
    } catch let caught as Timeout where caught === timeout && silently {
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
    let timeout = Timeout.started(after: delay)
    defer { timeout.cancel() }
    do {
        return try body()
    } catch let caught as Timeout where caught === timeout {
        return try value()
    }
}
