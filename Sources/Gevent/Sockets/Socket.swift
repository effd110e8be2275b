internal import CCoroutine
internal import EventLoop
internal import Glibc

/// A TCP, UDP or Unix socket: waiting for it parks the calling greenlet and lets others run. gevent's `socket`.
///
/// ```swift
/// let socket = try Socket.connect(host: "example.org", port: 80, timeout: .seconds(10))
/// try socket.sendAll("HEAD / HTTP/1.0\r\n\r\n")
/// while let line = try socket.receiveLine() { print(line) }
/// ```
///
/// One greenlet may read and one may write at a time; a second one gets a `ConcurrentObjectUseError`. A socket belongs
/// to the hub of the thread that made it. It is closed when the last reference to it goes, but `close()` says when.
///
/// A call that succeeds at once does not park, but gives way when the hub's time slice is used up, before it does
/// anything, so that no data is lost if the greenlet is killed there.
public final class Socket: DeadlineStream {
    /// Whether it carries a stream of bytes or messages. Python's `socket.type`.
    public let kind: SocketKind

    let core: Core
    private var openDescriptor: Int32
    private let reading: SocketDirection
    private let writing: SocketDirection
    /// What it was opened with, for error messages after `close()`.
    private let originalDescriptor: Int32
    private let thread = pthread_self()

    /// Takes over the descriptor of a socket; makes it non-blocking and close-on-exec. Python's `socket(fileno=)`; for
    /// `fromfd`, which duplicates, see `duplicate()`.
    ///
    /// Where it throws, the descriptor is still the caller's to close.
    public init(descriptor: Int32) throws {
        var type: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 else {
            throw SocketError("descriptor \(descriptor)", errno: Glibc.errno)
        }
        let flags = fcntl(descriptor, F_GETFL)
        guard fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != -1, fcntl(descriptor, F_SETFD, FD_CLOEXEC) != -1 else {
            throw SocketError("descriptor \(descriptor)", errno: Glibc.errno)
        }
        core = HubCore.current
        kind = SocketKind(type)
        openDescriptor = descriptor
        originalDescriptor = descriptor
        reading = SocketDirection(core, descriptor, isWriting: false)
        writing = SocketDirection(core, descriptor, isWriting: true)
        timeout = core.pointee.hub._withUnsafeGuaranteedRef { $0.socketTimeout }
    }

    /// Takes over one that is non-blocking and close-on-exec already.
    init(prepared descriptor: Int32, _ core: Core, _ kind: SocketKind = .stream) {
        self.core = core
        self.kind = kind
        openDescriptor = descriptor
        originalDescriptor = descriptor
        reading = SocketDirection(core, descriptor, isWriting: false)
        writing = SocketDirection(core, descriptor, isWriting: true)
        timeout = core.pointee.hub._withUnsafeGuaranteedRef { $0.socketTimeout }
    }

    deinit {
        guard openDescriptor >= 0 else { return }
        require(
            pthread_equal(thread, pthread_self()) != 0 || core.isGone,
            "the last reference to the socket with descriptor \(openDescriptor) was released on another thread than "
                + "its hub's: close it on its own thread, or hand it over with Hub.Handle.post or HubBound")
        close()
    }

    // MARK: Properties

    /// The system's number of it; -1 once it is closed. Still the socket's: do not close it.
    public var descriptor: Int32 { openDescriptor }

    /// Whether it was closed on this side.
    public var isClosed: Bool { openDescriptor < 0 }

    /// How long one operation may wait: nil for ever; zero never waits and throws a `SocketError` with `EAGAIN` where
    /// it would have to. A negative one stops the program. At first `Socket.defaultTimeout`. Python's `settimeout`.
    public var timeout: Duration? {
        didSet {
            if let timeout { require(timeout >= .zero, "a socket's timeout must not be negative") }
        }
    }

    /// The address of this end.
    public var localAddress: SocketAddress {
        get throws { try address("local address", getsockname) }
    }

    /// The address of the other end.
    public var peerAddress: SocketAddress {
        get throws { try address("peer address", getpeername) }
    }

    private func address(
        _ what: String, _ call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) throws -> SocketAddress {
        let descriptor = try usableDescriptor()
        var raw = RawAddress()
        guard raw.withMutable({ call(descriptor, $0, &$1) }) == 0 else {
            throw SocketError(what, errno: Glibc.errno)
        }
        return raw.address
    }

    /// Sets an option of the system's.
    public func setOption<Value>(_ option: SocketOption<Value>, _ value: Value) throws {
        guard option.set(try usableDescriptor(), value) == 0 else {
            throw SocketError("set option \(option.name) of level \(option.level)", errno: Glibc.errno)
        }
    }

    /// An option of the system's.
    public func option<Value>(_ option: SocketOption<Value>) throws -> Value {
        guard let value = option.get(try usableDescriptor()) else {
            throw SocketError("get option \(option.name) of level \(option.level)", errno: Glibc.errno)
        }
        return value
    }

    // MARK: Data

    /// Sends some of the bytes and returns how many. Parks the calling greenlet while none can be sent, but waits at
    /// most once, so that it may return 0. No bytes: 0, and no system call. Not so with messages: one is sent as a
    /// whole, also an empty one.
    @available(*, noasync) @discardableResult
    public func send(_ bytes: RawSpan) throws -> Int {
        var attempts = 0
        return try perform(writing, .timeout(timeout), "sending") { descriptor in
            attempts += 1
            let count = self.send(descriptor, bytes)
            // Fidelity: gevent's send waits at most once. (A message is sent or not.)
            return count < 0 && attempts == 2 && kind == .stream && Glibc.errno == EAGAIN ? 0 : count
        }
    }

    /// Sends all of the bytes. Parks the calling greenlet as often as it takes; the timeout is for the whole call.
    @available(*, noasync)
    public func sendAll(_ bytes: RawSpan) throws {
        core.checkThread()
        try sendAll(bytes, until: deadline(after: timeout))
    }

    package func sendAll(_ bytes: RawSpan, until deadline: Deadline) throws {
        try checkNobodyWrites()
        var sent = 0
        repeat {
            // Not others' bytes between ours: held while it gives way, too.
            let rest = bytes.extracting(droppingFirst: sent)
            sent += try perform(writing, .until(deadline), "sending", holds: true) { self.send($0, rest) }
        } while sent < bytes.byteCount
    }

    // Non-blocking by themselves: a child that was given the socket has made it blocking.
    static let receiveFlags = Int32(MSG_DONTWAIT)
    static let sendFlags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)

    private func send(_ descriptor: Int32, _ bytes: RawSpan) -> Int {
        bytes.withUnsafeBytes { buffer in
            guard !buffer.isEmpty || kind != .stream else { return 0 }
            cg_parking_touch(buffer.baseAddress, buffer.count)
            let count = Glibc.send(descriptor, buffer.baseAddress, buffer.count, Self.sendFlags)
            if count < buffer.count { writing.isReady = false }
            return count
        }
    }

    /// Receives some bytes, at most as many as the buffer has room for, and returns how many; 0 at the end of the stream
    /// (or for an empty buffer). Parks the calling greenlet while there is none.
    @available(*, noasync)
    public func receive(into buffer: inout MutableRawSpan) throws -> Int {
        try receive(into: &buffer, .timeout(timeout), flags: 0)
    }

    package func receive(into buffer: inout MutableRawSpan, until deadline: Deadline) throws -> Int {
        try receive(into: &buffer, .until(deadline), flags: 0)
    }

    package func peek(into buffer: inout MutableRawSpan, until deadline: Deadline) throws -> Int {
        try receive(into: &buffer, .until(deadline), flags: Int32(MSG_PEEK))
    }

    private func receive(into buffer: inout MutableRawSpan, _ limit: WaitLimit, flags: Int32) throws -> Int {
        guard buffer.byteCount > 0 else {
            _ = try usableDescriptor()
            return 0
        }
        return try buffer.withUnsafeMutableBytes { buffer in
            let count = try perform(reading, limit, "receiving") {
                cg_parking_touch(buffer.baseAddress, buffer.count)
                return recv($0, buffer.baseAddress, buffer.count, flags | Self.receiveFlags)
            }
            // All there was; a peek leaves it there, the end of the stream stays, and behind a message may be another.
            if count > 0, count < buffer.count, flags == 0, kind == .stream, !reading.hasEnd { reading.isReady = false }
            return count
        }
    }

    /// Ends one half of the connection, or both. Never parks.
    ///
    /// Fidelity: as in gevent a greenlet that waits in that direction gets a `SocketError` with `EBADF`, a reading one
    /// too; it does not see the end of the stream.
    public func shutDown(_ direction: ShutdownDirection) throws {
        let descriptor = try usableDescriptor()
        let (how, directions) =
            switch direction {
            case .reading: (SHUT_RD, [reading])
            case .writing: (SHUT_WR, [writing])
            case .both: (SHUT_RDWR, [reading, writing])
            }
        for direction in directions { direction.cancelWait() }
        guard shutdown(descriptor, Int32(how)) == 0 else { throw SocketError("shutting down", errno: Glibc.errno) }
        for direction in directions { direction.isReady = true }
    }

    /// Closes it. Never parks. A greenlet of this hub that waits for it, or for its descriptor, gets a `SocketError` with
    /// `EBADF` when its turn comes. Idempotent.
    public func close() {
        guard openDescriptor >= 0 else { return }
        core.cancelWaits(on: openDescriptor)
        Glibc.close(release())
    }

    /// Gives the descriptor up without closing it; from now on it is the caller's, still non-blocking, and the socket
    /// is as if closed: whoever waits for it gets a `SocketError` with `EBADF`. Never parks.
    public func detach() throws -> Int32 {
        _ = try usableDescriptor()
        return release()
    }

    private func release() -> Int32 {
        reading.close()
        writing.close()
        let descriptor = openDescriptor
        openDescriptor = -1
        return descriptor
    }

    // MARK: The one way to wait

    /// How long an operation may wait.
    enum WaitLimit {
        /// From the first wait on; zero never waits.
        case timeout(Duration?)
        case until(Deadline)
    }

    /// The descriptor, on the right thread; EBADF once it is closed.
    func usableDescriptor() throws -> Int32 {
        core.checkThread()
        guard openDescriptor >= 0 else {
            throw SocketError("the socket (it had descriptor \(originalDescriptor)) is closed", errno: EBADF)
        }
        return openDescriptor
    }

    /// Calls `call` until it gives something else than EAGAIN, and waits before each call that would only give that.
    @inline(__always)
    private func perform(
        _ direction: SocketDirection, _ limit: WaitLimit, _ verb: StaticString, holds: Bool = false,
        _ call: (Int32) -> Int
    ) throws -> Int {
        var descriptor = try usableDescriptor()
        try direction.checkFree()
        if holds { direction.isHeld = true }
        defer { if holds { direction.isHeld = false } }
        try giveWayIfSliceUsed(core)

        var end = Deadline.never
        var isLimited = false
        while true {
            descriptor = try usableDescriptor()
            let neverWaits =
                switch limit {
                case .timeout(let timeout): timeout == .zero
                case .until(let deadline): deadline == .noWait
                }
            if direction.isReady || neverWaits {
                let result = call(descriptor)
                if result >= 0 { return result }
                let code = Glibc.errno
                if code == EINTR { continue }
                guard code == EAGAIN else { throw SocketError("\(verb)", errno: code) }
                direction.isReady = false
            }
            if neverWaits { throw SocketError("\(verb) would have to wait, and the timeout is zero", errno: EAGAIN) }
            if !isLimited {
                isLimited = true
                switch limit {
                case .timeout(let timeout): end = Gevent.deadline(core, timeout)
                case .until(let deadline): end = deadline
                }
            }
            guard try direction.wait(until: end, isDrained: true) else {
                throw SocketTimeout("timed out while \(verb)")
            }
        }
    }

    /// `accept(2)`, `recvmsg(2)` and the like.
    func performReading(_ limit: WaitLimit, _ verb: StaticString, _ call: (Int32) -> Int) throws -> Int {
        try perform(reading, limit, verb, call)
    }

    /// `sendmsg(2)` and the like. With `holds` nobody else may write while it gives way.
    func performWriting(
        _ limit: WaitLimit, _ verb: StaticString, holds: Bool = false, _ call: (Int32) -> Int
    ) throws -> Int {
        try perform(writing, limit, verb, holds: holds, call)
    }

    /// Throws if another greenlet is writing.
    func checkNobodyWrites() throws {
        core.checkThread()
        try writing.checkFree()
    }

    // MARK: For the modules above

    /// The descriptor; -1 once it is closed.
    package var rawDescriptor: Int32 { openDescriptor }

    /// When `timeout` from now is over; zero never waits.
    package func deadline(after timeout: Duration?) -> Deadline {
        timeout == .zero ? .noWait : Gevent.deadline(core, timeout)
    }

    /// Parks the calling greenlet until the socket is readable. Throws `SocketTimeout` when the deadline passes, and a
    /// `SocketError` with `EBADF` if it is closed, also meanwhile.
    package func waitReadable(until deadline: Deadline) throws {
        try wait(reading, until: deadline, "receiving")
    }

    /// A server's wait for peers: `waitReadable` without a deadline, over which virtual time jumps.
    package func waitForPeers() throws {
        _ = try usableDescriptor()
        _ = try reading.wait(isIdle: true)
    }

    /// Parks the calling greenlet until the socket is writable. Throws as `waitReadable` does.
    package func waitWritable(until deadline: Deadline) throws {
        try wait(writing, until: deadline, "sending")
    }

    private func wait(_ direction: SocketDirection, until deadline: Deadline, _ verb: StaticString) throws {
        _ = try usableDescriptor()
        if deadline == .noWait {
            throw SocketError("\(verb) would have to wait, and the timeout is zero", errno: EAGAIN)
        }
        guard try direction.wait(until: deadline) else { throw SocketTimeout("timed out while \(verb)") }
    }

    /// Lets others run if the time slice is used up; for operations that need not wait.
    ///
    /// - Parameter isLong: Whether the operation is one of those that take long by themselves: the clock is looked at
    ///   each time then.
    package func giveWay(isLong: Bool = false) throws {
        if isLong { core.pointee.ease = 0 }
        try giveWayIfSliceUsed(core)
    }

    /// Whether a deadline has passed; one without a wait has not.
    package func isPast(_ deadline: Deadline) -> Bool {
        deadline != .noWait && core.pointee.loop._withUnsafeGuaranteedRef { $0.updateNow() } >= deadline.time
    }

    /// Whether its hub is there and stays.
    package var hasHub: Bool { !core.isGone && !core.pointee.isTearingDown }
}

@available(*, unavailable) extension Socket: Sendable {}
