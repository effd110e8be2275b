internal import EventLoop
internal import Glibc

/// A file, read and written by the hub's thread pool, so that a slow disk does not hold up the other greenlets. gevent's
/// `FileObjectThread`, `tp_read` and `tp_write`.
///
/// ```swift
/// let file = try File("/var/log/app.log", for: .appending)
/// try file.write("started\n")
/// file.close()
/// ```
///
/// Polling says of a regular file that it can always be read, however long that takes; hence the threads. Each call costs
/// some 50 µs for the way there and back, so read much at a time. Calls of several greenlets take turns. There is no
/// buffer. A call that is interrupted (a kill, a `Timeout`) is abandoned: its thread goes on, nothing it reads is given
/// to anybody, and the position stays. It belongs to the hub of the thread that made it.
public final class File {
    /// What a file is opened for.
    public enum Mode: Sendable, Hashable {
        /// It must be there. Python's `r`.
        case reading
        /// Made if need be, emptied otherwise. Python's `w`.
        case writing
        /// Each write goes to its end; made if need be. Python's `a`.
        case appending
        /// For reading and writing; it must be there. Python's `r+`.
        case updating
        /// For writing; it must not be there. Python's `x`.
        case creating
    }

    /// From where a position is counted.
    public enum Anchor: Sendable, Hashable {
        /// From the beginning.
        case beginning
        /// From where the next read or write begins.
        case current
        /// From the end.
        case end
    }

    private let core = HubCore.current
    private let file: OpenFile
    private let name: String
    private let turns = CountingSemaphore(1)
    private let isSeekable: Bool
    private let isAppending: Bool
    /// Where the next read or write begins. Kept here, not by the system, so that an abandoned call does not move it.
    private var offset = 0

    /// Opens a file. Parks the calling greenlet.
    ///
    /// - Parameters:
    ///   - path: where it is; a path with a zero byte is an `OSError` with `EINVAL`.
    ///   - mode: what for; reading by default.
    ///   - permissions: of a file that is made, less the process's mask; 0o666 by default.
    @available(*, noasync)
    public convenience init(_ path: String, for mode: Mode = .reading, permissions: UInt32 = 0o666) throws {
        let flags =
            switch mode {
            case .reading: O_RDONLY
            case .writing: O_WRONLY | O_CREAT | O_TRUNC
            case .appending: O_WRONLY | O_CREAT | O_APPEND
            case .updating: O_RDWR
            case .creating: O_WRONLY | O_CREAT | O_EXCL
            }
        guard !path.utf8.contains(0) else { throw OSError("open \(path.debugDescription)", errno: EINVAL) }
        let outcome = try Self.inThread {
            // Made into an object there: it is closed if nobody waits for it any longer.
            let descriptor = open(path, flags | O_CLOEXEC, mode_t(permissions))
            return descriptor >= 0 ? (OpenFile(descriptor), 0) : (nil, errno)
        }
        guard let file = outcome.0 else { throw OSError("open \(path.debugDescription)", errno: outcome.1) }
        try self.init(file, path, flags)
    }

    /// Takes over a descriptor of any kind: what cannot be sought in is read and written in turn. Never parks.
    ///
    /// Where it throws, the descriptor is still the caller's to close. It is made close-on-exec, unless it is standard
    /// input, output or error, which children go on to have.
    ///
    /// - Parameter closesDescriptor: true, the default: it is closed with the file. With false it stays open, for one that
    ///   others use as well. Python's `closefd`.
    public convenience init(descriptor: Int32, closesDescriptor: Bool = true) throws {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags != -1 else { throw OSError("descriptor \(descriptor)", errno: errno) }
        if closesDescriptor, descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        try self.init(OpenFile(descriptor, isOwned: closesDescriptor), "descriptor \(descriptor)", flags)
    }

    private init(_ file: OpenFile, _ name: String, _ flags: Int32) throws {
        self.file = file
        self.name = name
        isAppending = flags & O_APPEND != 0
        let position = lseek(file.descriptor, 0, SEEK_CUR)
        isSeekable = position >= 0
        offset = max(0, position)
    }

    // MARK: Properties

    /// The system's number of it; -1 once it is closed. Still the file's: do not close it.
    public var descriptor: Int32 { file.descriptor }

    /// Whether it was closed.
    public var isClosed: Bool { file.descriptor < 0 }

    /// Where the next read or write begins.
    public var position: Int { offset }

    // MARK: Data

    /// Reads some bytes, `count` at most; none at the end. Parks the calling greenlet.
    @available(*, noasync)
    public func read(upTo count: Int) throws -> [UInt8] {
        require(count >= 0, "cannot read \(count) bytes")
        return try turns.withPermit { try readOnce(count) }
    }

    /// Reads what is left. Parks the calling greenlet.
    ///
    /// - Parameter limit: how many bytes at most; 1 GiB by default. More throws an `OSError` with `EFBIG`.
    @available(*, noasync)
    public func readToEnd(limit: Int = 1 << 30) throws -> [UInt8] {
        try turns.withPermit {
            var bytes: [UInt8] = []
            while case let part = try readOnce(1 << 20), !part.isEmpty {
                guard bytes.count + part.count <= limit else { throw OSError("reading \(name)", errno: EFBIG) }
                if bytes.isEmpty { bytes = part } else { bytes += part }
            }
            return bytes
        }
    }

    private func readOnce(_ count: Int) throws -> [UInt8] {
        guard count > 0 else { return [] }
        let (isSeekable, offset) = (isSeekable, offset)
        let (bytes, error) = try inThread { file in
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
                let outcome = file.perform(awaiting: POLLIN) {
                    isSeekable
                        ? pread($0, buffer.baseAddress, count, offset) : Glibc.read($0, buffer.baseAddress, count)
                }
                // Safe: as many bytes are initialised as the system says it has read.
                read = max(0, outcome.result)
                code = outcome.error
            }
            return (bytes, code)
        }
        guard error == 0 else { throw OSError("reading \(name)", errno: error) }
        self.offset += bytes.count
        return bytes
    }

    /// Writes all of the bytes. Parks the calling greenlet.
    @available(*, noasync)
    public func write(_ bytes: some Sequence<UInt8>) throws {
        let bytes = Array(bytes)
        try turns.withPermit {
            let (isSeekable, offset) = (isSeekable, offset)
            let (written, error) = try inThread { file in
                var written = 0
                while written < bytes.count {
                    let outcome = bytes.withUnsafeBytes { buffer in
                        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                        return file.perform(awaiting: POLLOUT) {
                            isSeekable
                                ? pwrite($0, rest.baseAddress, rest.count, offset + written)
                                : System.writeWithoutSignal($0, rest)
                        }
                    }
                    guard outcome.result > 0 else { return (written, outcome.error) }
                    written += outcome.result
                }
                return (written, 0)
            }
            self.offset = isAppending ? try size() : offset + written
            guard error == 0 else { throw OSError("writing \(name)", errno: error) }
        }
    }

    /// Writes the text as UTF-8. Parks the calling greenlet.
    @available(*, noasync)
    public func write(_ text: String) throws { try write(text.utf8) }

    // MARK: Place and size

    /// Has the next read or write begin elsewhere, `offset` bytes after the anchor. Never parks.
    ///
    /// - Returns: where that is, from the beginning.
    @discardableResult
    public func seek(to offset: Int, from anchor: Anchor = .beginning) throws -> Int {
        guard isSeekable else { throw OSError("seeking in \(name)", errno: ESPIPE) }
        let base =
            switch anchor {
            case .beginning: 0
            case .current: self.offset
            case .end: try size()
            }
        let (place, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, place >= 0 else { throw OSError("seeking in \(name)", errno: EINVAL) }
        self.offset = place
        return place
    }

    /// How many bytes it has. Never parks.
    public func size() throws -> Int {
        var information = stat()
        let outcome = file.perform { Int(fstat($0, &information)) }
        guard outcome.error == 0 else { throw OSError("the size of \(name)", errno: outcome.error) }
        return Int(information.st_size)
    }

    /// Cuts it off, or lengthens it with zeros. Parks the calling greenlet.
    @available(*, noasync)
    public func truncate(to size: Int) throws {
        try call("truncating") { Int(ftruncate($0, off_t(size))) }
    }

    /// Returns once what was written is on the disk: `fsync`. Parks the calling greenlet.
    @available(*, noasync)
    public func synchronize() throws {
        try call("synchronizing") { Int(fsync($0)) }
    }

    /// Closes it, at the latest when a thread that is at it is through. Never parks. Idempotent.
    public func close() {
        core.checkThread()
        if !isClosed { core.cancelWaits(on: descriptor) }
        file.close()
    }

    // MARK: Threads

    private func call(_ verb: String, _ body: @escaping @Sendable (Int32) -> Int) throws {
        let error = try turns.withPermit { try inThread { $0.perform(body).error } }
        guard error == 0 else { throw OSError("\(verb) \(name)", errno: error) }
    }

    private func inThread<Result: Sendable>(_ body: @escaping @Sendable (OpenFile) -> Result) throws -> Result {
        core.checkThread()
        let file = file
        return try Self.inThread { body(file) }
    }

    /// Reports nothing: what fails is the caller's.
    private static func inThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) throws -> Result {
        guard let result = try Hub.current.threadPool.applyQuietly(until: .never, body) else {
            fatalError("a wait without a deadline ended without a result")
        }
        return result
    }
}

@available(*, unavailable) extension File: Sendable {}
