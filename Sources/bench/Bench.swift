import ArgumentParser
import Glibc

/// `bench`: times the package's parts, each workload several times, and prints the median of the CPU time.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Times the scheduler, its primitives, the pool and pooled TLS commands.",
        discussion: """
            Prints `name value unit (least to most, wall)`, the value being the median over the repetitions of the \
            measuring thread's CPU time, or of what the workload counts. Build it with -c release. Workloads: \
            \(Workload.all.map(\.name).joined(separator: ", ")).
            """)

    @Argument(help: "Which workloads to run, `scale` for all scale-*; without any all but those, which take minutes.")
    var names: [String] = []

    @Flag(help: "Print one JSON object a line, with the peak of resident memory so far.")
    var json = false

    @Option(help: "How often to measure each workload, after one round to warm up.")
    var repetitions = 5

    @Flag(
        help: """
            Run the peers that are found on the same work, in turn with ours, and print the ratios and whether targets \
            are met. C needs a compiler, libev and OpenSSL; Go its compiler on the path; gevent and EPPLib a Python \
            that has them (GEVENT_PYTHON, EPPLIB_PYTHON, else python3). Those that are missing are left out.
            """)
    var compare = false

    @Flag(help: "Print what --compare measures, or how scale-* grow, as the documentation's tables in Markdown.")
    var table = false

    @Option(help: "How much of each workload to do, where it can be less: for tools that count instructions.")
    var scale = 1.0

    @Flag(help: "Print the workloads and what they do.")
    var list = false

    func validate() throws {
        guard !table || !json else { throw ValidationError("--table and --json are two forms of the same") }
        guard repetitions > 0 else { throw ValidationError("--repetitions must be at least 1") }
        guard scale > 0, scale <= 1 else { throw ValidationError("--scale must be over 0 and at most 1") }
        for name in names where !Workload.all.contains(where: { $0.isCalled(name) }) {
            throw ValidationError("no workload \(name): there are \(Workload.all.map(\.name).joined(separator: ", "))")
        }
    }

    func run() throws {
        if list {
            for workload in Workload.all { print("\(workload.name): \(workload.summary) (\(workload.unit))") }
            return
        }
        Scale.value = scale
        #if DEBUG
            FileDescriptorOutput.standardError("bench: built without optimisation; use swift run -c release bench")
        #endif
        let chosen = Workload.all.filter { names.isEmpty ? !$0.isOnlyByName : names.contains(where: $0.isCalled) }
        // Those that are only measured by name have no peers.
        let compared = chosen.filter { (compare || table) && !$0.isOnlyByName }
        if !compared.isEmpty { try runBesidePeers(compared) }
        let alone = chosen.filter { workload in !compared.contains { $0.name == workload.name } }
        if table, !alone.isEmpty { print(GrowthTable.header) }
        for workload in alone {
            let figures = try workload.measure(repetitions)
            for line in table ? [GrowthTable.line(figures)] : figures.map({ json ? $0.json : $0.line }) { print(line) }
            fflush(nil)
        }
    }

    private func runBesidePeers(_ workloads: [Workload]) throws {
        let comparison = Comparison()
        if table { print(Table.header) }
        for workload in workloads {
            for row in try comparison.run(workload, repetitions) {
                print(table ? Table.line(row) : json ? row.json : row.line)
            }
            fflush(nil)
        }
    }
}
