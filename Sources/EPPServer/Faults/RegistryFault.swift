public import EPP

/// A way in which an embedded registry misbehaves on demand.
///
/// `delay` and `splitFrames` only change how an answer is sent, so they come on top of any other; of the rest one
/// answer has one.
public enum RegistryFault: Sendable, Hashable {
    /// Takes the connection and closes it at once, before any TLS.
    case refuse
    /// Completes TLS, then closes without a greeting, as Nomulus does over the quota.
    case closeBeforeGreeting
    /// Closes instead of answering. The command was done.
    case close
    /// Closes in the middle of a document. The command was done.
    case closeInsideBody
    /// Sends each frame in pieces of so many bytes, each in a TLS record of its own.
    case splitFrames(into: Int)
    /// Announces a frame of a gigabyte. The command was done.
    case oversizedFrame
    /// Sends what is no frame at all: a line of text. The command was done.
    case garbageFrame
    /// Sends a frame with something that is no XML. The command was done.
    case garbageDocument
    /// Sends no answer, and keeps the connection. The command was done.
    case hang
    /// Answers with another transaction identifier. The command was done.
    case wrongTransactionID
    /// Refuses the command with this code and does not do it; one from 2500 on closes the connection.
    case result(ResultCode)
    /// Forgets the login and says so: 2002, "Registrar is not logged in.". The command is not done.
    case notLoggedIn
    /// Answers so much later.
    case delay(Duration)
    /// Cuts every connection without a word, as a registry that starts again. The command was done.
    case restart

    /// Does it strike a connection before there is anything to answer?
    var isAtStart: Bool { self == .refuse || self == .closeBeforeGreeting }
}
