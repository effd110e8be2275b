import Gevent
import Glibc

/// One thing that `bench` measures.
struct Workload: Sendable {
    let name: String
    let summary: String
    let unit: String
    /// One round is enough, and long: of memory.
    var isMeasuredOnce = false
    /// Takes so long that it is only measured when it is asked for.
    var isOnlyByName = false
    /// Threads wait for each other, so that their placement decides: all of it has the first processor.
    var isOnOneProcessor = false
    /// Measures it so often, after one round to warm up.
    let measure: @Sendable (_ repetitions: Int) throws -> [Figure]

    static let all =
        [
            switching, switchMany, spawning, spawnFresh, spawnOne, live, liveParked, semaphore, semaphoreFree, queue,
            channel, timers, timeout, sleepPrecision, echoServer, echoClient, pool, eppLease, poolContended, poolFair,
            tlsConnect,
            tlsPool, eppPool, eppXML, bridge, bridgeHere,
        ] + growth

    /// Whether it is what a name on the command line means: `scale` and `scale-event` are families.
    func isCalled(_ word: String) -> Bool { name == word || isOnlyByName && name.hasPrefix("\(word)-") }
}

extension Workload {
    /// The same in a process of its own, whose memory nobody has used before.
    var isolated: Workload {
        if getenv(Self.isChild) != nil { return self }
        return Workload(
            name: name, summary: summary, unit: unit, isMeasuredOnce: isMeasuredOnce, isOnlyByName: isOnlyByName
        ) { [name] repetitions in
            let options = ["--json", "--repetitions", "\(repetitions)", "--scale", "\(Scale.value)"]
            let result = try Subprocess.run(
                ["env", "\(Self.isChild)=1", "/proc/\(getpid())/exe", name] + options, error: .inherit, checks: true)
            return result.text.split(separator: "\n").compactMap { Figure(json: $0) }
        }
    }

    private static let isChild = "BENCH_IS_CHILD"
}

/// Makes workloads smaller, for tools that count instructions: `bench --scale`.
enum Scale {
    // Safe: set once, before anything runs.
    nonisolated(unsafe) static var value = 1.0

    static func of(_ count: Int) -> Int { max(1, Int(Double(count) * value)) }
}

/// A round that is timed, and what is to be undone after the last one.
struct Round {
    /// Does the work and returns how often it did it.
    let run: () throws -> Int
    var finish: () throws -> Void = {}
}

extension Workload {
    /// A workload whose figure is what one of its operations takes.
    init(
        name: String, summary: String, unit: Unit = .nanoseconds, prepare: @escaping @Sendable () throws -> Round
    ) {
        self.init(name: name, summary: summary, unit: unit.rawValue) { repetitions in
            [try time(name, unit, repetitions, prepare)]
        }
    }
}

/// What one operation takes, by the median of the rounds.
func time(
    _ name: String, _ unit: Unit, _ repetitions: Int, _ prepare: () throws -> Round
) throws -> Figure {
    let round = try prepare()
    _ = try round.run()
    var processor: [Double] = []
    var wall: [Double] = []
    for _ in 0..<repetitions {
        let start = Stopwatch()
        let count = try Double(round.run())
        let elapsed = start.elapsed
        processor.append(elapsed.processor / count / unit.nanoseconds)
        wall.append(elapsed.wall / count / unit.nanoseconds)
    }
    try round.finish()
    return Figure(name: name, unit: unit.rawValue, samples: processor, wall: wall)
}

/// What times are given in.
enum Unit: String {
    case nanoseconds = "ns"
    case microseconds = "us"
    case seconds = "s"

    var nanoseconds: Double {
        switch self {
        case .nanoseconds: 1
        case .microseconds: 1e3
        case .seconds: 1e9
        }
    }
}
