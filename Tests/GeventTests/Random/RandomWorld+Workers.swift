import Gevent

extension RandomWorld {
    func spawnWorker() {
        if isFinishing || workers.count >= Self.mostWorkers { return }
        tally.spawned += 1
        let id = tally.spawned
        let body = { [unowned self] () throws -> Int in
            alive += 1
            defer { alive -= 1 }
            for _ in 0...pick(12) { try work(id, depth: 0) }
            return id
        }
        let greenlet = pick(5) == 0 ? Gevent.spawn(after: delay, body) : Gevent.spawn(body)
        workers.append((id, greenlet))
        if pick(10) == 0 { group.add(greenlet) }
    }

    func work(_ id: Int, depth: Int) throws {
        tally.steps += 1
        defer { checkAll() }
        switch pick(depth > 3 ? 20 : 28) {
        case 0: try yield()
        case 1, 2: try sleep(for: pick(4) == 0 ? .milliseconds(pick(500)) : delay)
        case 3, 4: try waitForEvent(pick(8))
        case 5: try waitForResult(pick(8))
        case 6: try joinAnother(id)
        case 7: if pick(4) == 0 { set(pick(8)) }
        case 8, 9: try put(queues[pick(queues.count)])
        case 10, 11: try get(queues[pick(queues.count)])
        case 12: try putIntoChannel()
        case 13: try getFromChannel()
        case 14: try joinPool(pools[pick(pools.count)])
        case 15: linkAnother()
        case 16, 17: try read(pairs[pick(pairs.count)])
        case 18, 19: try write(pairs[pick(pairs.count)])
        case 20, 21: try hold(pick(4), id, depth)
        case 22: try lock(pick(2), id, depth)
        case 23...26: try limit(id, depth)
        default: spawnWorker()
        }
    }

    /// Runs a wait of one's own that may be over in vain after `limit`; tells whether it was, and that it took that long.
    func expire(_ limit: Duration?, from start: HubClock.Instant, _ what: String) {
        tally.timeouts += 1
        let took = Hub.current.clock.now - start
        check(limit.map { took == $0 } ?? false, "\(what) was over after \(took), not \(limit as Any)")
    }

    private func waitForEvent(_ i: Int) throws {
        let (wasSet, before, start) = (events[i].isSet, settings[i], Hub.current.clock.now)
        let limit = delay
        waitingForEvent[i] += 1
        defer { waitingForEvent[i] -= 1 }
        if try events[i].wait(timeout: limit) {
            check(wasSet || settings[i] > before, "event \(i) was not set")
            check(Hub.current.clock.now - start <= limit, "a wait was too long")
        } else {
            expire(limit, from: start, "a wait")
        }
    }

    /// Whether a Timeout is what an operation with a timeout threw, not one of those around it.
    private func isOwn(_ timeout: Timeout) -> Bool { !limits.contains(ObjectIdentifier(timeout)) }

    private func waitForResult(_ i: Int) throws {
        let (result, start, limit) = (results[i], Hub.current.clock.now, delay)
        do {
            check(try result.get(timeout: limit) == i, "a wrong result")
        } catch let timeout as Timeout where isOwn(timeout) {
            expire(limit, from: start, "a get")
        } catch let error as Broken where same(result.error, error) {
            return
        }
    }

    private func joinAnother(_ id: Int) throws {
        guard let (other, worker) = pick(workers), other != id else { return }
        let joined = try worker.join(timeout: delay)
        check(joined == worker.isReady, "join said \(joined)")
    }

    private func hold(_ i: Int, _ id: Int, _ depth: Int) throws {
        let (start, limit) = (Hub.current.clock.now, pick(2) == 0 ? nil : delay)
        if let limit {
            waitingForPermit[i] += 1
            defer { waitingForPermit[i] -= 1 }
            guard try semaphores[i].acquire(timeout: limit) else { return expire(limit, from: start, "an acquire") }
        } else if !semaphores[i].acquireNoWait() {
            return
        }
        holders[i] += 1
        defer {
            holders[i] -= 1
            semaphores[i].release()
        }
        check(holders[i] <= Self.permits, "too many hold semaphore \(i)")
        try work(id, depth: depth + 1)
    }

    private func lock(_ i: Int, _ id: Int, _ depth: Int) throws {
        guard try locks[i].acquire(timeout: delay) else { return }
        let outer = owners[i]
        check(outer == nil || outer == id, "lock \(i) has two owners")
        owners[i] = id
        defer {
            check(owners[i] == id, "lock \(i) was taken away")
            owners[i] = outer
            locks[i].release()
        }
        try work(id, depth: depth + 1)
    }

    private func limit(_ id: Int, _ depth: Int) throws {
        let own = Timeout(after: delay)
        limits.insert(ObjectIdentifier(own))
        own.start()
        defer {
            own.close()
            limits.remove(ObjectIdentifier(own))
        }
        do {
            try work(id, depth: depth + 1)
        } catch let timeout as Timeout where timeout === own {
            tally.timeouts += 1
        }
    }

    private func linkAnother() {
        guard let (_, worker) = pick(workers) else { return }
        let record = LinkRecord(isReady: { worker.isReady })
        record.link = worker.rawLink { [unowned self] _ in
            record.calls += 1
            tally.links += 1
        }
        if pick(4) == 0 { record.cancel() }
        links.append(record)
    }

    func linkEvent(_ i: Int) {
        let (wasSet, before) = (events[i].isSet, settings[i])
        let record = LinkRecord(isReady: { [unowned self] in wasSet || settings[i] > before })
        record.link = events[i].rawLink { [unowned self] _ in
            record.calls += 1
            tally.links += 1
        }
        if pick(4) == 0 { record.cancel() }
        links.append(record)
    }

    /// When nothing is runnable: what is ready has called its links, once each.
    func checkLinks() {
        for record in links {
            let isDue = record.isDue
            check(record.calls == (isDue ? 1 : 0), "a link was called \(record.calls) times, due: \(isDue)")
        }
        for record in links where record.calls > 0 { record.link = nil }
        links.removeAll { $0.calls > 0 || $0.isCancelled }
    }
}

/// A link, and how often it was called.
final class LinkRecord {
    var link: Link?
    var calls = 0
    private(set) var isCancelled = false
    private let isReady: () -> Bool

    init(isReady: @escaping () -> Bool) { self.isReady = isReady }

    var isDue: Bool { isReady() && !isCancelled }

    func cancel() {
        isCancelled = true
        link?.cancel()
        link = nil
    }
}
