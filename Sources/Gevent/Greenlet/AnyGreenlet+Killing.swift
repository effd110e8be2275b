/// Throwing errors into it from outside.
extension AnyGreenlet {
    /// Throws `error` into it where it is parked and waits until it has ended, or `timeout` is over. Parks the calling
    /// greenlet, unless it is dead or has not run yet: then it never runs and this returns at once.
    ///
    /// Never throws the timeout: look at `isDead`. Killing oneself throws `error` here. gevent's `kill`.
    @available(*, noasync)
    public func kill(throwing error: any Error = GreenletExit(), timeout: Duration? = nil) throws {
        core.checkThread()
        if hasEnded { return }
        if block == core.pointee.current, block != nil {
            interruptionCount &+= 1
            throw error
        }
        guard block != nil else { return endUnstarted(error) }
        try Delivery([self], error).perform(core)
        try join(timeout: timeout)
    }

    /// Ends one that never ran with `error`. Whether it has run, and lives.
    func endIfUnstarted(_ error: any Error) -> Bool {
        core.checkThread()
        if hasEnded { return false }
        if block == nil { endUnstarted(error) }
        return block != nil
    }

    /// Has `error` thrown into it in its next turn; never parks. gevent's `kill(block=False)`.
    public func killNoWait(throwing error: any Error = GreenletExit()) {
        core.checkThread()
        if hasEnded { return }
        // Its entry in the run queue, if there is one, finds it ended.
        guard block != nil else { return endUnstarted(error) }
        core.pointee.push(Delivery([self], error))
    }

    /// Throws `error` where it is parked, or else where it parks next. On the hub's thread, in its turn.
    func deliver(_ error: any Error, atFront: Bool) {
        if hasEnded { return }
        guard let block else { return endUnstarted(error) }
        makeExtras().pending.append(error)
        block.pointee.hasPending = true
        switch block.pointee.state {
        case .parked: break
        case .yielding where atFront: core.pointee.queue.remove(UInt(bitPattern: block))
        case .yielding, .runnable, .running, .free: return
        }
        block.pointee.state = .runnable
        if atFront { core.pointee.pushFront(block) } else { core.pointee.push(block) }
    }

    /// Whether an error may be thrown where it stands: false once something woke it and before it has run, and while
    /// another error is on its way.
    var isInterruptible: Bool {
        guard let block else { return true }
        switch block.pointee.state {
        case .yielding: return !block.pointee.hasPending
        case .runnable: return block.pointee.reason == .yield && !block.pointee.hasPending
        case .free, .running, .parked: return true
        }
    }

    func takePending() -> any Error {
        interruptionCount &+= 1
        guard let extras, !extras.pending.isEmpty else { fatalError("no error is on its way") }
        let error = extras.pending.removeFirst()
        block?.pointee.hasPending = !extras.pending.isEmpty
        return error
    }
}
