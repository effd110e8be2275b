import EPP

/// What a reply says about the session that it came on.
enum SessionVerdict {
    /// The session can carry the next command.
    case healthy
    /// The server has forgotten the login (2002): log in again, or discard.
    case loggedOut
    /// The server ends the connection with this reply (1500, 2500 to 2502).
    case ended

    init(_ results: [CommandResult]) {
        self = .healthy
        for result in results {
            if result.code.endsSession {
                self = .ended
                return
            }
            if result.code == .commandUseError, Self.saysLoggedOut(result.message) { self = .loggedOut }
        }
    }

    /// 2002 means many things ("already logged in" is one); the text tells. Nomulus says "Registrar is not logged in.",
    /// other registries word it nearly so.
    static func saysLoggedOut(_ message: String) -> Bool {
        let text = message.lowercased()
        return text.contains("not logged in") || text.contains("not logged on")
    }
}
