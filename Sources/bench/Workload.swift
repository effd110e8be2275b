/// One thing that `bench` times.
struct Workload: Sendable {
    let name: String
    let summary: String
    let unit: String
    /// How many nanoseconds the unit has.
    let unitNanoseconds: Double
    /// Prepares it and gives the round that is timed: it does its work and returns how often it did it, or the
    /// stopwatch's own reading where not all of the round counts.
    let prepare: @Sendable () throws -> Round

    /// A round, and what is to be undone after the last one.
    struct Round {
        let run: () throws -> Int
        var finish: () throws -> Void = {}
    }

    static let all: [Workload] = [.switching, .spawning, .semaphore, .pool, .tlsPool]

    func measure(repetitions: Int) throws -> Figure {
        let round = try prepare()
        _ = try round.run()
        var processor: [Double] = []
        var wall: [Double] = []
        for _ in 0..<repetitions {
            let start = Stopwatch()
            let count = try Double(round.run())
            let elapsed = start.elapsed
            processor.append(elapsed.processor / count / unitNanoseconds)
            wall.append(elapsed.wall / count / unitNanoseconds)
        }
        try round.finish()
        return Figure(
            name: name, value: Self.median(processor), unit: unit, wall: Self.median(wall),
            spread: (processor.min() ?? 0, processor.max() ?? 0), repetitions: repetitions)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
