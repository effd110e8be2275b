import Glibc

/// What a workload took.
struct Figure {
    let name: String
    let unit: String
    /// One a round: the measuring thread's CPU time, or whatever else the workload counts.
    let samples: [Double]
    /// The wall time, in the same unit; empty where there is none.
    var wall: [Double] = []
    /// The process's peak of resident memory when it was measured.
    var peakResident = Memory.peak

    /// The median.
    var value: Double { Self.median(samples) }

    var line: String {
        let spread = "\(Self.format(samples.min() ?? 0)) to \(Self.format(samples.max() ?? 0))"
        let wall = wall.isEmpty ? "" : ", wall \(Self.format(Self.median(wall)))"
        return "\(name) \(Self.format(value)) \(unit) (\(spread)\(wall))"
    }

    var json: String {
        let wall = wall.isEmpty ? "" : "\"wall\":\(Self.format(Self.median(wall))),"
        return """
            {"name":"\(name)","value":\(Self.format(value)),"unit":"\(unit)",\(wall)\
            "least":\(Self.format(samples.min() ?? 0)),"most":\(Self.format(samples.max() ?? 0)),\
            "repetitions":\(samples.count),"peakResident":\(peakResident)}
            """
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    static func format(_ value: Double) -> String {
        let scaled = (value * 100).rounded() / 100
        return "\(scaled)"
    }
}

extension Figure {
    /// One that another process has printed: median, least and most stand for its samples.
    init?(json: Substring) {
        func field(_ name: String) -> Substring? {
            // Ours: flat, and without commas or brackets inside.
            let fields = json.dropFirst().dropLast().split(separator: ",")
            let key = "\"\(name)\":"
            return fields.first { $0.hasPrefix(key) }?.dropFirst(key.utf8.count)
        }
        func number(_ name: String) -> Double? { field(name).flatMap { Double($0) } }
        guard let name = field("name"), let unit = field("unit"), let value = number("value"),
            let least = number("least"), let most = number("most"), let peak = number("peakResident")
        else { return nil }
        self.init(
            name: String(name.dropFirst().dropLast()), unit: String(unit.dropFirst().dropLast()),
            samples: number("repetitions") == 1 ? [value] : [least, value, most],
            wall: number("wall").map { [$0] } ?? [], peakResident: Int(peak))
    }
}

/// The process's memory, in bytes, as the kernel counts it.
enum Memory {
    static var resident: Int { read("VmRSS:") }
    static var peak: Int { read("VmHWM:") }
    static var pageTables: Int { read("VmPTE:") }

    private static func read(_ field: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix(field) else { continue }
            return (text.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1_024
        }
        return 0
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

    /// Nanoseconds on a clock.
    static func read(_ clock: clockid_t) -> Double {
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
