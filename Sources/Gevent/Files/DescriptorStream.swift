internal import CCoroutine
internal import EventLoop
internal import Glibc

/// A pipe, a terminal, a character device, a FIFO or another descriptor that can be polled, as a `ByteStream`: waiting for
/// it parks the calling greenlet. gevent's `FileObjectPosix`, `nb_read` and `nb_write`.
///
/// ```swift
/// let input = try DescriptorStream(descriptor: STDIN_FILENO, closesDescriptor: false)
/// while let line = try input.receiveLine() { print(line.count) }
/// ```
///
/// Programs that share the terminal, pipe or socket notice nothing: it is not made non-blocking for them. A device other
/// than a terminal, and a terminal of another user's, is, until the stream is closed or the program exits. Regular files
/// can always be read at once, as far as polling knows, and block all the same: for them there is `File`.
///
/// One greenlet may read and one may write at a time; a second one gets a `ConcurrentObjectUseError`. It belongs to the
/// hub of the thread that made it. `receiveLine` may read ahead; what it read is given to the receives that follow, but
/// not to others that read from the descriptor.
public final class DescriptorStream: DeadlineStream {
    private let core: Core
    /// The caller's number; -1 once it is closed.
    private var openDescriptor: Int32
    private let originalDescriptor: Int32
    private let closesDescriptor: Bool
    /// The number that is read and written: its own where the caller's pipe or terminal was opened once more.
    private let ownDescriptor: Int32
    private let isSocket: Bool
    private let reading: SocketDirection
    private let writing: SocketDirection
    /// Bytes that were looked at and not taken.
    private var ahead: [UInt8] = []
    private let thread = pthread_self()

    /// Takes over a descriptor; makes it close-on-exec, unless it is standard input, output or error.
    ///
    /// Where it throws, the descriptor is still the caller's to close. For a regular file or a directory it does.
    ///
    /// - Parameter closesDescriptor: true, the default: it is closed with the stream. With false it stays open, for one
    ///   that others use as well, such as standard input.
    public convenience init(descriptor: Int32, closesDescriptor: Bool = true) throws {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            throw OSError("descriptor \(descriptor)", errno: Glibc.errno)
        }
        let kind = information.st_mode & S_IFMT
        guard kind != S_IFREG, kind != S_IFDIR else {
            throw OSError("descriptor \(descriptor) is a file and cannot be waited for: use File", errno: EPERM)
        }
        let isSocket = kind == S_IFSOCK
        var own = descriptor
        if !isSocket {
            if let fresh = OpenDescription.reopen(descriptor, isBlocking: false) {
                own = fresh
            } else if !OpenDescription.makeNonBlocking(descriptor) {
                throw OSError("descriptor \(descriptor)", errno: Glibc.errno)
            }
        }
        if closesDescriptor {
            if own != descriptor {
                // In the old one's place: one number is enough.
                dup2(own, descriptor)
                Glibc.close(own)
                own = descriptor
            }
            if descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
        self.init(descriptor, own: own, closesDescriptor: closesDescriptor, isSocket: isSocket)
    }

    /// One end of a pipe that nobody else has.
    convenience init(pipeEnd descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        self.init(descriptor, own: descriptor, closesDescriptor: true, isSocket: false)
    }

    private init(_ descriptor: Int32, own: Int32, closesDescriptor: Bool, isSocket: Bool) {
        core = HubCore.current
        openDescriptor = descriptor
        originalDescriptor = descriptor
        ownDescriptor = own
        self.closesDescriptor = closesDescriptor
        self.isSocket = isSocket
        reading = SocketDirection(core, own, isWriting: false, "stream")
        writing = SocketDirection(core, own, isWriting: true, "stream")
    }

    deinit {
        guard openDescriptor >= 0 else { return }
        require(
            pthread_equal(thread, pthread_self()) != 0 || core.isGone,
            "the last reference to the stream with descriptor \(openDescriptor) was released on another thread than "
                + "its hub's: close it on its own thread, or hand it over with Hub.Handle.post or HubBound")
        close()
    }

    /// The two ends of a pipe.
    public static func pipe() throws -> (reading: DescriptorStream, writing: DescriptorStream) {
        guard let ends = System.pipe() else { throw OSError("pipe", errno: Glibc.errno) }
        return (DescriptorStream(pipeEnd: ends.reading), DescriptorStream(pipeEnd: ends.writing))
    }

    // MARK: Properties

    /// The system's number of it; -1 once it is closed. Still the stream's: do not close it.
    public var descriptor: Int32 { openDescriptor }

    /// Whether it was closed on this side.
    public var isClosed: Bool { openDescriptor < 0 }

    /// How long one operation may wait: nil, the default, for ever; zero never waits and throws an `OSError` with `EAGAIN`
    /// where it would have to. A negative one stops the program.
    public var timeout: Duration? {
        didSet {
            if let timeout { require(timeout >= .zero, "a stream's timeout must not be negative") }
        }
    }

    // MARK: Data

    /// Writes some of the bytes and returns how many. Parks the calling greenlet while none can be written. A pipe that
    /// nobody reads throws an `OSError` with `EPIPE`; no signal is raised. No bytes: 0, and no system call.
    @available(*, noasync) @discardableResult
    public func send(_ bytes: RawSpan) throws -> Int {
        try perform(writing, .timeout(timeout), "writing") { self.write($0, bytes) }
    }

    /// Writes all of the bytes. Parks the calling greenlet as often as it takes; the timeout is for the whole call.
    @available(*, noasync)
    public func sendAll(_ bytes: RawSpan) throws {
        core.checkThread()
        try writing.checkFree()
        let deadline = deadline(after: timeout)
        var sent = 0
        repeat {
            // Not others' bytes between ours: held while it gives way, too.
            let rest = bytes.extracting(droppingFirst: sent)
            sent += try perform(writing, .until(deadline), "writing", holds: true) { self.write($0, rest) }
        } while sent < bytes.byteCount
    }

    private func write(_ descriptor: Int32, _ bytes: RawSpan) -> Int {
        bytes.withUnsafeBytes { buffer in
            guard !buffer.isEmpty else { return 0 }
            cg_parking_touch(buffer.baseAddress, buffer.count)
            guard isSocket else { return System.writeWithoutSignal(descriptor, buffer) }
            return Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }

    /// Reads some bytes, at most as many as the buffer has room for, and returns how many; 0 at the end of the stream (or
    /// for an empty buffer). Parks the calling greenlet while there is none.
    @available(*, noasync)
    public func receive(into buffer: inout MutableRawSpan) throws -> Int {
        try receive(into: &buffer, .timeout(timeout))
    }

    package func receive(into buffer: inout MutableRawSpan, until deadline: Deadline) throws -> Int {
        try receive(into: &buffer, .until(deadline))
    }

    package func peek(into buffer: inout MutableRawSpan, until deadline: Deadline) throws -> Int {
        if ahead.isEmpty {
            let count = buffer.byteCount
            ahead = try [UInt8](unsafeUninitializedCapacity: count) { storage, count in
                // Safe: as many bytes are initialised as were received.
                var span = UnsafeMutableRawBufferPointer(storage).mutableBytes
                count = try receive(into: &span, .until(deadline))
            }
        }
        return copyAhead(&buffer)
    }

    private func receive(into buffer: inout MutableRawSpan, _ limit: Socket.WaitLimit) throws -> Int {
        guard buffer.byteCount > 0 else {
            _ = try usableDescriptor()
            return 0
        }
        if !ahead.isEmpty {
            _ = try usableDescriptor()
            let count = copyAhead(&buffer)
            ahead.removeFirst(count)
            return count
        }
        return try buffer.withUnsafeMutableBytes { buffer in
            try perform(reading, limit, "reading") {
                cg_parking_touch(buffer.baseAddress, buffer.count)
                return isSocket
                    ? recv($0, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                    : read($0, buffer.baseAddress, buffer.count)
            }
        }
    }

    private func copyAhead(_ buffer: inout MutableRawSpan) -> Int {
        let count = min(buffer.byteCount, ahead.count)
        buffer.withUnsafeMutableBytes { $0.copyBytes(from: ahead[..<count]) }
        return count
    }

    /// Closes it. Never parks. A greenlet that waits for it, or for its descriptor, gets an `OSError` with `EBADF` when
    /// its turn comes. Idempotent.
    public func close() {
        guard openDescriptor >= 0 else { return }
        core.cancelWaits(on: openDescriptor)
        reading.close()
        writing.close()
        OpenDescription.restore(ownDescriptor)
        if ownDescriptor != originalDescriptor || closesDescriptor { Glibc.close(ownDescriptor) }
        openDescriptor = -1
    }

    // MARK: Waiting

    package func deadline(after timeout: Duration?) -> Deadline {
        timeout == .zero ? .noWait : Gevent.deadline(core, timeout)
    }

    private func usableDescriptor() throws -> Int32 {
        core.checkThread()
        guard openDescriptor >= 0 else {
            throw OSError("the stream (it had descriptor \(originalDescriptor)) is closed", errno: EBADF)
        }
        return ownDescriptor
    }

    /// Calls `call` until it gives something else than EAGAIN, and waits in between.
    private func perform(
        _ direction: SocketDirection, _ limit: Socket.WaitLimit, _ verb: StaticString, holds: Bool = false,
        _ call: (Int32) -> Int
    ) throws -> Int {
        _ = try usableDescriptor()
        try direction.checkFree()
        if holds { direction.isHeld = true }
        defer { if holds { direction.isHeld = false } }
        try giveWayIfSliceUsed(core)

        var end = Deadline.never
        var hasWaited = false
        while true {
            let result = call(try usableDescriptor())
            if result >= 0 { return result }
            let code = Glibc.errno
            if code == EINTR { continue }
            guard code == EAGAIN else { throw OSError("\(verb)", errno: code) }
            if !hasWaited {
                hasWaited = true
                switch limit {
                case .timeout(let timeout): end = deadline(after: timeout)
                case .until(let deadline): end = deadline
                }
            }
            if end == .noWait {
                throw OSError("\(verb) would have to wait, and the timeout is zero", errno: EAGAIN)
            }
            guard try direction.wait(until: end) else { throw SocketTimeout("timed out while \(verb)") }
        }
    }
}

@available(*, unavailable) extension DescriptorStream: Sendable {}
