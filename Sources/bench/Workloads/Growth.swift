import Gevent

/// How cost grows with the number of greenlets that wait: spawning each until it waits, waking it, and the memory that
/// it takes meanwhile.
extension Workload {
    static let growth: [Workload] =
        upToAMillion.map(onEvent) + upToAMillion.map(onTimer) + [1_000, 10_000].map(onSocket)

    private static let upToAMillion = [1_000, 10_000, 100_000, 1_000_000]

    private static func onEvent(_ count: Int) -> Workload {
        waiting("event", count) {
            let event = Event()
            return Waiting { _ in
                try event.wait()
            } wake: {
                event.set()
            }
        }
    }

    /// They sleep until the same moment, long after the last one of them was spawned, and wake by the clock.
    private static func onTimer(_ count: Int) -> Workload {
        waiting("timer", count) {
            let clock = Hub.current.clock
            let end = clock.now.advanced(by: .milliseconds(200) + .microseconds(15 * count))
            return Waiting { _ in try sleep(for: clock.now.duration(to: end)) }
        }
    }

    /// Each receives from a socket that was there before; both of a connected pair are waited on.
    private static func onSocket(_ count: Int) -> Workload {
        waiting("socket", count) {
            raiseDescriptorLimit()
            let sockets = try (0..<count / 2).flatMap { _ in
                let (here, there) = try Socket.pair()
                return [here, there]
            }
            return Waiting { number in
                guard try sockets[number].receive(upTo: 1).count == 1 else { throw SocketError("nothing came") }
            } wake: {
                for socket in sockets { try socket.sendAll([1]) }
            }
        }
    }

    private static func waiting(
        _ kind: String, _ count: Int, _ prepare: @escaping @Sendable () throws -> Waiting
    ) -> Workload {
        let name = "scale-\(kind)-\(count)"
        return Workload(
            name: name,
            summary: "\(count) greenlets wait, each for \(kind)s: spawn, wake, bytes and page tables of each",
            unit: "ns and B", isOnlyByName: true
        ) { repetitions in
            let rounds = try (0..<repetitions).map { _ in
                try onFreshHub(maximumGreenlets: count + 8, stackSize: smallStack) { try wait(count, prepare()) }
            }
            func figure(_ what: String, _ unit: String, _ samples: [Double]) -> Figure {
                Figure(name: "\(name)-\(what)", unit: unit, samples: samples)
            }
            return [
                figure("spawn", "ns", rounds.map(\.spawn)), figure("wake", "ns", rounds.map(\.wake)),
                // Memory that an earlier round has given back is not new to the process: the first one counts.
                figure("bytes", "B", [rounds[0].bytes]), figure("tables", "B", [rounds[0].tables]),
            ]
        }.isolated
    }

    private static func wait(_ count: Int, _ waiting: Waiting) throws -> Waited {
        let done = Event()
        var (parked, woken) = (0, 0)
        let (resident, tables) = (Memory.resident, Memory.pageTables)
        let spawning = Stopwatch()
        for number in 0..<count {
            spawn {
                parked += 1
                try waiting.wait(number)
                woken += 1
                if woken == count { done.set() }
            }
        }
        while parked < count { try yield() }
        let spawned = spawning.elapsed.processor
        guard woken == 0 else { throw SocketError("some woke before all waited: the machine is too busy") }
        let bytes = Memory.resident - resident
        let tableBytes = Memory.pageTables - tables
        try waiting.wake()
        let waking = Stopwatch()
        guard try done.wait(timeout: .seconds(120)) else { throw SocketError("not all of them woke") }
        let each = Double(count)
        return Waited(
            spawn: spawned / each, wake: waking.elapsed.processor / each, bytes: Double(bytes) / each,
            tables: Double(tableBytes) / each)
    }
}

/// What greenlets wait for.
private struct Waiting {
    let wait: (_ number: Int) throws -> Void
    var wake: () throws -> Void = {}
}

/// Nanoseconds and bytes of each.
private struct Waited {
    let spawn: Double
    let wake: Double
    let bytes: Double
    let tables: Double
}
