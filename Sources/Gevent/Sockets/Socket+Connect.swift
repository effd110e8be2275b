internal import EventLoop
internal import Glibc

extension Socket {
    /// Connects to an address. Parks the calling greenlet until it is connected. Python's `create_connection`.
    ///
    /// Every address that a name resolves to is tried in turn; if none answers, the last one's error is thrown. The
    /// timeout is for each attempt, and for the resolution of a name; it stays the socket's `timeout`, as in Python. An
    /// interruption (a kill, a `Timeout`) closes what was half open. A connection of a socket to itself, as TCP makes it on
    /// a port of this machine where nobody listens, is an `ECONNREFUSED`.
    ///
    /// - Parameters:
    ///   - source: Where to connect from; nil, the default, leaves that to the system. A host must be numeric.
    ///   - timeout: nil, the default, is `Socket.defaultTimeout`.
    ///   - allErrors: Whether to throw a `SocketErrorGroup` with every address's error instead of the last one's.
    @available(*, noasync)
    public static func connect(
        to address: SocketAddress, from source: SocketAddress? = nil, timeout: Duration? = nil, allErrors: Bool = false
    ) throws -> Socket {
        let timeout = timeout ?? defaultTimeout
        if let timeout { require(timeout >= .zero, "a socket's timeout must not be negative") }
        let core = HubCore.current
        let candidates = try Resolver.resolve(core, address, until: Gevent.deadline(core, timeout))
        return try connect(
            toFirstOf: candidates, of: address, from: source?.numeric(), timeout, allErrors: allErrors, core)
    }

    /// Tries the addresses in turn.
    static func connect(
        toFirstOf candidates: [RawAddress], of address: SocketAddress, from source: RawAddress? = nil,
        _ timeout: Duration?, allErrors: Bool = false, _ core: Core
    ) throws -> Socket {
        var errors: [any Error] = []
        for raw in candidates {
            do {
                let socket = try open(raw.family, .stream, core)
                do {
                    if let source { try socket.bind(source) }
                    try socket.connect(raw, address, timeout)
                    if socket.isConnectedToItself(raw) {
                        throw SocketError("connecting to \(address): only itself is there", errno: ECONNREFUSED)
                    }
                    socket.timeout = timeout
                    return socket
                } catch {
                    socket.close()
                    throw error
                }
            } catch {
                try rethrowInterruption(error)
                errors.append(error)
            }
        }
        guard let last = errors.last else { throw AddressError("\(address) has no address") }
        throw allErrors ? SocketErrorGroup("connecting to \(address)", errors) : last
    }

    /// Connects to a port of a host. Parks the calling greenlet until it is connected. See
    /// `connect(to:from:timeout:allErrors:)`.
    @available(*, noasync)
    public static func connect(
        host: String, port: Int, from source: SocketAddress? = nil, timeout: Duration? = nil, allErrors: Bool = false
    ) throws -> Socket {
        try connect(to: .host(host, port: port), from: source, timeout: timeout, allErrors: allErrors)
    }

    /// Two sockets that are connected to each other, of streams by default. Python's `socketpair`.
    public static func pair(_ kind: SocketKind = .stream) throws -> (Socket, Socket) {
        let core = HubCore.current
        var descriptors: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, kind.type, 0, &descriptors) == 0 else {
            throw SocketError("making a pair of sockets", errno: Glibc.errno)
        }
        return (Socket(prepared: descriptors[0], core, kind), Socket(prepared: descriptors[1], core, kind))
    }

    static func open(_ family: Int32, _ kind: SocketKind, _ core: Core) throws -> Socket {
        let descriptor = socket(family, kind.type, 0)
        guard descriptor >= 0 else { throw SocketError("making a socket", errno: Glibc.errno) }
        return Socket(prepared: descriptor, core, kind)
    }

    /// Before an operation is tried again that no event announces: 1 ms at first, then twice as long each time, 50 ms at
    /// most. False where the deadline has passed.
    func waitLonger(_ delay: inout Duration, until deadline: Deadline) throws -> Bool {
        let left = deadline.timeLeft(at: core.pointee.loop.takeUnretainedValue().updateNow())
        if let left, left <= .zero { return false }
        try sleep(for: min(delay, left ?? delay))
        delay = min(delay * 2, .milliseconds(50))
        return true
    }

    var shortestDelay: Duration { .milliseconds(1) }

    // Fidelity: Python's is connected.
    /// Whether it has met itself: a port of the range from which connections take theirs, where nobody listens, may be
    /// its own. Then TCP connects the two ends of the one socket.
    private func isConnectedToItself(_ raw: RawAddress) -> Bool {
        var own = RawAddress()
        var peer = RawAddress()
        return raw.family != AF_UNIX
            && own.withMutable({ getsockname(descriptor, $0, &$1) }) == 0 && own.port == raw.port
            && peer.withMutable({ getpeername(descriptor, $0, &$1) }) == 0 && own.address == peer.address
    }

    func bind(_ raw: RawAddress) throws {
        guard raw.withPointer({ Glibc.bind(descriptor, $0, $1) }) == 0 else {
            throw SocketError("binding to \(raw.address)", errno: Glibc.errno)
        }
    }

    func connect(_ raw: RawAddress, _ address: SocketAddress, _ timeout: Duration?) throws {
        // A name is of little help without the address that was tried.
        let target = raw.address == address ? "\(address)" : "\(address) (\(raw.address))"
        let deadline = deadline(after: timeout)
        var delay = shortestDelay
        while true {
            let descriptor = try usableDescriptor()
            if raw.withPointer({ Glibc.connect(descriptor, $0, $1) }) == 0 { return }
            let code = Glibc.errno
            switch code {
            case EISCONN:
                return
            case EINPROGRESS, EALREADY, EINTR:
                do {
                    try waitWritable(until: deadline)
                } catch is SocketTimeout {
                    throw SocketTimeout("timed out while connecting to \(target)")
                }
                let failure: Int32 = try option(.error)
                if failure != 0 { throw SocketError("connecting to \(target)", errno: failure) }
            case EAGAIN where raw.family == AF_UNIX:
                // The listener's backlog is full. There is nothing to wait for but time.
                if deadline == .noWait {
                    throw SocketError(
                        "connecting to \(target) would have to wait, and the timeout is zero", errno: code)
                }
                guard try waitLonger(&delay, until: deadline) else {
                    throw SocketTimeout("timed out while connecting to \(target)")
                }
            default:
                throw SocketError("connecting to \(target)", errno: code)
            }
        }
    }
}

extension SocketAddress {
    /// As the system has it, where that takes no look-up; an `AddressError` for a name.
    func numeric() throws -> RawAddress {
        switch self {
        case .unix(let path):
            return try RawAddress(path: path)
        case .host(let host, let port):
            guard let number = UInt16(exactly: port) else {
                throw AddressError("port \(port) of \"\(host)\" is not within 0...65535")
            }
            guard let raw = RawAddress(numeric: host, port: number) else {
                throw AddressError("\"\(host)\" is not a numeric address")
            }
            return raw
        }
    }
}
