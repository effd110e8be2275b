internal import EventLoop
internal import Glibc

extension ByteStream {
    /// Sends what is in a file and returns how many bytes. Parks the calling greenlet as often as it takes; the timeout
    /// of a `Socket` or `TLSSocket` is for the whole call. Python's `socket.sendfile`.
    ///
    /// On a `Socket` the kernel copies from the file to the socket (`sendfile(2)`) where it can; elsewhere the file is
    /// read in parts. Either way reading from the disk blocks the hub, as long as it takes. The file's own position
    /// neither counts nor changes. What has no position, a pipe, throws a `SocketError` with `ESPIPE`.
    ///
    /// - Parameters:
    ///   - descriptor: A file that is open for reading; it stays the caller's.
    ///   - offset: Where in the file to begin.
    ///   - count: How many bytes; nil, the default, up to the file's end. Fewer are sent where it ends before.
    @available(*, noasync) @discardableResult
    public func sendFile(_ descriptor: Int32, offset: Int = 0, count: Int? = nil) throws -> Int {
        require(offset >= 0 && count ?? 0 >= 0, "a file has no negative offset or count")
        let deadline = (self as? any DeadlineStream).map { $0.deadline(after: $0.timeout) } ?? .never
        var sent = 0
        if let socket = self as? Socket {
            var isThrough = false
            (sent, isThrough) = try socket.sendFileDirectly(descriptor, offset, count, until: deadline)
            if isThrough { return sent }
        }
        // The file in parts, held for each until it is sent.
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { room.deallocate() }
        while case let wanted = min(count.map { $0 - sent } ?? .max, room.count), wanted > 0 {
            let length = pread(descriptor, room.baseAddress, wanted, off_t(offset + sent))
            if length < 0, Glibc.errno == EINTR { continue }
            guard length >= 0 else { throw SocketError("reading descriptor \(descriptor)", errno: Glibc.errno) }
            if length == 0 { break }
            // Safe: as many bytes as pread says it has read, in memory that lives until the function ends.
            let part = UnsafeRawBufferPointer(rebasing: room.prefix(length)).bytes
            if let stream = self as? any DeadlineStream {
                try stream.sendAll(part, until: deadline)
            } else {
                try sendAll(part)
            }
            sent += length
        }
        return sent
    }
}

extension Socket {
    /// By `sendfile(2)`: how many bytes, and whether that is all. Not all where the file or the socket is of a kind
    /// that the system does not do it for.
    fileprivate func sendFileDirectly(
        _ file: Int32, _ offset: Int, _ count: Int?, until deadline: Deadline
    ) throws -> (Int, Bool) {
        try checkNobodyWrites()
        var sent = 0
        while case let wanted = min(count.map { $0 - sent } ?? .max, 0x7fff_f000), wanted > 0 {
            var refusal: Int32 = 0
            let length = try performWriting(.until(deadline), "sending", holds: true) { socket in
                // No flag of sendfile(2) keeps it from waiting: see `sendFlags`.
                guard fcntl(socket, F_GETFL) & O_NONBLOCK != 0 else {
                    refusal = EINVAL
                    return 0
                }
                var position = off_t(offset + sent)
                // No flag of sendfile(2) prevents SIGPIPE.
                let length = System.withoutPipeSignal(wanting: wanted) { sendfile(socket, file, &position, wanted) }
                guard length < 0, Self.refusals.contains(Glibc.errno) else { return length }
                refusal = Glibc.errno
                return 0
            }
            if refusal != 0 { return (sent, false) }
            if length == 0 { break }
            sent += length
        }
        return (sent, true)
    }

    private static let refusals: Set<Int32> = [EINVAL, ENOSYS, EOPNOTSUPP, EOVERFLOW, ESPIPE]
}
