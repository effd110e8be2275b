import GeventTesting
import Glibc
import Testing

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
        let text = try output(of: "SWIFT_BACKTRACE=\(settings) timeout 60 '\(builtProgram)' \(way)")
        let crash = text.firstRange(of: "crashed:").map { String(text[$0.upperBound...]) } ?? text
        try check(crash, "closure #1")
        // The numbered frames go on to the root and stop there: none is unknown.
        #expect(!crash.contains("[unknown]") && !crash.contains("<unknown>"), "\(crash)")
    }

    @Test(.enabled(if: hasGDB, "gdb is not installed"), arguments: ["trap", "parked"])
    func `is shown by gdb down to the greenlet's root`(way: String) throws {
        // Without its complaints about debug information that it cannot read.
        let text = try output(
            of: "timeout 100 gdb -nx -batch -iex 'set debuginfod enabled off' -ex run -ex bt"
                + " --args '\(builtProgram)' \(way) | grep -E '^(#|Backtrace)'")
        // It does not know how Swift writes names: the closure is the program's second one.
        try check(text, "$s8crashingSiyKcfU0_")
        #expect(!text.contains("Backtrace stopped"), "\(text)")
        let last = text.split(separator: "\n").last { $0.hasPrefix("#") }
        #expect(last?.contains("cg_start") == true, "\(text)")
    }
}
