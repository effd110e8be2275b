internal import Gevent

/// What a `retireConnection(_:)` threw.
struct GoodbyeFailed {
    let error: any Error
}

/// Runs the hooks for the end of a connection, each in a greenlet of its own: one that parks delays nobody, and one that
/// hangs does not keep the slot longer than `retireTimeout` in all.
final class Farewell: Addition {
    private weak var pool: AnyConnectionPool?

    init(_ pool: AnyConnectionPool) { self.pool = pool }

    override func takeLeave(_ slot: Slot, gracefully: Bool) -> Bool {
        guard let pool else { return false }
        let patience = Nanoseconds(pool.configuration.base.retireTimeout)
        pool.work(on: slot, "close") { [weak self, weak pool] in
            guard let hooks = self?.hooks(slot, gracefully) else { return }
            let end = Hub.freshTime.after(patience)
            for hook in hooks {
                slot.hasBegun = false
                // Killed before its first turn it would never run.
                if try !Self.ended(hook, by: max(end, Hub.freshTime.after(10_000_000))), slot.hasBegun {
                    hook.killNoWait()
                }
            }
            pool?.change { pool?.closed(slot, $0) }
            if let last = hooks.last, try !Self.ended(last, by: Hub.freshTime.after(patience)) { last.killNoWait() }
        }
        return true
    }

    private func hooks(_ slot: Slot, _ gracefully: Bool) -> [Greenlet<Void>] {
        guard let pool else { return [] }
        return (gracefully ? [AnyConnectionPool.Hook.retire, .close] : [.close]).map { hook in
            let greenlet = Greenlet<Void> {
                slot.hasBegun = true
                do {
                    if slot.state != .gone || hook == .close { try pool.run(hook, on: slot) }
                } catch {
                    try rethrowInterruption(error)
                    pool.change { pool.note(.other(GoodbyeFailed(error: error)), slot, $0) }
                }
            }
            greenlet.name = "\(pool.name).\(hook)Connection"
            return greenlet
        }
    }

    /// Starts a greenlet and waits for its end; false when the time is over, or this one is killed.
    private static func ended(_ greenlet: AnyGreenlet, by end: Nanoseconds) throws -> Bool {
        var hasEnded = false
        _ = try AnyConnectionPool.failure {
            hasEnded = try greenlet.start().join(timeout: .nanoseconds(max(0, end - Hub.freshTime)))
        }
        return hasEnded
    }
}
