import Glibc

/// What a workload took.
struct Figure {
    let name: String
    /// The median of the measuring thread's CPU time.
    let value: Double
    let unit: String
    /// The median of the wall time, in the same unit.
    let wall: Double
    let spread: (least: Double, most: Double)
    let repetitions: Int

    var line: String { "\(name) \(Self.format(value)) \(unit)" }

    var json: String {
        """
        {"name":"\(name)","value":\(Self.format(value)),"unit":"\(unit)","wall":\(Self.format(wall)),\
        "least":\(Self.format(spread.least)),"most":\(Self.format(spread.most)),"repetitions":\(repetitions)}
        """
    }

    private static func format(_ value: Double) -> String {
        let scaled = (value * 100).rounded() / 100
        return "\(scaled)"
    }
}

/// Reads the calling thread's CPU time and the wall clock.
struct Stopwatch {
    private let processor = Self.read(CLOCK_THREAD_CPUTIME_ID)
    private let wall = Self.read(CLOCK_MONOTONIC)

    /// Nanoseconds since it was made.
    var elapsed: (processor: Double, wall: Double) {
        (Self.read(CLOCK_THREAD_CPUTIME_ID) - processor, Self.read(CLOCK_MONOTONIC) - wall)
    }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

/// Writes lines where there is no `print`.
enum FileDescriptorOutput {
    static func standardError(_ line: String) {
        let text = line + "\n"
        _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }
}
