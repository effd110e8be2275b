internal import Gevent
internal import Logging

/// A greenlet of a pool's own, and how to wake it.
final class SlotWorker {
    let bell = Bell()
    fileprivate(set) var greenlet: AnyGreenlet?
    /// In a forked child: what it was at is the parent's.
    fileprivate(set) var isOrphan = false

    /// Ends its waiting, or interrupts the hook that it runs; not if it is itself what runs now.
    func stop() {
        guard let greenlet, greenlet !== AnyGreenlet.current else { return }
        greenlet.killNoWait()
    }
}

/// Carrying out what the machine decides. Between its steps a worker does not hold the pool.
extension ConnectionPool {
    @inline(__always)
    func carryOutIfNeeded() {
        machine.takeWake()?._withUnsafeGuaranteedRef { wake($0) }
        if !machine.effects.isEmpty { carryOut() }
    }

    @inline(__always)
    private func wake(_ waiter: Waiter) {
        // Safe: see `Waiter.greenlet`.
        waiter.greenlet?._withUnsafeGuaranteedRef { unparkGreenlet($0) }
    }

    @inline(never)
    func carryOut() {
        while !machine.effects.isEmpty {
            var effects = spareEffects
            spareEffects = []
            swap(&effects, &machine.effects)
            for effect in effects { carryOut(effect) }
            effects.removeAll(keepingCapacity: true)
            spareEffects = effects
        }
    }

    private func carryOut(_ effect: PoolMachine.Effect) {
        switch effect {
        case .wake(let waiter): wake(waiter)
        case .work(let slot): if let worker = workers[slot] { worker.bell.ring() } else { startWorker(slot) }
        case .interrupt(let slot): workers[slot]?.stop()
        case .keepalive: keepaliveWorker?.bell.ring()
        case .maintain: maintenanceWorker?.bell.ring()
        case .ready: readyBell.ring()
        case .drained: drainBell.ring()
        case .demand: membership?.demandChanged()
        case .recalled: lookAtRecall(promised: 1)
        case .forget(let slot): if connections.has(slot) { _ = connections.take(slot) }
        case .observe(let kind, let connection, let span): report(kind, connection, span)
        }
    }

    // MARK: Slots: the original's _add_one

    private func startWorker(_ slot: Int) {
        let worker = SlotWorker()
        workers[slot] = worker
        let greenlet = Greenlet<Void> { [weak self] in
            while let step = self?.nextStep(slot, worker) {
                switch step {
                case .wait(let end):
                    try worker.bell.pause(until: end)
                case .connect:
                    guard let allowance = self?.connectAllowance else { return }
                    let permit = try Self.acquire(allowance, self?.configuration.connectTimeout)
                    if worker.isOrphan { return }
                    guard let self else {
                        if case .success(let permit) = permit { permit?.didNotConnect() }
                        return
                    }
                    try connect(slot, permit, worker)
                case .validate:
                    try self?.check(slot, worker)
                case .dispose(let gracefully):
                    try self?.dispose(slot, gracefully: gracefully, worker)
                case .end:
                    return
                }
            }
        }
        worker.greenlet = greenlet
        greenlet.start()
    }

    private func nextStep(_ slot: Int, _ worker: SlotWorker) -> PoolMachine.Step {
        if worker.isOrphan { return .end }
        let step = machine.nextStep(slot, Hub.freshTime, worker.greenlet.map { ObjectIdentifier($0) })
        if step == .end { workers[slot] = nil }
        carryOutIfNeeded()
        return step
    }

    /// The right to connect, or why there is none. Not a method: the pool may be gone before it is there.
    private static func acquire(
        _ allowance: any Allowance, _ timeout: Duration?
    ) throws -> Result<(any Allowance)?, any Error> {
        if allowance is UnlimitedAllowance { return .success(nil) }
        do {
            try allowance.acquire(timeout: timeout)
            return .success(allowance)
        } catch let error as HubDestroyed {
            throw error
        } catch {
            return .failure(error)
        }
    }

    private func connect(_ slot: Int, _ permit: Result<(any Allowance)?, any Error>, _ worker: SlotWorker) throws {
        do {
            let allowance = try permit.get()
            do {
                let made = try withTimeout(
                    configuration.connectTimeout,
                    throwing: configuration.connectTimeout.map { SocketTimeout("no connection within \($0)") }
                ) { try newConnection() }
                if worker.isOrphan { return }
                guard let made else { throw NoConnection() }
                connections.put(made, slot)
                permits[slot] = allowance
            } catch {
                if worker.isOrphan { return }
                allowance?.didNotConnect()
                throw error
            }
        } catch let error as HubDestroyed {
            throw error
        } catch {
            let isRefusal = !(error is any Interruption) && isRefusal(error)
            machine.connectFailed(slot, error, isRefusal: isRefusal, Hub.freshTime)
            // First of all: a logger of the user's may park, and whoever is to be woken must not be gone by then.
            carryOutIfNeeded()
            reportFirstFailure(error)
            return
        }
        machine.connected(slot, Hub.freshTime)
        (permits[slot] as? AllowanceMembership)?.didConnect()
        carryOutIfNeeded()
    }

    private func check(_ slot: Int, _ worker: SlotWorker) throws {
        let connection = connections[slot]
        var failure: (any Error)?
        do {
            let isGood = try withTimeout(configuration.validationTimeout) { try validate(connection) }
            if !isGood { failure = ValidationFailed() }
        } catch let error as HubDestroyed {
            throw error
        } catch {
            failure = error
        }
        if worker.isOrphan { return }
        machine.validated(slot, failure, Hub.freshTime)
        carryOutIfNeeded()
    }

    private func dispose(_ slot: Int, gracefully: Bool, _ worker: SlotWorker) throws {
        let connection = connections.take(slot)
        if gracefully {
            try bounded("retireConnection", worker) { [logger, name] in
                do {
                    try self.retireConnection(connection)
                } catch {
                    try rethrowInterruption(error)
                    logger?.debug(
                        "a connection could not be retired gracefully",
                        metadata: ["pool": "\(name)", "error": "\(error)"])
                }
            }
        }
        try bounded("closeConnection", worker) { self.closeConnection(connection) }
        if worker.isOrphan { return }
        permits.removeValue(forKey: slot)?.release()
        machine.disposed(slot, Hub.freshTime)
        carryOutIfNeeded()
    }

    /// Runs a hook in a greenlet of its own, kills it after `retireTimeout`, and in the end goes on without it, so that
    /// a hook that parks for ever does not keep the slot.
    private func bounded(_ hook: String, _ worker: SlotWorker, _ body: @escaping () throws -> Void) throws {
        if worker.isOrphan { return }
        var hasBegun = false
        let greenlet = Greenlet<Void> {
            hasBegun = true
            if !worker.isOrphan { try body() }
        }
        greenlet.name = "\(name).\(hook)"
        greenlet.start()
        var patience = configuration.retireTimeout
        for _ in 0..<10 {
            do {
                if try greenlet.join(timeout: patience) { return }
            } catch let error as HubDestroyed {
                throw error
            } catch {}  // `close` has no more time: no more patience either.
            // Killed before its first turn it would never run, and the connection never be closed.
            if hasBegun { greenlet.killNoWait() }
            patience = .milliseconds(10)
        }
    }

    // MARK: Keepalive: the original's _keepalive_periodic

    func startKeepalive() {
        let worker = SlotWorker()
        keepaliveWorker = worker
        let greenlet = Greenlet<Void> { [weak self] in
            while let step = self?.nextKeepalive(worker) {
                switch step {
                case .wait:
                    try worker.bell.pause(until: .never)
                    continue
                case .touch(let slot): try self?.keepAlive(slot, worker)
                case .skip: break
                }
                guard let delay = self?.keepaliveDelay else { return }
                let end = Hub.freshTime.after(delay)
                while self?.isClosed == false, !worker.isOrphan, Hub.freshTime < end {
                    try worker.bell.pause(until: end)
                }
            }
        }
        worker.greenlet = greenlet
        greenlet.start()
    }

    /// So long that each connection has its turn once a period.
    private var keepaliveDelay: Nanoseconds { Nanoseconds(keepaliveInterval) / Nanoseconds(max(machine.size, 1)) }

    private func nextKeepalive(_ worker: SlotWorker) -> PoolMachine.KeepaliveStep? {
        guard !isClosed, !worker.isOrphan else { return nil }
        let step = machine.takeForKeepalive(
            Hub.freshTime, period: keepaliveDelay * Nanoseconds(max(machine.size, 1)),
            worker.greenlet.map { ObjectIdentifier($0) })
        carryOutIfNeeded()
        return step
    }

    private func keepAlive(_ slot: Int, _ worker: SlotWorker) throws {
        let connection = connections[slot]
        var failure: (any Error)?
        do {
            try withTimeout(configuration.keepaliveTimeout) { try keepalive(connection) }
        } catch let error as HubDestroyed {
            throw error
        } catch {
            failure = error
        }
        if worker.isOrphan { return }
        machine.keptAlive(slot, failure, Hub.freshTime)
        carryOutIfNeeded()
    }

    // MARK: Fork

    /// In a forked child: nothing of the parent's is touched, and the pool begins as it did when it was made.
    func startAnewInChild() {
        for worker in [keepaliveWorker, maintenanceWorker].compactMap(\.self) + workers.values {
            worker.isOrphan = true
            worker.stop()
        }
        (workers, keepaliveWorker, maintenanceWorker) = ([:], nil, nil)
        // Not released: they are the parent's.
        permits = [:]
        joinAllowance()
        machine.startAnew(Hub.freshTime)
        carryOutIfNeeded()
        guard !isClosed else { return }
        if keepaliveInterval != nil { startKeepalive() }
        if machine.needsMaintenance { startMaintenance() }
    }

    // MARK: What falls due

    func startMaintenance() {
        let worker = SlotWorker()
        maintenanceWorker = worker
        let greenlet = Greenlet<Void> { [weak self] in
            while !worker.isOrphan, let next = self?.maintain() { try worker.bell.pause(until: next) }
        }
        worker.greenlet = greenlet
        greenlet.start()
    }

    private func maintain() -> Nanoseconds? {
        guard !isClosed else { return nil }
        let next = machine.maintain(Hub.freshTime)
        carryOutIfNeeded()
        return next
    }
}

/// What a `validate(_:)` that gave false is said to have thrown.
struct ValidationFailed: Error, CustomStringConvertible {
    var description: String { "validate(_:) gave false" }
}
