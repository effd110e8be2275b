/// Throws an error into greenlets, one after the other, when its turn comes: each runs at once, until it parks or ends.
/// The one who kills, if it waits, runs next. gevent's `run_callback(_kill, …)` and `_killall3`.
final class Delivery: QueueEntry {
    private let targets: [AnyGreenlet]
    private let error: any Error
    private var next = 0
    /// Who waits until the error was thrown into all.
    private var killer: Block?

    init(_ targets: [AnyGreenlet], _ error: any Error) {
        self.targets = targets
        self.error = error
    }

    override func run(_ core: Core, onHub: Bool) -> Bool {
        while next < targets.count {
            let target = targets[next]
            next += 1
            guard !target.hasEnded else { continue }
            // Behind the target, which comes to the front.
            if next < targets.count || killer != nil { core.pointee.pushFront(self) }
            target.deliver(error, atFront: true)
            return true
        }
        if let killer, killer.pointee.state == .parked {
            killer.pointee.state = .runnable
            core.pointee.pushFront(killer)
        }
        return true
    }

    /// Parks the calling greenlet until the error was thrown into all.
    func perform(_ core: Core) throws {
        killer = try core.pointee.parkable()
        defer { killer = nil }
        core.pointee.push(self)
        _ = try park(core, .greenlet)
    }
}
