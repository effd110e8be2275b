internal import Gevent

/// What a pool has to do with others that share an allowance with it.
extension ConnectionPool {
    /// Whom the next connect asks.
    var connectAllowance: any Allowance { membership ?? allowance }

    func joinAllowance() {
        membership = (allowance as? SharedAllowance)?.join { [weak self] in self?.lookAtRecall() }
        machine.demand = membership?.demand
        machine.recall = .nothing
        machine.noteDemand(isMore: true)
        carryOutIfNeeded()
    }

    /// Gives up what pools on other hubs wait for, now or when it comes back.
    ///
    /// - Parameter promised: how many connections it has begun to give up since it last looked.
    func lookAtRecall(promised: Int = 0) {
        guard let membership else { return }
        let recall = membership.recall(idle: machine.idleCount, promised: promised)
        machine.recall = recall.returning
        machine.giveUp(recall.idle, Hub.freshTime)
        carryOutIfNeeded()
    }
}

extension Allowance {
    /// A right that was acquired is not used.
    func didNotConnect() {
        if let membership = self as? AllowanceMembership { membership.neverConnected() } else { release() }
    }
}
