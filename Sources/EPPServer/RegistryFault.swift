public import EPP

/// A way in which an embedded registry misbehaves on demand.
public enum RegistryFault: Sendable, Hashable {
    /// Takes the connection and closes it at once, before any TLS.
    case refuse
    /// Completes TLS, then closes without a greeting, as Nomulus does over the quota.
    case closeBeforeGreeting
    /// Closes instead of answering.
    case close
    /// Closes in the middle of a document.
    case closeInsideBody
    /// Sends each frame in pieces of so many bytes, each in a TLS record of its own.
    case splitFrames(into: Int)
    /// Announces a frame of a gigabyte.
    case oversizedFrame
    /// Sends what is no frame at all: a line of text.
    case garbageFrame
    /// Sends a frame with something that is no XML.
    case garbageDocument
    /// Sends no answer, and keeps the connection.
    case hang
    /// Answers with another transaction identifier.
    case wrongTransactionID
    /// Refuses the command with this code; one from 2500 on closes the connection.
    case result(ResultCode)
    /// Forgets the login and says so: 2002, "Registrar is not logged in.".
    case notLoggedIn
    /// Answers so much later.
    case delay(Duration)
}

/// Where a fault strikes.
public enum RegistryFaultPoint: Sendable, Hashable {
    /// On the greeting of a new connection.
    case greeting
    /// On the answer to a login.
    case login
    /// On the answer to any other command.
    case command
}
