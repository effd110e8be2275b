/// An address that names nothing: a host that cannot be resolved, a port out of range, a path too long for a Unix
/// socket. Python's `socket.gaierror`.
public final class AddressError: SocketError, @unchecked Sendable {}
