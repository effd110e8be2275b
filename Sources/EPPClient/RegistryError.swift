public import EPP

/// A command that the registry refused, or that did not reach it.
///
/// epplibwrapper's `RegistryError`: `code` tells the registry's refusal (its result code) from a failed connection
/// (`.transport`, 0) and from what has no code at all; the predicates are its classification.
open class RegistryError: Error, CustomStringConvertible, @unchecked Sendable {
    // Safe: immutable after init, and so must be what a subclass adds.
    /// The registry's result code, `.transport` where the connection failed, nil where neither is known.
    public let code: ResultCode?
    /// What happened, for people.
    public let message: String
    /// What else helps to understand it: the connection's error, the registry's reasons.
    public let note: String
    /// The results that the registry gave, empty where it gave none.
    public let results: [CommandResult]
    /// The registry's whole reply, extensions and flaws included, its data as XML; nil where there was none.
    public let response: CommandResponse<String>?
    /// Whether the command may have been carried out all the same: the connection was cut before the reply came, or what
    /// a repetition met leaves open whose work it is.
    public let isOutcomeUnknown: Bool
    /// What the error was made of, where it was made of another error.
    public let cause: (any Error)?

    /// An error with what is known of it.
    public init(_ message: String, code: ResultCode? = nil, note: String = "", results: [CommandResult] = []) {
        self.message = message
        self.code = code
        self.note = note
        self.results = results
        response = nil
        isOutcomeUnknown = false
        cause = nil
        isFinal = false
    }

    /// - Parameter isFinal: Repeating cannot help, whatever the code says.
    init(
        _ message: String, code: ResultCode?, note: String, results: [CommandResult] = [],
        response: CommandResponse<String>? = nil, cause: (any Error)? = nil, isFinal: Bool = false,
        isOutcomeUnknown: Bool = false
    ) {
        self.message = message
        self.code = code
        self.note = note
        self.results = results
        self.cause = cause
        self.isFinal = isFinal
        self.response = response
        self.isOutcomeUnknown = isOutcomeUnknown
    }

    /// The error of a command of which is not known whether it was carried out.
    func withUnknownOutcome(_ reason: String) -> RegistryError {
        RegistryError(
            message, code: code, note: note.isEmpty ? reason : "\(note); \(reason)", results: results,
            response: response,
            cause: cause, isFinal: isFinal, isOutcomeUnknown: true)
    }

    private let isFinal: Bool

    /// Whether the same command may succeed on another connection or a little later: the connection failed, the
    /// registry failed (2400 to 2502), what happened is unknown, or the session had been logged out (2002).
    ///
    /// Fidelity: epplibwrapper also repeats what cannot get better by it (an exhausted pool, a refused password, a
    /// reply that is no EPP), forty seconds of it at its defaults; here those are final.
    open var shouldRetry: Bool {
        guard !isFinal else { return false }
        return isTransportError || isConnectionError || isServerError || isSessionError || isLoggedOut
    }

    /// Whether the connection failed (code 0).
    public var isTransportError: Bool { code == .transport }

    /// Whether nothing is known but the message (no code).
    public var isConnectionError: Bool { code == nil }

    /// Whether the registry ended the session (2501 and 2502).
    public var isSessionError: Bool { code.map { (2501...2502).contains($0.rawValue) } ?? false }

    /// Whether the registry could not carry out a command that it understood (2400 to 2500).
    public var isServerError: Bool { code.map { (2400...2500).contains($0.rawValue) } ?? false }

    /// Whether the command was wrong, or not allowed (2000 to 2308).
    public var isClientError: Bool { code.map { (2000...2308).contains($0.rawValue) } ?? false }

    /// Whether the registry answered that the session is not logged in (any more).
    var isLoggedOut: Bool { code == .commandUseError && SessionVerdict.saysLoggedOut(message) }

    /// Message, code and note in one line.
    open var description: String {
        var text = message
        if let code, code != .transport { text += " (\(code.rawValue))" }
        if !note.isEmpty { text += ": \(note)" }
        return text
    }
}
