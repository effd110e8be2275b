/// A failure that the system reports, as in Python, where `socket.error` and `OSError` are one class: what files,
/// descriptors and processes throw.
public typealias OSError = SocketError
