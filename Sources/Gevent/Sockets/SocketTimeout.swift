/// A socket's own timeout (`Socket.timeout`, or a `timeout:` argument) was over. Python's `socket.timeout`.
///
/// It has no error number, and it is no `Timeout`: that one interrupts a greenlet, this one is an ordinary failure of
/// one operation.
public final class SocketTimeout: SocketError, @unchecked Sendable {}
