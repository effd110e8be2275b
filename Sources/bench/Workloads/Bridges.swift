import Gevent

extension Workload {
    /// A closure on the hub that the task runs on already.
    static let bridgeHere = Workload(
        name: "bridge-here", summary: "await thread.run { } from a task on the hub's own executor, a call, wall time",
        unit: Unit.nanoseconds.rawValue
    ) { repetitions in
        let thread = HubThread(name: "bridge")
        defer { try? awaitTask { await thread.stop() } }
        let count = 100_000
        let samples = try (0..<repetitions).map { _ in
            try awaitTask {
                try await Task(executorPreference: thread) {
                    let start = Stopwatch()
                    for _ in 0..<count { try await thread.run {} }
                    return start.elapsed.wall / Double(count)
                }.value
            }
        }
        return [Figure(name: "bridge-here", unit: Unit.nanoseconds.rawValue, samples: samples)]
    }
}
