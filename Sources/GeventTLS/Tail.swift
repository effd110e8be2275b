internal import Gevent
internal import Glibc

/// The last encrypted bytes of a connection that its owner has closed while the kernel had no room for them. They were
/// sent as far as the owner knows, so they go out, as what a kernel has taken does.
enum Tail {
    /// How long the peer has to take them.
    private static let limit: Duration = .seconds(60)

    /// Sends bytes in a greenlet of its own, over a descriptor of its own. Before the socket is closed.
    static func send(_ bytes: [UInt8], of socket: Socket) {
        guard !bytes.isEmpty, socket.hasHub else { return }
        let copy = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return }
        guard let tail = try? Socket(descriptor: copy) else {
            Glibc.close(copy)
            return
        }
        tail.timeout = limit
        Greenlet.spawn {
            defer { tail.close() }
            do {
                try tail.sendAll(bytes)
            } catch {
                // Nobody is left to be told: the peer finds the stream truncated.
                try rethrowInterruption(error)
            }
        }
    }
}
