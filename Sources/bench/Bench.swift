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

    @Flag(help: "Print the workloads and what they do.")
    var list = false

    func validate() throws {
        guard repetitions > 0 else { throw ValidationError("--repetitions must be at least 1") }
        for name in names where !Workload.all.contains(where: { $0.name == name }) {
            throw ValidationError("no workload \(name): there are \(Workload.all.map(\.name).joined(separator: ", "))")
        }
    }

    func run() throws {
        if list {
            for workload in Workload.all { print("\(workload.name): \(workload.summary) (\(workload.unit))") }
            return
        }
        #if DEBUG
            FileDescriptorOutput.standardError("bench: built without optimisation; use swift run -c release bench")
        #endif
        for workload in Workload.all where names.isEmpty || names.contains(workload.name) {
            for figure in try workload.measure(repetitions) { print(json ? figure.json : figure.line) }
            fflush(nil)
        }
    }
}
