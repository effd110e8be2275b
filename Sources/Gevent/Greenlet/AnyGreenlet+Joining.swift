internal import EventLoop

/// Waiting for a greenlet's end. The one who waits alone, as is usual, needs no lot.
extension AnyGreenlet {
    /// Waits until it has ended, or `timeout` is over; never throws its error. Parks the calling greenlet.
    ///
    /// - Returns: whether it has ended. gevent's `join`.
    @available(*, noasync) @discardableResult
    public func join(timeout: Duration? = nil) throws -> Bool {
        core.checkThread()
        if isReady { return true }
        return try join(until: deadline(core, timeout))
    }

    /// `join` with a deadline in loop time.
    // Inlined: each return from a function that parked is mispredicted, since other returns came between.
    @inline(__always)
    package func join(until end: Deadline) throws -> Bool {
        if isReady { return true }
        if lot != nil || joiner != nil {
            _ = try makeLot().wait(until: end)
            return isReady
        }
        let block = try core.pointee.parkable()
        joiner = block
        defer {
            // It may stand in a lot by now.
            if joiner == block { joiner = nil } else { lot?.remove(block.waitNode) }
        }
        _ = try park(core, until: end, .greenlet)
        return isReady
    }

    /// Parks the calling greenlet while others are to be told of its end.
    func waitBehindLinks() throws { try lot?.waitBehindOthers() }

    private func makeLot() -> WaitLot {
        if let lot { return lot }
        let made = WaitLot(core, .greenlet, takesLatecomers: true)
        lot = made
        if let joiner { made.append(joiner.waitNode) }
        joiner = nil
        return made
    }

    /// The callback runs on the hub, soon, once it has ended.
    public func attach(_ link: Link) {
        core.checkThread()
        let lot = makeLot()
        link.attach(to: lot)
        guard isReady else { return }
        if isEndQueued { return lot.notifyInTurn(self) }
        // Fidelity: the notification that has just woken the running greenlet is not over, and takes the link along.
        let isBeingTold = core.pointee.wokenAfter == self.endOrder && core.pointee.wokenAt == core.pointee.switches
        lot.notifyAll(self, atFront: isBeingTold)
    }

    /// Takes a link away; nothing happens if it is not there.
    public func unlink(_ link: Link) { link.cancel() }

    /// Its end has its turn: the one who waits, unless it gave up, comes next; or all, where others came.
    func wakeJoiner() {
        isEndQueued = false
        guard let joiner, joiner.pointee.state == .parked else {
            lot?.turnHasCome()
            return
        }
        self.joiner = nil
        joiner.pointee.state = .runnable
        core.pointee.pushFront(joiner)
        core.pointee.wokenAfter = endOrder
        core.pointee.wokenAt = core.pointee.switches &+ 1
    }
}
