internal import EventLoop

/// One thing on its way from one thread to a receiver on another: a permit, a right, a result. The receiver may be killed,
/// run out of time or lose its hub at any moment. Granted, taken, or handed on: never twice, never lost.
///
///     waiting ──give──► granted ──wait returns──► over      the receiver has it
///        │                 └──────wait throws───► over      the receiver hands it on
///        └──wait returns nil, or throws─────────► over      a `give` is refused: the giver hands it on
///
/// 1. `give` is one step: the receiver will see the thing (true), or the giver still has it (false) and offers it to the
///    next, or keeps it. It is refused where the receiver waits no longer, and where its hub closes or is gone.
/// 2. A hub that accepted a wake-up lets the receiver run once more, if only to be told of the hub's end. So what was
///    granted is always taken or handed on, by the receiver, on its own thread.
/// 3. `wait` ends in one step: what was given by then is returned, or given to `handOn` where the wait throws.
///
/// Steps 1 and 3 are made under one lock, the acceptance of the wake-up within it, so each order of them has one outcome,
/// and what the giver wrote before is seen by the receiver after. The hub's end is no step of its own: its mailbox, under
/// its own lock, accepts a wake-up before it closes or refuses it afterwards.
///
/// Rejected: granting first and waking then. Between the two a receiver whose hub closes takes the thing, and the giver,
/// whose wake-up is refused, gives it away again: two owners.
package final class HandOver<Value: Sendable>: Sendable {
    private enum State {
        /// Becomes granted, or over. With the task that is suspended in `value`.
        case waiting(CheckedContinuation<Void, Never>?)
        /// Becomes over.
        case granted(Value)
        case over
    }

    private let state = Lock(State.waiting(nil))
    /// nil for a task.
    private let receiver: Receiver?

    private init(_ receiver: Receiver?) { self.receiver = receiver }

    /// To the running greenlet, or to the calling thread where it has no hub: one of them calls `wait`.
    package convenience init() { self.init(Receiver()) }

    /// To a task, which calls `value()`. A task is never gone.
    static func toTask() -> HandOver { HandOver(nil) }

    /// Gives the thing. From any thread; never parks. One giver may try, or several, one of which succeeds.
    ///
    /// - Returns: whether it was accepted. If not, the caller has it still.
    package func give(_ value: Value) -> Bool {
        let (accepted, task) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard case .waiting(let task) = state, receiver?.wake() ?? true else { return (false, nil) }
            state = .granted(value)
            return (true, task)
        }
        // Not with the lock held: an executor may run the task here and now.
        task?.resume()
        return accepted
    }

    /// Whether nothing can be given any more, since the wait is over.
    package var isOver: Bool {
        state.withLock { if case .over = $0 { true } else { false } }
    }

    private var isWaiting: Bool {
        state.withLock { if case .waiting = $0 { true } else { false } }
    }

    private func end() -> Value? {
        state.withLock { state in
            defer { state = .over }
            if case .granted(let value) = state { return value }
            return nil
        }
    }

    /// When `timeout` from now is over, as `wait` wants to know it.
    package func deadline(after timeout: Duration?) -> Int64? { receiver?.deadline(after: timeout) }

    /// Waits for the thing. Parks the greenlet, or blocks the thread, for which this was made, unless it is there. Called
    /// once.
    ///
    /// - Parameters:
    ///   - deadline: nil for as long as it takes.
    ///   - awaitsOthers: whether the hub, meanwhile, does not take itself for one that nothing can wake.
    ///   - handOn: called, where the wait throws, with what had been given and was not taken.
    /// - Returns: the thing; nil if the deadline came first.
    /// - Throws: what is thrown into the greenlet: a kill, a `Timeout`, the end of its hub.
    @available(*, noasync)
    package func wait(until deadline: Int64?, awaitsOthers: Bool = true, handOn: (Value) -> Void) throws -> Value? {
        try wait(until: deadline, awaitsOthers: awaitsOthers, .external, handOn: handOn)
    }

    func wait(
        until deadline: Nanoseconds?, awaitsOthers: Bool, _ reason: WaitReason, handOn: (Value) -> Void = { _ in }
    ) throws -> Value? {
        guard let receiver else { preconditionFailure("a task awaits `value()`") }
        do {
            while isWaiting, try receiver.wait(until: deadline, awaitsOthers: awaitsOthers, reason) {}
            return end()
        } catch {
            if let value = end() { handOn(value) }
            throw error
        }
    }

    /// Waits for the thing in a task. Called once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard case .waiting = state else { return true }
                state = .waiting(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
        guard let value = end() else { preconditionFailure("a hand-over to a task is awaited twice") }
        return value
    }
}
