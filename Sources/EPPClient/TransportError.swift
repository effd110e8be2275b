public import Gevent

/// The connection to a registry could not be made, or is of no more use.
///
/// EPPLib's `TransportError`. It is a `SocketError`, so that a pool of sessions discards on it by default.
public final class TransportError: SocketError, @unchecked Sendable {
    // Safe: immutable after init.
    /// What happened underneath: a `SocketError` (also `TLSError`, `SocketTimeout`, `AddressError`), a `FrameError`, an
    /// `UnexpectedReply`, a `RegistryError` where the registry answered in place of greeting. Nil where the message says
    /// it all.
    public let cause: (any Error)?

    /// An error with the cause's text and errno added to it.
    ///
    /// - Parameters:
    ///   - message: What could not be done, with whom.
    ///   - cause: Why.
    public init(_ message: String, cause: (any Error)? = nil) {
        self.cause = cause
        let reason = Self.reason(cause)
        super.init(reason.isEmpty ? message : "\(message): \(reason)", errno: (cause as? SocketError)?.errno)
    }

    /// The message, which has the cause's reason in it.
    public override var description: String { message }

    /// The cause's text. What a plain socket error was at when the system stopped it is said better by the message.
    private static func reason(_ cause: (any Error)?) -> String {
        guard let cause else { return "" }
        let text = String(describing: cause)
        guard let error = cause as? SocketError, type(of: error) == SocketError.self, error.errno != nil,
            text.hasPrefix("\(error.message): ")
        else { return text }
        return String(text.dropFirst(error.message.count + 2))
    }
}
