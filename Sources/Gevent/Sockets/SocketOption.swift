internal import Glibc

/// An option of a socket and the type of its value, for `Socket.setOption(_:_:)` and `Socket.option(_:)`.
///
/// Options that are not listed here are made from the system's numbers:
/// `SocketOption<Bool>(level: SOL_SOCKET, name: SO_BROADCAST)`. A `Bool` and an `Int32` are an `int` to the system, a
/// `Duration` is one of whole seconds, rounded up; any other type must be a plain structure of C's (`linger`,
/// `timeval`) and is handed over as it is.
public struct SocketOption<Value>: Sendable {
    /// The protocol that knows it: `SOL_SOCKET`, `IPPROTO_TCP`…
    public let level: Int32
    /// Its number there.
    public let name: Int32

    /// The option with the system's numbers.
    public init(level: Int32, name: Int32) {
        self.level = level
        self.name = name
    }
}

extension SocketOption<Bool> {
    /// `SO_KEEPALIVE`: probe a connection on which nothing happens.
    public static var keepAlive: Self { Self(level: SOL_SOCKET, name: SO_KEEPALIVE) }
    /// `TCP_NODELAY`: send small parts at once.
    public static var noDelay: Self { Self(level: Int32(IPPROTO_TCP), name: TCP_NODELAY) }
    /// `SO_REUSEADDR`: listen although old connections linger on. `Socket.listen` sets it.
    public static var reuseAddress: Self { Self(level: SOL_SOCKET, name: SO_REUSEADDR) }
}

extension SocketOption<Int32> {
    /// `SO_RCVBUF`, in bytes; Linux doubles what it is set to.
    public static var receiveBufferSize: Self { Self(level: SOL_SOCKET, name: SO_RCVBUF) }
    /// `SO_SNDBUF`, in bytes; Linux doubles what it is set to.
    public static var sendBufferSize: Self { Self(level: SOL_SOCKET, name: SO_SNDBUF) }
}

extension SocketOption<Duration> {
    /// `TCP_KEEPIDLE`: how long nothing happens before the first probe.
    public static var keepAliveIdle: Self { Self(level: Int32(IPPROTO_TCP), name: TCP_KEEPIDLE) }
    /// `TCP_KEEPINTVL`: how long between two probes.
    public static var keepAliveInterval: Self { Self(level: Int32(IPPROTO_TCP), name: TCP_KEEPINTVL) }
}

extension SocketOption {
    /// -1 and errno where the system refuses.
    func set(_ descriptor: Int32, _ value: Value) -> Int32 {
        switch value {
        case let value as Bool: set(descriptor, raw: Int32(value ? 1 : 0))
        case let value as Duration: set(descriptor, raw: Int32(clamping: value.wholeSeconds))
        default: set(descriptor, raw: value)
        }
    }

    /// nil and errno where the system refuses.
    func get(_ descriptor: Int32) -> Value? {
        if Value.self == Bool.self { return get(descriptor, as: Int32.self).map { $0 != 0 } as? Value }
        if Value.self == Duration.self { return get(descriptor, as: Int32.self).map { Duration.seconds($0) } as? Value }
        return get(descriptor, as: Value.self)
    }

    private func set<Raw>(_ descriptor: Int32, raw: Raw) -> Int32 {
        precondition(_isPOD(Raw.self), "a socket option cannot have a value of type \(Raw.self)")
        return withUnsafeBytes(of: raw) {
            setsockopt(descriptor, level, name, $0.baseAddress, socklen_t($0.count))
        }
    }

    private func get<Raw>(_ descriptor: Int32, as type: Raw.Type) -> Raw? {
        precondition(_isPOD(Raw.self), "a socket option cannot have a value of type \(Raw.self)")
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
    /// Rounded up.
    fileprivate var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
