internal import EventLoop
internal import Glibc

extension Subprocess {
    /// How a program ended and what it wrote.
    public struct Result: Sendable, Hashable {
        /// How it ended.
        public let status: TerminationStatus
        /// What it wrote to its standard output, where that was captured.
        public let output: [UInt8]
        /// What it wrote to its standard error, where that was captured.
        public let errorOutput: [UInt8]

        /// The standard output as UTF-8; what is none becomes U+FFFD.
        public var text: String { String(decoding: output, as: UTF8.self) }

        /// The standard error as UTF-8; what is none becomes U+FFFD.
        public var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
    }

    /// What was read from the pipes so far, and what is still to be written: kept, so that `communicate` can go on after
    /// a time-out; and what calls at one time share.
    final class Capture {
        var input: [UInt8]?
        var sent = 0
        var output: [UInt8] = []
        var errorOutput: [UInt8] = []
        var failure: (any Error)?
        /// The greenlets at the pipes.
        var helpers: [AnyGreenlet] = []
        /// How many calls wait for them.
        var callers = 0
        /// The largest of those calls' limits.
        var limit = 0
    }

    /// 64 MiB: of each stream, what is captured at most by default.
    public static let defaultLimit = 64 << 20

    /// Runs a program and waits until it has ended. Parks the calling greenlet. Python's `subprocess.run`; with `checks`
    /// its `check_output`.
    ///
    /// What it writes is captured, unless `output` and `error` say otherwise. The child is killed when `timeout` is over
    /// (`SubprocessTimeout`), when it writes too much (`SubprocessOutputTooLarge`), and when the calling greenlet is
    /// killed or its `Timeout` expires.
    ///
    /// - Parameters:
    ///   - arguments: the program and its arguments.
    ///   - input: what it finds on its standard input; nothing by default.
    ///   - output: its standard output; captured by default.
    ///   - error: its standard error; captured by default.
    ///   - timeout: for all of it; nil, the default, for as long as it takes.
    ///   - limit: how many bytes of each stream are captured at most; 64 MiB by default.
    ///   - checks: throws `SubprocessFailed` unless it ends with code 0. False by default.
    ///   - options: environment, directory and the like.
    @available(*, noasync) @discardableResult
    public static func run(
        _ arguments: [String], input: [UInt8]? = nil, output: Redirection = .pipe, error: Redirection = .pipe,
        timeout: Duration? = nil, limit: Int = defaultLimit, checks: Bool = false, options: Options = Options()
    ) throws -> Result {
        let end = deadline(HubCore.current, timeout)
        let process = try Subprocess(
            arguments, input: input == nil ? .null : .pipe, output: output, error: error, options: options)
        do {
            let result = try process.communicate(input, timeout: timeout, limit: limit, until: end)
            if checks, !result.status.isSuccess { throw SubprocessFailed(arguments: arguments, result: result) }
            return result
        } catch {
            // Its end is noticed by the hub. One that may not be killed (it is another user's by now) goes on.
            let isKilled = (try? process.kill()) != nil
            process.closePipes()
            if isKilled, error is SubprocessTimeout { try process.wait() }
            throw error
        }
    }

    /// Writes to its standard input and closes that, reads its standard output and standard error to their ends, as far
    /// as they are pipes, and waits until it has ended. Parks the calling greenlet. gevent's `communicate`.
    ///
    /// When `timeout` is over it throws a `SubprocessTimeout`; the child goes on, and a further call continues without
    /// losing anything; its `input` is ignored. So is that of a call that comes while another one waits: both get all that
    /// there is. A child that does not read its input to the end is no failure.
    ///
    /// - Parameters:
    ///   - input: what is written to its standard input; without one that is closed at once.
    ///   - timeout: for all of it; nil, the default, for as long as it takes.
    ///   - limit: how many bytes of each stream are captured at most; beyond that it throws `SubprocessOutputTooLarge`.
    @available(*, noasync)
    public func communicate(
        _ input: [UInt8]? = nil, timeout: Duration? = nil, limit: Int = defaultLimit
    ) throws -> Result {
        try communicate(input, timeout: timeout, limit: limit, until: deadline(HubCore.current, timeout))
    }

    private func communicate(
        _ input: [UInt8]?, timeout: Duration?, limit: Int, until end: Deadline
    ) throws -> Result {
        require(limit >= 0, "\(limit) bytes cannot be captured")
        if capture.input == nil { capture.input = input ?? [] }
        // Fidelity: as in gevent, calls at one time share the greenlets at the pipes.
        capture.callers += 1
        capture.limit = max(capture.limit, limit)
        defer { leave() }
        if capture.helpers.isEmpty { capture.helpers = startHelpers() }
        for helper in capture.helpers {
            guard try helper.join(until: end) else {
                if capture.callers == 1 {
                    let helpers = capture.helpers
                    capture.helpers = []
                    // Waited for, so that a further call does not meet them at the pipes.
                    try killAll(helpers)
                }
                throw timedOut(timeout)
            }
            if let failure = capture.failure { throw failure }
        }
        guard try child.wait(until: end), let status = child.status else { throw timedOut(timeout) }
        guard max(capture.output.count, capture.errorOutput.count) <= limit else {
            throw SubprocessOutputTooLarge(arguments: arguments, limit: limit)
        }
        return Result(status: status, output: capture.output, errorOutput: capture.errorOutput)
    }

    private func startHelpers() -> [AnyGreenlet] {
        var helpers: [AnyGreenlet] = []
        if let stream = standardInput, !stream.isClosed { helpers.append(helper { try self.feed(stream) }) }
        if let stream = standardOutput, !stream.isClosed {
            helpers.append(helper { try self.drain(stream, \.output) })
        }
        if let stream = standardError, !stream.isClosed {
            helpers.append(helper { try self.drain(stream, \.errorOutput) })
        }
        return helpers
    }

    /// A call of `communicate` ends; with the last one its greenlets do.
    private func leave() {
        capture.callers -= 1
        guard capture.callers == 0 else { return }
        for helper in capture.helpers { helper.killNoWait() }
        capture.helpers = []
        capture.limit = 0
    }

    private func timedOut(_ timeout: Duration?) -> SubprocessTimeout {
        SubprocessTimeout(
            arguments: arguments, timeout: timeout ?? .zero, output: capture.output, errorOutput: capture.errorOutput)
    }

    /// A greenlet at one of the pipes; what goes wrong there is the caller's to throw, not the hub's to report. The first
    /// failure ends the others' waiting too.
    private func helper(_ body: @escaping () throws -> Void) -> AnyGreenlet {
        Greenlet.spawn {
            do {
                try body()
            } catch {
                try rethrowInterruption(error)
                if self.capture.failure == nil { self.capture.failure = error }
                self.closePipes()
            }
        }
    }

    private func feed(_ stream: DescriptorStream) throws {
        while let input = capture.input, capture.sent < input.count {
            do {
                capture.sent += try stream.send(input[capture.sent...])
            } catch let error as OSError where error.errno == EPIPE {
                // It reads no further.
                break
            }
        }
        stream.close()
    }

    private func drain(_ stream: DescriptorStream, _ target: ReferenceWritableKeyPath<Capture, [UInt8]>) throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = try stream.receive(into: &buffer), count > 0 {
            guard capture[keyPath: target].count + count <= capture.limit else {
                throw SubprocessOutputTooLarge(arguments: arguments, limit: capture.limit)
            }
            capture[keyPath: target].append(contentsOf: buffer[..<count])
        }
        stream.close()
    }

    /// Closes this process's ends of the pipes. Never parks.
    private func closePipes() {
        for stream in [standardInput, standardOutput, standardError] { stream?.close() }
    }
}
