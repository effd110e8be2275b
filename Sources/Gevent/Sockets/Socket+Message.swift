internal import CCoroutine
internal import Glibc

extension Socket {
    /// Sends bytes, and over a Unix socket descriptors with them; returns how many bytes. Parks the calling greenlet
    /// while none can be sent. Python's `sendmsg`, `send_fds`.
    ///
    /// The parts are sent as one. Of a stream it may be less than all, as with `send`; the descriptors have then been
    /// sent, so that the rest goes without them. They are copies: the ones here stay open. A stream carries descriptors
    /// with a byte only: none throws a `SocketError` with `EINVAL`, as more than 253 descriptors do.
    ///
    /// - Parameter address: Where to send a message to; nil, the default, for a connected socket.
    @available(*, noasync) @discardableResult
    public func sendMessage(parts: [[UInt8]], descriptors: [Int32] = [], to address: SocketAddress? = nil) throws
        -> Int
    {
        let bytes = parts.count == 1 ? parts[0] : Array(parts.joined())
        _ = try usableDescriptor()
        if kind == .stream, bytes.isEmpty {
            guard descriptors.isEmpty else {
                throw SocketError("descriptors over a stream need a byte to go with", errno: EINVAL)
            }
            return 0
        }
        guard descriptors.count <= Self.maximumDescriptors else {
            throw SocketError("\(descriptors.count) descriptors in one message", errno: EINVAL)
        }
        let deadline = deadline(after: timeout)
        let raw = try address.map { try ownAddress($0, until: deadline) }
        return try bytes.withUnsafeBytes { bytes in
            try Self.withControlRoom(descriptors.count) { room in
                let controlLength = ControlData.write(descriptors, into: room)
                let send = { (descriptor: Int32) in
                    cg_parking_touch(bytes.baseAddress, bytes.count)
                    return Self.withHeader(bytes.baseAddress, bytes.count, room, controlLength) { header in
                        guard let raw else { return sendmsg(descriptor, &header, Self.sendFlags) }
                        return raw.withPointer { pointer, length in
                            // Safe: sendmsg only reads the address.
                            header.msg_name = UnsafeMutableRawPointer(mutating: pointer)
                            header.msg_namelen = length
                            return sendmsg(descriptor, &header, Self.sendFlags)
                        }
                    }
                }
                guard let raw else { return try performWriting(.until(deadline), "sending", send) }
                return try performSending(to: raw, until: deadline, send)
            }
        }
    }

    /// Sends bytes, and over a Unix socket descriptors with them. See `sendMessage(parts:descriptors:to:)`.
    @available(*, noasync) @discardableResult
    public func sendMessage(_ bytes: [UInt8], descriptors: [Int32] = [], to address: SocketAddress? = nil) throws -> Int
    {
        try sendMessage(parts: [bytes], descriptors: descriptors, to: address)
    }

    /// Receives some bytes or a message, `count` bytes at most, and the descriptors that came with them. Parks the
    /// calling greenlet while there is nothing. Python's `recvmsg`, `recv_fds`.
    ///
    /// - Parameter maximumDescriptors: How many descriptors to take, 253 at most; those beyond are closed. Default none.
    @available(*, noasync)
    public func receiveMessage(upTo count: Int, maximumDescriptors: Int = 0) throws -> SocketMessage {
        require(count >= 0, "cannot receive \(count) bytes")
        return try withUnsafeTemporaryAllocation(byteCount: max(1, min(count, 1 << 20)), alignment: 1) { room in
            let buffer = UnsafeMutableRawBufferPointer(rebasing: room.prefix(count))
            return try receiveMessage(buffer, maximumDescriptors) { [UInt8](buffer.prefix($0)) }
        }
    }

    /// Receives some bytes or a message into arrays, which keep their sizes and are filled in their order. Parks the
    /// calling greenlet while there is nothing. Python's `recvmsg_into`.
    @available(*, noasync)
    public func receiveMessage(into parts: inout [[UInt8]], maximumDescriptors: Int = 0) throws -> SocketMessage {
        let size = parts.reduce(0) { $0 + $1.count }
        return try withUnsafeTemporaryAllocation(byteCount: max(1, size), alignment: 1) { room in
            let buffer = UnsafeMutableRawBufferPointer(rebasing: room.prefix(size))
            var received = 0
            let message = try receiveMessage(buffer, maximumDescriptors) {
                received = $0
                return []
            }
            var rest = buffer.prefix(received)
            for index in parts.indices where !rest.isEmpty {
                let part = rest.prefix(parts[index].count)
                parts[index].replaceSubrange(0..<part.count, with: part)
                rest = rest.dropFirst(part.count)
            }
            return message
        }
    }

    /// The system's own limit.
    private static let maximumDescriptors = 253

    private func receiveMessage(
        _ buffer: UnsafeMutableRawBufferPointer, _ maximum: Int, bytes: (Int) -> [UInt8]
    ) throws -> SocketMessage {
        require(
            (0...Self.maximumDescriptors).contains(maximum), "a message carries no \(maximum) descriptors")
        return try Self.withControlRoom(maximum) { room in
            var raw = RawAddress()
            var controlLength = 0
            var flags: Int32 = 0
            // Nothing parks between the call that succeeds and the end of this function: no descriptor is lost.
            let count = try performReading(.timeout(timeout), "receiving") { descriptor in
                Self.withHeader(buffer.baseAddress, buffer.count, room, room.count) { header in
                    raw.withMutable { pointer, length in
                        header.msg_name = UnsafeMutableRawPointer(pointer)
                        header.msg_namelen = length
                        let count = recvmsg(descriptor, &header, Self.receiveFlags | Int32(MSG_CMSG_CLOEXEC))
                        length = header.msg_namelen
                        controlLength = Int(header.msg_controllen)
                        flags = header.msg_flags
                        return count
                    }
                }
            }
            var descriptors = ControlData.descriptors(
                in: UnsafeRawBufferPointer(rebasing: room.prefix(controlLength)))
            let surplus = descriptors.dropFirst(maximum)
            for descriptor in surplus { Glibc.close(descriptor) }
            let isTruncated = !surplus.isEmpty || flags & Int32(MSG_CTRUNC) != 0
            descriptors = Array(descriptors.prefix(maximum))
            return SocketMessage(
                bytes: bytes(count), count: count, descriptors: descriptors,
                address: raw.length == 0 ? nil : raw.address, isTruncated: flags & Int32(MSG_TRUNC) != 0,
                areDescriptorsTruncated: isTruncated)
        }
    }

    private static func withControlRoom<Result>(
        _ descriptors: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withUnsafeTemporaryAllocation(
            byteCount: ControlData.room(for: descriptors), alignment: MemoryLayout<Int>.alignment
        ) { room in
            room.initializeMemory(as: UInt8.self, repeating: 0)
            return try body(room)
        }
    }

    /// One buffer and the control data, in the system's form, for the length of the call.
    private static func withHeader(
        _ base: UnsafeRawPointer?, _ count: Int, _ control: UnsafeMutableRawBufferPointer, _ controlLength: Int,
        _ body: (inout msghdr) -> Int
    ) -> Int {
        // Safe: sendmsg reads the buffer only; recvmsg is given one that was mutable to begin with.
        var part = iovec(iov_base: UnsafeMutableRawPointer(mutating: base), iov_len: count)
        return withUnsafeMutablePointer(to: &part) { part in
            var header = msghdr()
            header.msg_iov = part
            header.msg_iovlen = 1
            header.msg_control = controlLength == 0 ? nil : control.baseAddress
            header.msg_controllen = controlLength
            return body(&header)
        }
    }
}
