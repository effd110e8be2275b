internal import EventLoop

/// Who waits for what another thread brings: a greenlet of some hub, or a thread that has none, or a task.
package class Receiver: @unchecked Sendable {
    // Unchecked: `block` is touched on the hub's thread only; the rest is made for several threads.
    private let core: Core?
    private let mailbox: Mailbox?
    private let bell: Monitor<Bool>?
    private let isTask: Bool
    private let forks = ForkCounter.current
    /// Where the greenlet is parked, while it is.
    private var block: Block?

    /// The running greenlet; the calling thread where it has no hub; or a task, which waits otherwise.
    init(isTask: Bool) {
        self.isTask = isTask
        core = isTask ? nil : HubCore.existing
        mailbox = core.map { $0.pointee.hub.takeUnretainedValue().handle.mailbox }
        bell = isTask || core != nil ? nil : Monitor(false)
    }

    /// From any thread. True: it will look once more. False: its hub closes or is gone, or it is a thread that this
    /// forked child does not have.
    final func wake() -> Bool {
        if let bell {
            guard forks == ForkCounter.current else { return false }
            bell.withLock { $0 = true }
            bell.notifyOne()
            return true
        }
        if let core, HubCore.existing == core {
            // As a closed mailbox would: what becomes runnable in the last round never runs.
            guard !core.pointee.isTearingDown else { return false }
            unparkIfWaiting()
            return true
        }
        return mailbox?.post { self.unparkIfWaiting() } ?? isTask
    }

    private func unparkIfWaiting() {
        if let core, let block { unpark(core, block) }
    }

    /// When `timeout` from now is over, in the time of `wait`.
    package final func deadline(after timeout: Duration?) -> Deadline {
        guard let core else {
            return timeout.map { Deadline(at: monotonicNanoseconds().advanced(after: $0)) } ?? .never
        }
        return Gevent.deadline(core, timeout)
    }

    /// Parks the greenlet, or blocks the thread, until a `wake`, or whatever else wakes it (true), or the deadline (false).
    ///
    /// - Parameter awaitsOthers: whether the hub, meanwhile, does not take itself for one that nothing can wake.
    final func waitForWake(until deadline: Deadline, awaitsOthers: Bool, _ reason: WaitReason) throws -> Bool {
        if let bell {
            return bell.wait(until: deadline == .never ? nil : deadline.time) { $0 ? true : nil } ?? false
        }
        guard let core else { return false }
        block = try core.pointee.parkable()
        if awaitsOthers { core.pointee.loop._withUnsafeGuaranteedRef { $0.retainExternal() } }
        defer {
            if awaitsOthers { core.pointee.loop._withUnsafeGuaranteedRef { $0.releaseExternal() } }
            block = nil
        }
        return try park(core, until: deadline, reason)
    }
}
