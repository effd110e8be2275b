import Gevent

/// A pool beside how many of its members run.
final class PoolModel {
    let pool: Pool
    let size: Int
    var running = 0
    var waiting = 0

    init(_ size: Int) {
        self.size = size
        pool = Pool(size: size)
    }

    func check(_ world: RandomWorld) {
        world.check(pool.count + pool.freeCount == size, "a pool of \(size): \(pool.count) in, \(pool.freeCount) free")
        world.check(running <= pool.count, "\(running) members run, of \(pool.count)")
    }

    func checkQuiet(_ world: RandomWorld) {
        world.check(pool.freeCount == 0 || waiting == 0, "\(waiting) wait for a place that is free")
    }
}

extension RandomWorld {
    func joinPool(_ model: PoolModel) throws {
        let body = { [unowned self] () throws -> Void in
            alive += 1
            model.running += 1
            tally.members += 1
            defer {
                alive -= 1
                model.running -= 1
            }
            for _ in 0...pick(2) { try pick(2) == 0 ? yield() : sleep(for: delay) }
        }
        let (start, limit) = (Hub.current.clock.now, delay)
        model.waiting += 1
        defer { model.waiting -= 1 }
        do {
            switch pick(4) {
            case 0: try model.pool.spawnNoWait(body)
            case 1:
                let places = try model.pool.waitAvailable(timeout: limit)
                check(places == model.pool.freeCount, "there are \(model.pool.freeCount) places, not \(places)")
            case 2: try model.pool.start(Greenlet(body), timeout: limit)
            default: try model.pool.spawn(timeout: limit, body)
            }
        } catch is PoolFull {
            if Hub.current.clock.now != start { expire(limit, from: start, "a pool's spawn") }
        }
    }

    func killPool(_ i: Int) throws {
        tally.killed += 1
        let model = pools[i]
        if pick(2) == 0 { return model.pool.killNoWait() }
        let limit = delay
        let start = Hub.current.clock.now
        try model.pool.kill(timeout: limit)
        check(Hub.current.clock.now - start <= limit, "killing a pool took too long")
    }

    func joinGroup() {
        guard let (_, worker) = pick(workers), !worker.isReady else { return }
        if pick(3) == 0 { group.discard(worker) } else { group.add(worker) }
    }

    func killGroup() {
        for (id, worker) in workers where !worker.isReady && group.contains(worker) {
            killedWorkers.insert(id)
            tally.killed += 1
        }
        group.killNoWait(throwing: pick(2) == 0 ? Broken() : GreenletExit())
    }
}
