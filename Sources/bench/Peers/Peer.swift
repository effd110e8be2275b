import Gevent
import Glibc

/// A program that does a workload's work without us, one round a run: it prints what one operation took, in nanoseconds.
struct Peer {
    let name: String
    let command: [String]

    /// The repository, of which this file is a part.
    static let root = #filePath.split(separator: "/").dropLast(4).reduce(into: "") { $0 += "/" + $1 }

    /// The bare machine: C, built when it is first asked for. Throws where there is no compiler, or no libev for it.
    static func c() throws -> Peer {
        let program = "\(root)/.build/bench-peer"
        let build = """
            mkdir -p .build && cc -std=gnu11 -O2 -ISources/CCoroutine/include -pthread -o .build/bench-peer \
            Tests/Peers/peer.c Sources/CCoroutine/*.c Sources/CCoroutine/*.S -lev
            """
        try Subprocess.run(
            ["sh", "-c", build], timeout: .seconds(60), checks: true, options: .init { $0.directory = root })
        return Peer(name: "C", command: [program])
    }

    /// gevent, if `python3`, or the Python that `GEVENT_PYTHON` names, has it.
    static func gevent() -> Peer? {
        let python = getenv("GEVENT_PYTHON").map { String(cString: $0) } ?? "python3"
        let found = try? Subprocess.run([python, "-c", "import gevent"], timeout: .seconds(20), checks: true)
        return found == nil ? nil : Peer(name: "gevent", command: [python, "\(root)/Tests/Peers/peer.py"])
    }

    /// Nanoseconds an operation; nil for a workload that it does not have.
    func sample(_ workload: String) throws -> Double? {
        let result = try Subprocess.run(command + [workload], timeout: .seconds(120))
        return result.status.isSuccess ? Double(result.text.trimmingNewline) : nil
    }
}

extension String {
    var trimmingNewline: Substring { hasSuffix("\n") ? dropLast() : self[...] }
}

/// Which processor runs what: server and client do not share one, where there are two.
enum Processors {
    static let areTwo = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1

    /// A command for the given processor.
    static func on(_ number: Int, _ command: [String]) -> [String] {
        areTwo ? ["taskset", "-c", "\(number)"] + command : command
    }

    /// Runs `body` with this thread on the first processor.
    static func pinned<Result>(_ body: () throws -> Result) throws -> Result {
        guard areTwo else { return try body() }
        // The process's number is its first thread's, which is the one that measures.
        try Subprocess.run(["taskset", "-p", "-c", "0", "\(getpid())"], checks: true)
        defer {
            _ = try? Subprocess.run(
                ["taskset", "-p", "-c", "0-\(sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1)", "\(getpid())"])
        }
        return try body()
    }

    /// Nanoseconds of processor time that another process's first thread has used.
    static func time(of process: Int32) throws -> Double {
        let text = try Subprocess.run(["cat", "/proc/\(process)/schedstat"], checks: true).text
        return text.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }
}
