internal import Gevent

/// Brings the steps of several greenlets into one fixed order: step 0, then step 1, and so on, whoever takes them.
///
/// ```swift
/// let sequencer = Sequencer()
/// spawn { try sequencer.step(0) { order.append("a") }; try sequencer.step(2) { order.append("c") } }
/// spawn { try sequencer.step(1) { order.append("b") } }
/// ```
///
/// The idea and the rules are those of trio's `Sequencer`: each number is used once, a greenlet that is interrupted
/// while it waits for its number breaks the sequence, and all others then fail with ``Broken`` instead of waiting for
/// ever.
public final class Sequencer {
    /// Thrown to all that wait for their step when one of them was interrupted.
    public struct Broken: Error, CustomStringConvertible {
        /// What happened.
        public var description: String { "the sequence is broken: a greenlet was interrupted before its step" }
    }

    private var next = 0
    private var waiters: [Int: Event] = [:]
    private var isBroken = false

    /// A sequence that begins with step 0.
    public init() {}

    /// Waits until all steps below `number` are done, and does this one, which lets the next one go.
    ///
    /// Parks the calling greenlet. Throws ``Broken``, or what interrupted the wait. Stops the program when the number
    /// was used before.
    @available(*, noasync)
    public func step(_ number: Int) throws {
        try step(number) {}
    }

    /// Waits until all steps below `number` are done and runs `body`; its end, also by an error, lets the next one go.
    ///
    /// Parks the calling greenlet. Throws ``Broken``, what interrupted the wait, or what `body` throws. Stops the
    /// program when the number was used before.
    @available(*, noasync) @discardableResult
    public func step<Result>(_ number: Int, _ body: () throws -> Result) throws -> Result {
        try waitForTurn(number)
        defer {
            next = number + 1
            waiters[next]?.set()
        }
        return try body()
    }

    private func waitForTurn(_ number: Int) throws {
        guard !isBroken else { throw Broken() }
        require(number >= next && waiters[number] == nil, "step \(number) of a Sequencer is used twice")
        let turn = Event()
        waiters[number] = turn
        guard number > next else { return }
        do {
            try turn.wait()
        } catch {
            isBroken = true
            for waiter in waiters.values { waiter.set() }
            throw error
        }
        guard !isBroken else { throw Broken() }
    }
}
@available(*, unavailable) extension Sequencer: Sendable {}
