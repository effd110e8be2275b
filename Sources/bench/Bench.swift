import ArgumentParser
import Glibc

/// `bench`: times the package's parts, each workload several times, and prints the median of the CPU time.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Times the scheduler, its primitives, the pool and pooled TLS commands.",
        discussion: """
            Prints `name value unit (least to most, wall)`, the value being the median over the repetitions of the \
            measuring thread's CPU time, or of what the workload counts. Memory is measured best one workload a run. \
            Build it with -c release. Workloads: \(Workload.all.map(\.name).joined(separator: ", ")).
            """)

    @Argument(help: "Which workloads to run; all without any.")
    var names: [String] = []

    @Flag(help: "Print one JSON object a line, with the peak of resident memory so far.")
    var json = false

    @Option(help: "How often to measure each workload, after one round to warm up.")
    var repetitions = 5

    @Flag(
        help: """
            Run the peers that are found on the same work, in turn with ours, and print the ratios and whether targets \
            are met. C needs a compiler and libev; gevent a Python that has it (GEVENT_PYTHON, else python3).
            """)
    var compare = false

    @Option(help: "How much of each workload to do, where it can be less: for tools that count instructions.")
    var scale = 1.0

    @Flag(help: "Print the workloads and what they do.")
    var list = false

    func validate() throws {
        guard repetitions > 0 else { throw ValidationError("--repetitions must be at least 1") }
        guard scale > 0, scale <= 1 else { throw ValidationError("--scale must be over 0 and at most 1") }
        for name in names where !Workload.all.contains(where: { $0.name == name }) {
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
        let comparison = compare ? Comparison() : nil
        for workload in Workload.all where names.isEmpty || names.contains(workload.name) {
            if let comparison {
                for row in try comparison.run(workload, repetitions) { print(json ? row.json : row.line) }
                fflush(nil)
                continue
            }
            for figure in try workload.measure(repetitions) { print(json ? figure.json : figure.line) }
            fflush(nil)
        }
    }
}
