internal import Glibc

/// An option of a socket and the type of its value, for `Socket.setOption(_:_:)` and `Socket.option(_:)`.
///
/// Options that are not listed here are made from the system's numbers:
/// `SocketOption<Bool>(level: SOL_SOCKET, name: SO_DONTROUTE)`. A `Bool` and an `Int32` are an `int` to the system, a
/// `Duration` is one of whole units (seconds, unless the option says otherwise), rounded up; any other type must be a
/// plain structure of C's (`linger`, `timeval`) and is handed over as it is.
public struct SocketOption<Value>: Sendable {
    /// The protocol that knows it: `SOL_SOCKET`, `IPPROTO_TCP`…
    public let level: Int32
    /// Its number there.
    public let name: Int32
    /// Of what a `Duration` is counted.
    private let unit: Duration

    /// The option with the system's numbers.
    public init(level: Int32, name: Int32) {
        self.init(level: level, name: name, unit: .seconds(1))
    }

    private init(level: Int32, name: Int32, unit: Duration) {
        self.level = level
        self.name = name
        self.unit = unit
    }
}

extension SocketOption<Bool> {
    /// `SO_KEEPALIVE`: probe a connection on which nothing happens.
    public static var keepAlive: Self { Self(level: SOL_SOCKET, name: SO_KEEPALIVE) }
    /// `TCP_NODELAY`: send small parts at once.
    public static var noDelay: Self { Self(level: Int32(IPPROTO_TCP), name: TCP_NODELAY) }
    /// `TCP_CORK`: send full packets only, until it is unset.
    public static var cork: Self { Self(level: Int32(IPPROTO_TCP), name: TCP_CORK) }
    /// `SO_REUSEADDR`: listen although old connections linger on. `Socket.listen` sets it.
    public static var reuseAddress: Self { Self(level: SOL_SOCKET, name: SO_REUSEADDR) }
    /// `SO_REUSEPORT`: several sockets listen on one port, and the system shares out what comes. To be set before
    /// binding: see `Socket.listen(on:backlog:reusesPort:)`.
    public static var reusePort: Self { Self(level: SOL_SOCKET, name: SO_REUSEPORT) }
    /// `SO_BROADCAST`: a datagram may be sent to a broadcast address.
    public static var broadcast: Self { Self(level: SOL_SOCKET, name: SO_BROADCAST) }
    /// `IPV6_V6ONLY`: an IPv6 socket does not take IPv4 as well.
    public static var ipv6Only: Self { Self(level: Int32(IPPROTO_IPV6), name: IPV6_V6ONLY) }
    /// `IP_MULTICAST_LOOP`: this machine, too, receives what is sent to an IPv4 group.
    public static var multicastLoop: Self { Self(level: Int32(IPPROTO_IP), name: IP_MULTICAST_LOOP) }
    /// `SO_ACCEPTCONN`: whether it listens. To be read only.
    public static var isListening: Self { Self(level: SOL_SOCKET, name: SO_ACCEPTCONN) }
}

extension SocketOption<Int32> {
    /// `SO_RCVBUF`, in bytes; Linux doubles what it is set to.
    public static var receiveBufferSize: Self { Self(level: SOL_SOCKET, name: SO_RCVBUF) }
    /// `SO_SNDBUF`, in bytes; Linux doubles what it is set to.
    public static var sendBufferSize: Self { Self(level: SOL_SOCKET, name: SO_SNDBUF) }
    /// `TCP_KEEPCNT`: how many probes without an answer end a connection.
    public static var keepAliveCount: Self { Self(level: Int32(IPPROTO_TCP), name: TCP_KEEPCNT) }
    /// `IP_TTL`: how many routers an IPv4 packet may pass.
    public static var timeToLive: Self { Self(level: Int32(IPPROTO_IP), name: IP_TTL) }
    /// `IP_MULTICAST_TTL`: the same for packets to a group; 1 at first.
    public static var multicastTimeToLive: Self { Self(level: Int32(IPPROTO_IP), name: IP_MULTICAST_TTL) }
    /// `SO_ERROR`: the number of the error that the system keeps for it, 0 for none. To be read only, which forgets it;
    /// `Socket.takeError()` gives it as an error.
    public static var error: Self { Self(level: SOL_SOCKET, name: SO_ERROR) }
}

extension SocketOption<Duration> {
    /// `TCP_KEEPIDLE`: how long nothing happens before the first probe.
    public static var keepAliveIdle: Self { Self(level: Int32(IPPROTO_TCP), name: TCP_KEEPIDLE) }
    /// `TCP_KEEPINTVL`: how long between two probes.
    public static var keepAliveInterval: Self { Self(level: Int32(IPPROTO_TCP), name: TCP_KEEPINTVL) }
    /// `TCP_USER_TIMEOUT`: how long what was sent may stay unacknowledged before the connection is given up; zero, at
    /// first, leaves that to the system. In milliseconds.
    public static var userTimeout: Self {
        Self(level: Int32(IPPROTO_TCP), name: TCP_USER_TIMEOUT, unit: .milliseconds(1))
    }
}

extension SocketOption<Duration?> {
    /// `SO_LINGER`: how long the system goes on sending what is left after `close()`; nil, at first, as long as it
    /// takes. Zero drops it and resets the connection. The call of `close()` itself does not wait.
    public static var linger: Self { Self(level: SOL_SOCKET, name: SO_LINGER) }
}

extension SocketOption {
    /// -1 and errno where the system refuses.
    func set(_ descriptor: Int32, _ value: Value) -> Int32 {
        if Value.self == Duration?.self {
            let seconds = (value as? Duration).map { Int32(clamping: $0.whole(unit)) }
            return set(descriptor, raw: Glibc.linger(l_onoff: seconds == nil ? 0 : 1, l_linger: seconds ?? 0))
        }
        return switch value {
        case let value as Bool: set(descriptor, raw: Int32(value ? 1 : 0))
        case let value as Duration: set(descriptor, raw: Int32(clamping: value.whole(unit)))
        default: set(descriptor, raw: value)
        }
    }

    /// nil and errno where the system refuses.
    func get(_ descriptor: Int32) -> Value? {
        if Value.self == Bool.self { return get(descriptor, as: Int32.self).map { $0 != 0 } as? Value }
        if Value.self == Duration.self { return get(descriptor, as: Int32.self).map { unit * Int($0) } as? Value }
        if Value.self == Duration?.self {
            return get(descriptor, as: Glibc.linger.self).flatMap { value in
                (value.l_onoff == 0 ? Duration?.none : unit * Int(value.l_linger)) as? Value
            }
        }
        return get(descriptor, as: Value.self)
    }

    private func set<Raw>(_ descriptor: Int32, raw: Raw) -> Int32 {
        require(_isPOD(Raw.self), "a socket option cannot have a value of type \(Raw.self)")
        return withUnsafeBytes(of: raw) {
            setsockopt(descriptor, level, name, $0.baseAddress, socklen_t($0.count))
        }
    }

    private func get<Raw>(_ descriptor: Int32, as type: Raw.Type) -> Raw? {
        require(_isPOD(Raw.self), "a socket option cannot have a value of type \(Raw.self)")
        return withUnsafeTemporaryAllocation(of: Raw.self, capacity: 1) { buffer in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            var length = socklen_t(bytes.count)
            guard getsockopt(descriptor, level, name, bytes.baseAddress, &length) == 0 else { return nil }
            // Safe: a plain type, whose memory is zeroes and then what the system wrote.
            return bytes.load(as: Raw.self)
        }
    }
}

extension Duration {
    /// How many whole units, rounded up.
    fileprivate func whole(_ unit: Duration) -> Int64 { Int64(clamping: Int128((self / unit).rounded(.up))) }
}
