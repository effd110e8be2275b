internal import Glibc

extension Socket {
    /// What a new socket's `timeout` is, on the calling thread's hub; nil, the default, for ever. Connections that are
    /// accepted have it too. A negative one stops the program. Python's `setdefaulttimeout`.
    public static var defaultTimeout: Duration? {
        get { Hub.current.socketTimeout }
        set {
            if let newValue { require(newValue >= .zero, "a socket's timeout must not be negative") }
            Hub.current.socketTimeout = newValue
        }
    }

    /// What its addresses look like. Python's `socket.family`.
    public var family: SocketFamily {
        get throws { SocketFamily(try option(SocketOption(level: SOL_SOCKET, name: SO_DOMAIN))) }
    }

    /// The error that the system keeps for it, which is forgotten by asking; nil for none. `SO_ERROR`.
    public func takeError() throws -> SocketError? {
        let code: Int32 = try option(.error)
        return code == 0 ? nil : SocketError(errno: code)
    }

    /// Whether programs that this one starts inherit it; false at first. Python's `get_inheritable`.
    public var isInheritable: Bool {
        get throws {
            let flags = fcntl(try usableDescriptor(), F_GETFD)
            guard flags != -1 else { throw SocketError("descriptor \(descriptor)", errno: Glibc.errno) }
            return flags & FD_CLOEXEC == 0
        }
    }

    /// Lets programs that this one starts inherit it, or not. Python's `set_inheritable`.
    public func setInheritable(_ isInheritable: Bool) throws {
        guard fcntl(try usableDescriptor(), F_SETFD, isInheritable ? 0 : FD_CLOEXEC) != -1 else {
            throw SocketError("descriptor \(descriptor)", errno: Glibc.errno)
        }
    }

    /// Another socket for the same connection, with a descriptor of its own: either may be closed without the other.
    /// Python's `dup`.
    public func duplicate() throws -> Socket {
        let copy = fcntl(try usableDescriptor(), F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SocketError("duplicating descriptor \(descriptor)", errno: Glibc.errno) }
        let socket = Socket(prepared: copy, core, kind)
        socket.timeout = timeout
        return socket
    }

    /// Receives some bytes, `count` at most, and leaves them to be received once more; none at the end of the stream.
    /// Parks the calling greenlet while there is none. Python's `recv` with `MSG_PEEK`.
    @available(*, noasync)
    public func peek(upTo count: Int) throws -> [UInt8] {
        require(count >= 0, "cannot receive \(count) bytes")
        let count = min(count, 1 << 20)
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, seen in
            // Safe: as many bytes are initialised as the system says it has given.
            var span = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
                .mutableBytes
            seen = try peek(into: &span, until: deadline(after: timeout))
        }
    }

    /// Joins a multicast group, whose messages it receives from then on.
    ///
    /// - Parameters:
    ///   - group: A numeric IPv4 or IPv6 address, of the socket's own family.
    ///   - interface: The network interface's name; nil, the default, leaves that to the system.
    public func joinMulticast(_ group: String, interface: String? = nil) throws {
        try setMembership(group, interface, v4: IP_ADD_MEMBERSHIP, v6: IPV6_JOIN_GROUP, "joining")
    }

    /// Leaves a multicast group; the same arguments as when it was joined.
    public func leaveMulticast(_ group: String, interface: String? = nil) throws {
        try setMembership(group, interface, v4: IP_DROP_MEMBERSHIP, v6: IPV6_LEAVE_GROUP, "leaving")
    }

    private func setMembership(_ group: String, _ interface: String?, v4: Int32, v6: Int32, _ verb: String) throws {
        let descriptor = try usableDescriptor()
        var index: UInt32 = 0
        // C would read the part before a NUL.
        guard !group.utf8.contains(0) else { throw AddressError("\(group.debugDescription) is not a numeric address") }
        if let interface {
            index = interface.utf8.contains(0) ? 0 : if_nametoindex(interface)
            guard index != 0 else { throw AddressError("there is no network interface \"\(interface)\"") }
        }
        var request4 = ip_mreqn()
        request4.imr_ifindex = Int32(clamping: index)
        var request6 = ipv6_mreq()
        request6.ipv6mr_interface = index
        let result: Int32
        if inet_pton(AF_INET, group, &request4.imr_multiaddr) == 1 {
            result = SocketOption(level: Int32(IPPROTO_IP), name: v4).set(descriptor, request4)
        } else if inet_pton(AF_INET6, group, &request6.ipv6mr_multiaddr) == 1 {
            result = SocketOption(level: Int32(IPPROTO_IPV6), name: v6).set(descriptor, request6)
        } else {
            throw AddressError("\"\(group)\" is not a numeric address")
        }
        guard result == 0 else { throw SocketError("\(verb) the group \(group)", errno: Glibc.errno) }
    }
}
