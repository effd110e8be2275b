internal import EventLoop
internal import Glibc

extension Socket {
    /// Connects to an address. Parks the calling greenlet until it is connected. Python's `create_connection`.
    ///
    /// Every address that a name resolves to is tried in turn; if none answers, the last one's error is thrown. The
    /// timeout is for each attempt, and for the resolution of a name; it stays the socket's `timeout`, as in Python. An
    /// interruption (a kill, a `Timeout`) closes what was half open.
    @available(*, noasync)
    public static func connect(to address: SocketAddress, timeout: Duration? = nil) throws -> Socket {
        if let timeout { precondition(timeout >= .zero, "a socket's timeout must not be negative") }
        let core = HubCore.current
        let candidates = try Resolver.resolve(core, address, until: Gevent.deadline(core, timeout))
        return try connect(toFirstOf: candidates, of: address, timeout, core)
    }

    /// Tries the addresses in turn.
    static func connect(
        toFirstOf candidates: [RawAddress], of address: SocketAddress, _ timeout: Duration?, _ core: Core
    ) throws -> Socket {
        var lastError: (any Error)?
        for raw in candidates {
            let socket = try open(raw, core)
            do {
                try socket.connect(raw, address, timeout)
                socket.timeout = timeout
                return socket
            } catch {
                socket.close()
                try rethrowInterruption(error)
                lastError = error
            }
        }
        throw lastError ?? AddressError("\(address) has no address")
    }

    /// Connects to a port of a host. Parks the calling greenlet until it is connected. See `connect(to:timeout:)`.
    @available(*, noasync)
    public static func connect(host: String, port: Int, timeout: Duration? = nil) throws -> Socket {
        try connect(to: .host(host, port: port), timeout: timeout)
    }

    /// Two sockets that are connected to each other.
    public static func pair() throws -> (Socket, Socket) {
        let core = HubCore.current
        var descriptors: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, streamType, 0, &descriptors) == 0 else {
            throw SocketError("making a pair of sockets", errno: Glibc.errno)
        }
        return (Socket(prepared: descriptors[0], core), Socket(prepared: descriptors[1], core))
    }

    /// A stream socket that does not block and is closed on exec.
    static let streamType = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    static func open(_ address: RawAddress, _ core: Core) throws -> Socket {
        let descriptor = socket(address.family, streamType, 0)
        guard descriptor >= 0 else { throw SocketError("making a socket", errno: Glibc.errno) }
        return Socket(prepared: descriptor, core)
    }

    private func connect(_ raw: RawAddress, _ address: SocketAddress, _ timeout: Duration?) throws {
        // A name is of little help without the address that was tried.
        let target = raw.address == address ? "\(address)" : "\(address) (\(raw.address))"
        let deadline = deadline(after: timeout)
        var delay = Duration.milliseconds(1)
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
                let failure: Int32 = try option(SocketOption(level: SOL_SOCKET, name: SO_ERROR))
                if failure != 0 { throw SocketError("connecting to \(target)", errno: failure) }
            case EAGAIN where raw.family == AF_UNIX:
                // The listener's backlog is full. There is nothing to wait for but time.
                let now = core.pointee.loop.takeUnretainedValue().updateNow()
                let left = deadline.map { Duration.nanoseconds($0 - now) }
                if let left, left <= .zero { throw SocketTimeout("timed out while connecting to \(target)") }
                try sleep(for: min(delay, left ?? delay))
                delay = min(delay * 2, .milliseconds(50))
            default:
                throw SocketError("connecting to \(target)", errno: code)
            }
        }
    }
}
