internal import CCoroutine
internal import EventLoop
internal import Glibc

extension Socket {
    /// A UDP or Unix datagram socket bound to an address; port 0 takes a free one, see `localAddress`.
    ///
    /// Parks the calling greenlet only if the host is a name, which it then resolves. The file of a Unix socket is the
    /// caller's to remove.
    ///
    /// - Parameter reusesAddress: Sets `SO_REUSEADDR`: several sockets may be bound to one port then, as multicast
    ///   needs; false by default, since on Linux the last one takes what is sent to the others.
    public static func datagram(on address: SocketAddress, reusesAddress: Bool = false) throws -> Socket {
        let core = HubCore.current
        var lastError: (any Error)?
        for raw in try Resolver.resolve(core, address, passive: true) {
            do {
                let socket = try open(raw.family, .datagram, core)
                if reusesAddress { try socket.setOption(.reuseAddress, true) }
                try socket.bind(raw)
                return socket
            } catch {
                lastError = error
            }
        }
        throw lastError ?? AddressError("\(address) has no address")
    }

    /// A UDP or Unix datagram socket that sends to one address, by `send` and `sendAll`, and receives from it alone.
    ///
    /// Parks the calling greenlet only if the host is a name, which it then resolves. That nobody listens there is an
    /// `ECONNREFUSED` of a later operation, if at all.
    ///
    /// - Parameter source: Where to send from; nil, the default, leaves that to the system. A Unix socket without one
    ///   has no address to which an answer could be sent.
    public static func datagram(
        connectedTo address: SocketAddress, from source: SocketAddress? = nil
    ) throws -> Socket {
        let core = HubCore.current
        var lastError: (any Error)?
        for raw in try Resolver.resolve(core, address) {
            do {
                let socket = try open(raw.family, .datagram, core)
                if let source { try socket.bind(source.numeric()) }
                guard raw.withPointer({ Glibc.connect(socket.descriptor, $0, $1) }) == 0 else {
                    throw SocketError("connecting to \(address)", errno: Glibc.errno)
                }
                return socket
            } catch {
                lastError = error
            }
        }
        throw lastError ?? AddressError("\(address) has no address")
    }

    /// A datagram socket without an address: it gets one when it first sends, except a Unix one, which stays without.
    public static func datagram(_ family: SocketFamily) throws -> Socket {
        try open(family.number, .datagram, HubCore.current)
    }

    /// Sends a message to an address and returns how many bytes that were. Parks the calling greenlet while there is no
    /// room for it, and while the host is resolved if it is a name. Python's `sendto`.
    ///
    /// A message is sent as a whole or not at all: one that is too long throws a `SocketError` with `EMSGSIZE`.
    @available(*, noasync) @discardableResult
    public func send(_ bytes: RawSpan, to address: SocketAddress) throws -> Int {
        let deadline = deadline(after: timeout)
        let raw = try ownAddress(address, until: deadline)
        return try bytes.withUnsafeBytes { buffer in
            try performSending(to: raw, until: deadline) { descriptor in
                cg_parking_touch(buffer.baseAddress, buffer.count)
                return raw.withPointer {
                    sendto(descriptor, buffer.baseAddress, buffer.count, Self.sendFlags, $0, $1)
                }
            }
        }
    }

    // Fidelity: gevent tries again without a pause.
    /// `sendto(2)` and the like. A Unix socket counts as writable however full the receiver of a message is: there is
    /// nothing to wait for but time.
    func performSending(to raw: RawAddress, until deadline: Deadline, _ call: (Int32) -> Int) throws -> Int {
        guard raw.family == AF_UNIX, kind != .stream else {
            return try performWriting(.until(deadline), "sending", call)
        }
        var delay = shortestDelay
        while true {
            do {
                return try performWriting(.until(.noWait), "sending", call)
            } catch let error as SocketError where error.errno == EAGAIN && deadline != .noWait {
                guard try waitLonger(&delay, until: deadline) else { throw SocketTimeout("timed out while sending") }
            }
        }
    }

    /// Sends a message to an address. Parks as the form for a span does.
    @available(*, noasync) @discardableResult
    public func send(_ bytes: some Sequence<UInt8>, to address: SocketAddress) throws -> Int {
        try withSpan(of: bytes) { try send($0, to: address) }
    }

    /// Sends a text as UTF-8 to an address. Parks as the form for a span does.
    @available(*, noasync) @discardableResult
    public func send(_ text: String, to address: SocketAddress) throws -> Int {
        try send(text.utf8, to: address)
    }

    /// Receives a message of `count` bytes at most, and its sender. Parks the calling greenlet until there is one.
    /// Python's `recvfrom`.
    ///
    /// What does not fit is lost, as it is the system's way; `Datagram.isTruncated` tells.
    @available(*, noasync)
    public func receiveFrom(upTo count: Int) throws -> Datagram {
        require(count >= 0, "cannot receive \(count) bytes")
        return try withUnsafeTemporaryAllocation(byteCount: max(1, min(count, 1 << 20)), alignment: 1) { buffer in
            try receiveFrom(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count)))
        }
    }

    private func receiveFrom(into buffer: UnsafeMutableRawBufferPointer) throws -> Datagram {
        var raw = RawAddress()
        let fullCount = try performReading(.timeout(timeout), "receiving") { descriptor in
            receiveDatagram(descriptor, buffer, &raw)
        }
        return datagram(buffer, fullCount, raw)
    }

    /// The same without waiting, into room that is used again and again; nil where there is none.
    func receiveFromNoWait(into buffer: UnsafeMutableRawBufferPointer) throws -> Datagram? {
        var raw = RawAddress()
        let descriptor = try usableDescriptor()
        while true {
            let fullCount = receiveDatagram(descriptor, buffer, &raw)
            if fullCount >= 0 { return datagram(buffer, fullCount, raw) }
            switch Glibc.errno {
            case EAGAIN: return nil
            case EINTR: continue
            default: throw SocketError("receiving", errno: Glibc.errno)
            }
        }
    }

    /// The length of the whole message, or -1 and errno.
    private func receiveDatagram(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ raw: inout RawAddress
    ) -> Int {
        // With MSG_TRUNC the system tells a message's own length; of a stream it would throw bytes away.
        let flags = kind == .stream ? Self.receiveFlags : Self.receiveFlags | Int32(MSG_TRUNC)
        return raw.withMutable { recvfrom(descriptor, buffer.baseAddress, buffer.count, flags, $0, &$1) }
    }

    private func datagram(
        _ buffer: UnsafeMutableRawBufferPointer, _ fullCount: Int, _ raw: RawAddress
    ) -> Datagram {
        // Safe: the system has written as many bytes as fit.
        Datagram(bytes: [UInt8](buffer.prefix(fullCount)), address: raw.address, fullCount: fullCount)
    }

    /// The first of an address's meanings that this socket can send to.
    func ownAddress(_ address: SocketAddress, until deadline: Deadline) throws -> RawAddress {
        let candidates = try Resolver.resolve(core, address, until: deadline)
        if candidates.count > 1 {
            let own = try family.number
            if let match = candidates.first(where: { $0.family == own }) { return match }
        }
        // Never empty; what the socket cannot send to is the system's to say.
        guard let first = candidates.first else { throw AddressError("\(address) has no address") }
        return first
    }
}
