import Gevent

extension Workload {
    /// Two greenlets yield in turn.
    static let switching = Workload(
        name: "switch", summary: "two greenlets yield in turn, a yield", unit: "ns", unitNanoseconds: 1
    ) {
        let yields = 2_000_000
        return Round {
            let greenlets = (0..<2).map { _ in spawn { for _ in 0..<yields / 2 { try yield() } } }
            try joinAll(greenlets)
            return yields
        }
    }

    /// 100,000 greenlets at once, on stacks that were used before.
    static let spawning = Workload(
        name: "spawn", summary: "spawn 100,000 greenlets, join all, recycled stacks, a greenlet", unit: "ns",
        unitNanoseconds: 1
    ) {
        let count = 100_000
        return Round {
            var greenlets: [Greenlet<Int>] = []
            greenlets.reserveCapacity(count)
            for number in 0..<count { greenlets.append(spawn { number }) }
            try joinAll(greenlets)
            return count
        }
    }

    /// 100 greenlets share ten permits and yield while they have one.
    static let semaphore = Workload(
        name: "semaphore", summary: "100 greenlets, CountingSemaphore(10), a yield inside, a pair", unit: "ns",
        unitNanoseconds: 1
    ) {
        let semaphore = CountingSemaphore(10)
        let rounds = 10_000
        return Round {
            let greenlets = (0..<100).map { _ in
                spawn {
                    for _ in 0..<rounds {
                        try semaphore.acquire()
                        try yield()
                        semaphore.release()
                    }
                }
            }
            try joinAll(greenlets)
            return 100 * rounds
        }
    }
}
