internal import EventLoop
internal import Glibc

/// Another program that runs as a child of this one; waiting for it, and for its pipes, parks the calling greenlet.
/// gevent's `subprocess.Popen`.
///
/// ```swift
/// let result = try Subprocess.run(["git", "status", "--short"], timeout: .seconds(10))
/// print(result.status, result.text)
///
/// let sort = try Subprocess(["sort"], input: .pipe, output: .pipe)
/// print(try sort.communicate(Array("b\na\n".utf8)).output)
/// ```
///
/// It is started by `posix_spawn`, so that it makes no difference what other threads do. The child has no descriptors but
/// its three streams and those of `Options.descriptors`, no blocked or ignored signals, and the program itself stands
/// first in its arguments; no shell is involved. The hub notices its end and takes its status at once, so that it leaves
/// no zombie, also where nobody waits, and without a handler for `SIGCHLD`. A child that runs keeps `Hub.join` waiting.
///
/// Dropping this object, or killing a greenlet that waits, leaves the child running; `run` kills it.
///
/// swift-subprocess is for async code: it suspends tasks where this parks greenlets, and reads on threads of its own.
public final class Subprocess: Waitable {
    /// What one of the child's streams is.
    public enum Redirection: Sendable, Hashable {
        /// This process's own. Where somebody has left it non-blocking, it blocks in the child all the same.
        case inherit
        /// Nothing to read, and what is written is lost: `/dev/null`.
        case null
        /// A pipe, whose other end is a `DescriptorStream` here.
        case pipe
        /// An open descriptor of this process, which stays open here. The child's blocks, whatever this process's does.
        ///
        /// A `Socket` goes on parking here while a child has it; a listener stays non-blocking there.
        case descriptor(Int32)
        /// For standard error only: where standard output goes. Python's `STDOUT`.
        case output
    }

    /// What few programs need.
    public struct Options: Sendable, Hashable {
        /// Its whole environment; nil, the default, for this process's own.
        public var environment: [String: String]?
        /// The directory to run it in; nil, the default, for this process's own. Python's `cwd`.
        public var directory: String?
        /// Descriptors that it has under the same numbers, as they are; all above 2. None by default. Python's `pass_fds`.
        public var descriptors: [Int32] = []
        /// The process group that it joins, 0 for one of its own; nil, the default, for this process's.
        public var processGroup: Int32?
        /// Whether it leads a session of its own, without a terminal. False by default. Python's `start_new_session`.
        public var startsSession = false

        /// The defaults.
        public init() {}

        /// The defaults, changed by `configure`.
        public init(_ configure: (inout Options) -> Void) { configure(&self) }
    }

    /// What it was started with, the program first.
    public let arguments: [String]
    /// Its number. Once it has ended the system may give it to another process: signals are sent with `send`.
    public let processIdentifier: Int32
    /// The end of its standard input, where that is a pipe.
    public let standardInput: DescriptorStream?
    /// The end of its standard output, where that is a pipe.
    public let standardOutput: DescriptorStream?
    /// The end of its standard error, where that is a pipe.
    public let standardError: DescriptorStream?

    let child: ChildProcess
    let capture = Capture()

    /// Starts a program. Never parks.
    ///
    /// A program without a slash is looked for along `PATH`, that of `environment` where one is given. Throws
    /// `SubprocessNotFound`, `SubprocessNotPermitted` or another `SubprocessStartError`.
    ///
    /// - Parameters:
    ///   - arguments: the program and its arguments; none at all stops the program.
    ///   - input: its standard input, this process's own by default.
    ///   - output: its standard output, this process's own by default.
    ///   - error: its standard error, this process's own by default.
    ///   - options: environment, directory and the like.
    public init(
        _ arguments: [String], input: Redirection = .inherit, output: Redirection = .inherit,
        error: Redirection = .inherit, options: Options = Options()
    ) throws {
        require(!arguments.isEmpty, "a subprocess needs a program to run")
        require(input != .output && output != .output, "only standard error can go where standard output goes")
        require(options.descriptors.allSatisfy { $0 > 2 }, "0, 1 and 2 are set by input, output and error")
        ChildProcess.reapOrphans()
        var plumbing = Plumbing()
        defer { plumbing.closeChildEnds() }
        do {
            var spawn = Spawn()
            spawn.standard = [
                try plumbing.connect(input, isInput: true), try plumbing.connect(output, isInput: false),
                error == .output ? nil : try plumbing.connect(error, isInput: false),
            ]
            spawn.mergesError = error == .output
            spawn.kept = options.descriptors
            spawn.directory = options.directory
            spawn.group = options.processGroup
            spawn.startsSession = options.startsSession
            processIdentifier = try Self.start(spawn, arguments, options)
        } catch {
            plumbing.closeOwnEnds()
            throw error
        }
        self.arguments = arguments
        child = ChildProcess(processIdentifier)
        standardInput = plumbing.ownEnds[0]
        standardOutput = plumbing.ownEnds[1]
        standardError = error == .output ? nil : plumbing.ownEnds[2]
        child.owner = self
    }

    private static func start(_ spawn: Spawn, _ arguments: [String], _ options: Options) throws -> Int32 {
        var spawn = spawn
        let texts =
            arguments.map { ("an argument", $0) } + [options.directory].compactMap { $0 }.map { ("a directory", $0) }
            + (options.environment ?? [:]).map { ("an environment variable", "\($0.key)=\($0.value)") }
        for (kind, text) in texts where text.utf8.contains(0) {
            throw SubprocessStartError(arguments, "\(kind) with a zero byte: \(text.debugDescription)", errno: EINVAL)
        }
        for name in (options.environment ?? [:]).keys where name.isEmpty || name.contains("=") {
            throw SubprocessStartError(
                arguments, "an environment variable of the name \(name.debugDescription)", errno: EINVAL)
        }
        var program = arguments[0]
        var searches = !program.utf8.contains(UInt8(ascii: "/"))
        if let environment = options.environment {
            spawn.environment = environment.map { "\($0.key)=\($0.value)" }.sorted()
            if searches {
                program = find(program, environment["PATH"] ?? "/usr/local/bin:/bin:/usr/bin")
                searches = false
            }
        }
        let (process, code) = spawn.start(program, arguments, searching: searches)
        if code == 0 { return process }
        let name = arguments[0].debugDescription
        let place = options.directory.map { " in \($0.debugDescription)" } ?? ""
        switch code {
        case ENOENT, ENOTDIR: throw SubprocessNotFound(arguments, "start \(name)\(place)", errno: code)
        case EACCES, EPERM: throw SubprocessNotPermitted(arguments, "start \(name)\(place)", errno: code)
        default: throw SubprocessStartError(arguments, "start \(name)\(place)", errno: code)
        }
    }

    /// The first that can be run along a path of directories; as it is where there is none, for the system to say so.
    private static func find(_ program: String, _ path: String) -> String {
        for directory in path.split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = directory.isEmpty ? "./\(program)" : "\(directory)/\(program)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return "/nonexistent/\(program)"
    }

    // MARK: Its end

    /// How it ended; nil while it runs, as far as the hub has noticed.
    public var status: TerminationStatus? { child.status }

    /// Whether it has ended, as far as the hub has noticed.
    public var isReady: Bool { child.status != nil }

    /// Looks whether it has ended, and gives how; nil while it runs. Never parks. gevent's `poll`.
    public func poll() -> TerminationStatus? {
        child.reap()
        return child.status
    }

    /// Waits until it has ended and gives how. Parks the calling greenlet.
    ///
    /// Throws a `SubprocessTimeout` when `timeout` is over; the child goes on. A child that writes into a pipe which nobody
    /// reads never ends: `communicate` reads.
    @available(*, noasync) @discardableResult
    public func wait(timeout: Duration? = nil) throws -> TerminationStatus {
        guard try child.wait(until: deadline(HubCore.current, timeout)), let status = child.status else {
            throw SubprocessTimeout(arguments: arguments, timeout: timeout ?? .zero, output: [], errorOutput: [])
        }
        return status
    }

    /// Sends it a signal, unless it has ended. Never parks. gevent's `send_signal`.
    public func send(_ signal: Int32) throws { try child.send(signal) }

    /// Asks it to end: `SIGTERM`. Never parks.
    public func terminate() throws { try send(SIGTERM) }

    /// Ends it: `SIGKILL`. Never parks.
    public func kill() throws { try send(SIGKILL) }

    /// The callback runs on the hub, soon, once it has ended.
    public func attach(_ link: Link) {
        link.attach(to: child.lot)
        if isReady { child.lot.notifyAll(self) }
    }

    /// Takes a link away; nothing happens if it is not there.
    public func unlink(_ link: Link) { link.cancel() }
}

@available(*, unavailable) extension Subprocess: Sendable {}

/// The pipes between a process and a child that is about to start.
private struct Plumbing {
    /// By standard input, output and error.
    var ownEnds: [DescriptorStream?] = []
    private var childEnds: [Int32] = []

    /// What the child's descriptor is made from: a descriptor above 2, since those below are about to be replaced; nil to
    /// leave it.
    mutating func connect(_ redirection: Subprocess.Redirection, isInput: Bool) throws -> Int32? {
        var ownEnd: DescriptorStream?
        defer { ownEnds.append(ownEnd) }
        switch redirection {
        case .output: return nil
        case .inherit:
            let number = Int32(ownEnds.count)
            // Of a parent or a library that left it non-blocking; what is closed or not to be inherited stays so.
            guard fcntl(number, F_GETFL) & O_NONBLOCK != 0, fcntl(number, F_GETFD) == 0 else { return nil }
            return try lend(number)
        case .null:
            let descriptor = open("/dev/null", O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { throw OSError("open /dev/null", errno: errno) }
            defer { close(descriptor) }
            return try lend(descriptor)
        case .descriptor(let descriptor): return try lend(descriptor)
        case .pipe:
            guard let (reading, writing) = System.pipe() else { throw OSError("pipe", errno: errno) }
            let (own, other) = isInput ? (writing, reading) : (reading, writing)
            defer { close(other) }
            ownEnd = DescriptorStream(pipeEnd: own)
            return try lend(other)
        }
    }

    private mutating func lend(_ descriptor: Int32) throws -> Int32 {
        let copy = OpenDescription.blockingDuplicate(descriptor)
        guard copy >= 0 else { throw OSError("descriptor \(descriptor)", errno: errno) }
        childEnds.append(copy)
        return copy
    }

    func closeChildEnds() { for descriptor in childEnds { close(descriptor) } }

    func closeOwnEnds() { for stream in ownEnds { stream?.close() } }
}
