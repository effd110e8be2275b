import Gevent
import Glibc

/// A program that does a workload's work without us, one round a run: it prints what one operation took, in nanoseconds
/// (bytes or a rate where the workload counts those), or a line `NAME VALUE` for each of its figures.
struct Peer {
    /// In the order of the columns.
    enum Kind: String, CaseIterable {
        case c = "C"
        case go = "Go"
        case gevent
        case epplib = "EPPLib"
    }

    let kind: Kind
    let command: [String]

    /// The repository, of which this file is a part.
    static let root = #filePath.split(separator: "/").dropLast(4).reduce(into: "") { $0 += "/" + $1 }

    /// Those that are found here; says which are not, and why.
    static func found() -> [Peer] {
        let makers: [(Kind, () throws -> Peer)] = [
            (.c, c), (.go, go), (.gevent, { try python(.gevent, "GEVENT_PYTHON", "peer.py") }),
            (.epplib, { try python(.epplib, "EPPLIB_PYTHON", "epplib_peer.py") }),
        ]
        return makers.compactMap { kind, make in
            do {
                return try make()
            } catch {
                FileDescriptorOutput.standardError("bench: no \(kind.rawValue) beside ours: \(reason(error))")
                return nil
            }
        }
    }

    /// The bare machine, built when it is first asked for. Throws where there is no compiler, no libev or no OpenSSL.
    static func c() throws -> Peer {
        try build(
            .c,
            """
            cc -std=gnu11 -O2 -ISources/CCoroutine/include -pthread -o .build/bench-peer-c Tests/Peers/c/*.c \
            Sources/CCoroutine/*.c Sources/CCoroutine/*.S -lev -lssl -lcrypto
            """)
    }

    /// Go, with its standard library alone.
    static func go() throws -> Peer {
        try build(.go, "GOCACHE=$PWD/.build/bench-go-cache go build -o .build/bench-peer-go Tests/Peers/go/*.go")
    }

    private static func build(_ kind: Kind, _ command: String) throws -> Peer {
        try Subprocess.run(
            ["sh", "-c", "mkdir -p .build && \(command)"], timeout: .seconds(200), checks: true,
            options: .init { $0.directory = root })
        return Peer(kind: kind, command: ["\(root)/.build/bench-peer-\(kind == .go ? "go" : "c")"])
    }

    /// A program of the Python that the variable names, else of `python3`, if it finds there what it needs.
    private static func python(_ kind: Kind, _ variable: String, _ file: String) throws -> Peer {
        let python = getenv(variable).map { String(cString: $0) } ?? "python3"
        let module = kind == .gevent ? "gevent" : "epplib"
        do {
            try Subprocess.run([python, "-c", "import \(module)"], timeout: .seconds(20), checks: true)
        } catch {
            throw SocketError("set \(variable) to a Python that has \(module)")
        }
        return Peer(kind: kind, command: [python, "\(root)/Tests/Peers/python/\(file)"])
    }

    /// Its figures by name; none for a workload that it does not have. What goes wrong is said.
    ///
    /// - Parameters:
    ///   - words: the workload, and what else it needs to know.
    ///   - processor: which one it is to run on; any by default.
    ///   - input: what it finds on its standard input.
    func sample(_ words: [String], on processor: Int? = nil, input: String? = nil) throws -> [String: Double] {
        let command = command + words
        let result = try Subprocess.run(
            processor.map { Processors.on($0, command) } ?? command, input: input.map { Array($0.utf8) },
            timeout: .seconds(300))
        if result.status.isSuccess { return Self.figures(result.text, of: words[0]) }
        if result.status != .exited(64) {
            FileDescriptorOutput.standardError("bench: \(kind.rawValue) failed at \(words[0]): \(result.errorText)")
        }
        return [:]
    }

    /// What a peer has printed: a number is the figure that was asked for.
    static func figures(_ text: String, of name: String) -> [String: Double] {
        text.split(separator: "\n").reduce(into: [:]) { figures, line in
            let words = line.split(separator: " ")
            guard let value = words.last.flatMap({ Double($0) }) else { return }
            figures[words.count > 1 ? String(words[0]) : name] = value
        }
    }

    /// One line: the compiler's first, where that is what failed.
    private static func reason(_ error: any Error) -> String {
        guard let failure = error as? SubprocessFailed else { return "\(error)" }
        return failure.result.errorText.split(separator: "\n").first.map(String.init) ?? "\(failure)"
    }
}
