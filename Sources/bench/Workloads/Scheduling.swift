import Gevent

extension Workload {
    /// Two greenlets yield in turn.
    static let switching = Workload(name: "switch", summary: "two greenlets yield in turn, a yield") { yielding(2) }

    /// The same where the greenlets do not fit into the caches.
    static let switchMany = Workload(
        name: "switch-many", summary: "1,000 and 10,000 greenlets yield in turn, a yield",
        unit: Unit.nanoseconds.rawValue
    ) { repetitions in
        try [1_000, 10_000].map { count in
            try time("switch-many-\(count)", .nanoseconds, repetitions) { yielding(count) }
        }
    }

    private static func yielding(_ count: Int) -> Round {
        let yields = Scale.of(2_000_000)
        return Round {
            try joinAll((0..<count).map { _ in spawn { for _ in 0..<yields / count { try yield() } } })
            return yields
        }
    }

    /// 100,000 greenlets at once, on stacks that were used before.
    static let spawning = Workload(
        name: "spawn", summary: "spawn 100,000 greenlets, join all, recycled stacks, a greenlet"
    ) {
        Round {
            try spawnAndJoin(Scale.of(100_000))
            return Scale.of(100_000)
        }
    }

    /// The same on stacks that were never touched: all are alive at once, on a hub of their own each time.
    static let spawnFresh = Workload(
        name: "spawn-fresh", summary: "spawn 20,000 greenlets that all park once, untouched stacks, a greenlet",
        unit: Unit.nanoseconds.rawValue
    ) { repetitions in
        let figures = try (0..<repetitions).map { _ in
            try onFreshHub {
                let start = Stopwatch()
                try joinAll((0..<20_000).map { _ in spawn { try yield() } })
                return start.elapsed
            }
        }
        return [
            Figure(
                name: "spawn-fresh", unit: Unit.nanoseconds.rawValue, samples: figures.map { $0.processor / 20_000 },
                wall: figures.map { $0.wall / 20_000 })
        ]
    }

    /// One at a time.
    static let spawnOne = Workload(name: "spawn-one", summary: "spawn and join one by one, a greenlet") {
        let count = Scale.of(300_000)
        return Round {
            for number in 0..<count { try spawn { number }.join() }
            return count
        }
    }

    /// Many that wait for the same event: what each costs while it waits, and what waking it costs.
    static let live = Workload(
        name: "live", summary: "1,000,000 greenlets parked on one event: bytes, park and wake, of each",
        unit: "B and ns", isMeasuredOnce: true
    ) { _ in try waiting("live", parking: nil) }.isolated

    /// The same once their stacks are parked.
    static let liveParked = Workload(
        name: "live-parked", summary: "the same once their stacks are parked", unit: "B and ns", isMeasuredOnce: true
    ) { _ in
        guard Hub.current.statistics.stackGuard == .marker else {
            FileDescriptorOutput.standardError("bench: live-parked is left out: it needs Linux 6.13's guard markers")
            return []
        }
        return try waiting("live-parked", parking: .init(minimumGreenlets: 1_000, delay: .milliseconds(500)))
    }.isolated

    private static func waiting(_ name: String, parking: Hub.StackParking?) throws -> [Figure] {
        let count = Scale.of(1_000_000)
        return try onFreshHub(maximumGreenlets: count + 8, stackSize: smallStack, parking: parking) {
            let event = Event()
            var parked = 0
            let resident = Memory.resident
            let tables = Memory.pageTables
            let spawning = Stopwatch()
            for _ in 0..<count {
                spawn {
                    parked += 1
                    try event.wait()
                    parked -= 1
                }
            }
            while parked < count { try yield() }
            while parking != nil, Hub.current.statistics.parkedStacks < count { try sleep(for: .milliseconds(100)) }
            let park = spawning.elapsed
            let bytes = Memory.resident - resident
            let tableBytes = Memory.pageTables - tables
            let waking = Stopwatch()
            event.set()
            while parked > 0 { try yield() }
            let wake = waking.elapsed
            func figure(_ part: String, _ unit: String, _ total: Double, _ wall: Double? = nil) -> Figure {
                let each = Double(count)
                return Figure(
                    name: "\(name)-\(part)", unit: unit, samples: [total / each], wall: wall.map { [$0 / each] } ?? [])
            }
            return [
                figure("bytes", "B", Double(bytes)), figure("page-tables", "B", Double(tableBytes)),
                figure("park", "ns", park.processor, park.wall), figure("wake", "ns", wake.processor, wake.wall),
            ]
        }
    }

    private static func spawnAndJoin(_ count: Int) throws {
        var greenlets: [Greenlet<Int>] = []
        greenlets.reserveCapacity(count)
        for number in 0..<count { greenlets.append(spawn { number }) }
        try joinAll(greenlets)
    }
}

/// What the documentation advises for a million greenlets.
let smallStack = 192 * 1024

/// Runs `body` on a thread and hub of its own, and not in a task: what it spawns has none to inherit from.
func onFreshHub<Result: Sendable>(
    maximumGreenlets: Int = 100_000, stackSize: Int? = nil, parking: Hub.StackParking? = nil,
    _ body: @escaping @Sendable () throws -> Result
) throws -> Result {
    var configuration = Hub.defaultConfiguration
    if let stackSize { configuration.stackSize = stackSize }
    configuration.maximumGreenlets = maximumGreenlets
    configuration.stackParking = parking
    let thread = HubThread(name: "bench", configuration: configuration)
    defer { try? awaitTask { await thread.stop() } }
    let result = try awaitTask {
        await withCheckedContinuation { continuation in
            thread.post { spawnRaw { continuation.resume(returning: Swift.Result(catching: body)) } }
        }
    }
    return try result.get()
}
