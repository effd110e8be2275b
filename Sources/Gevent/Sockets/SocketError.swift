internal import Glibc

/// A failure of a socket: Python's `socket.error`, which is `OSError`.
///
/// An open class, so that a family of errors can be matched by one type: `SocketTimeout`, `AddressError` and, with TLS,
/// `TLSError` are its subclasses, and so may yours be.
open class SocketError: Error, CustomStringConvertible, @unchecked Sendable {
    // Unchecked: immutable here; a subclass answers for its own fields.

    /// What was tried or found, without the system's reason.
    public let message: String

    /// The system's error number, nil where the failure is not the system's.
    public let errno: Int32?

    /// An error with a message and, where the system gave one, its error number.
    public init(_ message: String, errno: Int32? = nil) {
        self.message = message
        self.errno = errno
    }

    /// An error that the system's error number says all about.
    public convenience init(errno: Int32) { self.init("", errno: errno) }

    /// The message and the system's reason: `connect to 127.0.0.1:1: Connection refused (errno 111)`.
    open var description: String {
        guard let errno else { return message }
        let reason = "\(String(cString: strerror(errno))) (errno \(errno))"
        return message.isEmpty ? reason : "\(message): \(reason)"
    }
}

extension SocketError {
    /// gevent's `cancel_wait_ex`: the socket was closed, or shut down, while somebody waited for it.
    static var closedElsewhere: SocketError {
        SocketError("File descriptor was closed in another greenlet", errno: EBADF)
    }
}
