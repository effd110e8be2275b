import GeventTesting
import Glibc
import Testing

/// What is built beside this test.
private let program: String = {
    // The tests' bundle is mapped: its path is all that follows the first slash of its lines.
    let bundle = (try? output(of: "grep -m 1 '[.]xctest$' /proc/\(getpid())/maps")) ?? ""
    let path = bundle.drop { $0 != "/" }.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return path.joined(separator: "/") + "/crashing"
}()

private func output(of command: String) throws -> String {
    let stream = try #require(popen("{ \(command) ; } 2>&1", "r"))
    defer { pclose(stream) }
    var text = ""
    var line: [CChar] = Array(repeating: 0, count: 4_096)
    while fgets(&line, 4_096, stream) != nil {
        text += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return text
}

private let hasGDB = system("command -v gdb >/dev/null 2>&1") == 0

@Suite(.inTurn, .disabled(if: isSanitized, "sanitizers report crashes by themselves"))
struct `A crash inside a greenlet` {
    /// The lines that name these functions, in this order, with nothing of the machine's confusion after the root.
    private func check(
        _ text: String, _ closure: String, _ sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var rest = text[...]
        for name in ["crashHere", "middle", closure, "greenletEntry"] {
            let range = try #require(rest.firstRange(of: name), "no \(name): \(text)", sourceLocation: sourceLocation)
            rest = rest[range.upperBound...]
        }
    }

    @Test(arguments: ["trap", "fault", "parked"])
    func `is shown by Swift's own report down to the greenlet's root`(way: String) throws {
        let settings = "enable=yes,color=no,interactive=no,threads=crashed,images=none,limit=100"
        let text = try output(of: "SWIFT_BACKTRACE=\(settings) timeout 60 '\(program)' \(way)")
        let crash = text.firstRange(of: "crashed:").map { String(text[$0.upperBound...]) } ?? text
        try check(crash, "closure #1")
        // The numbered frames go on to the root and stop there: none is unknown.
        #expect(!crash.contains("[unknown]") && !crash.contains("<unknown>"), "\(crash)")
    }

    @Test(.enabled(if: hasGDB, "gdb is not installed"), arguments: ["trap", "parked"])
    func `is shown by gdb down to the greenlet's root`(way: String) throws {
        // Without its complaints about debug information that it cannot read.
        let text = try output(
            of: "timeout 100 gdb -nx -batch -iex 'set debuginfod enabled off' -ex run -ex bt --args '\(program)' \(way)"
                + " | grep -E '^(#|Backtrace)'")
        // It does not know how Swift writes names: the closure is the program's second one.
        try check(text, "$s8crashingSiyKcfU0_")
        #expect(!text.contains("Backtrace stopped"), "\(text)")
        let last = text.split(separator: "\n").last { $0.hasPrefix("#") }
        #expect(last?.contains("cg_start") == true, "\(text)")
    }
}
