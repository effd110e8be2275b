internal import EventLoop
internal import Synchronization

/// One thing on its way from one thread to a receiver on another: a permit, a right, a result. The receiver may be killed,
/// run out of time or lose its hub at any moment. Granted, taken, or handed on: never twice, never lost.
///
///     waiting ◄──give──► granted ──wait returns──► over     the receiver has it
///        │                  └──────wait throws───► over     the receiver hands it on
///        └──wait returns nil, or throws──────────► over     a `give` is refused: the giver hands it on
///
/// 1. `give` moves the step to granted, then wakes the receiver. Where the receiver's hub refuses the wake-up, since it
///    closes or is gone, the giver moves the step back and has the thing still, unless the receiver has ended it by then:
///    of the two, one finds the step granted, and has the thing. A receiver that waits no longer refuses too.
/// 2. A hub that accepted a wake-up lets the receiver run once more, if only to be told of the hub's end. So what was
///    granted is always taken or handed on, by the receiver, on its own thread.
/// 3. `wait` ends by one exchange of the step: what was granted by then is returned, or given to `handOn` where it throws.
///
/// Memory order: `value` is written before the step is granted, which releases, and read after the exchange, which
/// acquires; so is whatever the giver did before. A giver that is refused offers the thing to the next one itself.
///
/// Rejected: a flag that the giver sets without looking at it again when the wake-up is refused. The receiver of a hub that
/// closes takes the thing, and the giver gives it away again: two owners. Rejected: a lock around grant and wake-up, which
/// doubled what a wait on the own hub takes.
package final class HandOver<Value: Sendable>: Receiver, @unchecked Sendable {
    // Unchecked: `value` and `task` belong to whoever makes the step that follows their writing, see above.
    private enum Step: UInt8, AtomicRepresentable {
        /// Becomes suspended, granted or over.
        case waiting
        /// The same, and a task is to be resumed. Becomes granted.
        case suspended
        /// Becomes over, or waiting again.
        case granted
        case over
    }

    private let step = Atomic(Step.waiting)
    private var value: Value?
    // Unsafe, for the row `bridge`: resumed once, by whoever moves the step from suspended, or where it never was so.
    private var task: UnsafeContinuation<Void, Never>?

    private override init(isTask: Bool) { super.init(isTask: isTask) }

    /// To the running greenlet, or to the calling thread where it has no hub: one of them calls `wait`.
    package convenience init() { self.init(isTask: false) }

    /// To a task, which calls `value()`. A task is never gone.
    static func toTask() -> HandOver { HandOver(isTask: true) }

    private func move(from old: Step, to new: Step) -> Bool {
        step.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
    }

    /// Gives the thing. From any thread, but one giver at a time; never parks.
    ///
    /// - Returns: whether it was accepted. If not, the caller has it still.
    package func give(_ value: Value) -> Bool {
        let seen = step.load(ordering: .acquiring)
        guard seen == .waiting || seen == .suspended else { return false }
        self.value = value
        if move(from: .waiting, to: .granted) {
            if wake() { return true }
            // The receiver, whose hub closes, may have ended it by now: then it has the thing.
            return !move(from: .granted, to: .waiting)
        }
        guard move(from: .suspended, to: .granted) else { return false }
        task?.resume()
        return true
    }

    /// Whether nothing can be given any more, since the wait is over.
    package var isOver: Bool { step.load(ordering: .acquiring) == .over }

    private func end() -> Value? {
        guard step.exchange(.over, ordering: .acquiringAndReleasing) == .granted else { return nil }
        return value
    }

    /// Waits for the thing. Parks the greenlet, or blocks the thread, for which this was made, unless it is there. Called
    /// once.
    ///
    /// - Parameters:
    ///   - deadline: when to give up.
    ///   - awaitsOthers: whether the hub, meanwhile, does not take itself for one that nothing can wake.
    ///   - handOn: called, where the wait throws, with what had been given and was not taken.
    /// - Returns: the thing; nil if the deadline came first.
    /// - Throws: what is thrown into the greenlet: a kill, a `Timeout`, the end of its hub.
    @available(*, noasync)
    package func wait(until deadline: Deadline, awaitsOthers: Bool = true, handOn: (Value) -> Void) throws -> Value? {
        try wait(until: deadline, awaitsOthers: awaitsOthers, .external, handOn: handOn)
    }

    func wait(
        until deadline: Deadline, awaitsOthers: Bool, _ reason: WaitReason, handOn: (Value) -> Void = { _ in }
    ) throws -> Value? {
        do {
            while true {
                // Not `end`: what was granted a moment ago may be taken back.
                if move(from: .granted, to: .over) { return value }
                guard try waitForWake(until: deadline, awaitsOthers: awaitsOthers, reason) else { return end() }
            }
        } catch {
            if let value = end() { handOn(value) }
            throw error
        }
    }

    /// Waits for the thing in a task. Called once.
    func value() async -> Value {
        if move(from: .granted, to: .over), let value { return value }
        await withUnsafeContinuation { continuation in
            task = continuation
            if !move(from: .waiting, to: .suspended) { continuation.resume() }
        }
        guard let value = end() else { fatalError("a hand-over to a task is awaited twice") }
        return value
    }
}
