import EPP

/// Who may log in, how often and how much: what all sessions of a client identifier have in common.
struct RegistryAccounts {
    /// When something was done in the last minute.
    private struct Minute {
        private var times: [Double] = []

        /// Whether there is room for one more, which is then counted.
        mutating func take(_ limit: Int, at now: Double) -> Bool {
            times.removeAll { $0 <= now - 60 }
            guard times.count < limit else { return false }
            times.append(now)
            return true
        }
    }

    var passwords: [String: String]
    private(set) var sessions: [String: Int] = [:]
    private var logins: [String: Minute] = [:]
    private var commands: [String: Minute] = [:]

    /// Is it a client's name and its password, byte for byte?
    func admits(_ client: String, _ password: String) -> Bool {
        guard let index = passwords.index(forKey: client), passwords[index].key.hasSameBytes(as: client) else {
            return false
        }
        return passwords[index].value.hasSameBytes(as: password)
    }

    init(_ passwords: [String: String]) {
        self.passwords = passwords
    }

    /// Counts a session.
    ///
    /// - Returns: Whether there is room for it.
    mutating func beginSession(of client: String, limit: Int?) -> Bool {
        let count = sessions[client, default: 0]
        if let limit, count >= limit { return false }
        sessions[client] = count + 1
        return true
    }

    mutating func endSession(of client: String) {
        let count = sessions[client, default: 0]
        sessions[client] = count > 1 ? count - 1 : nil
    }

    /// Counts a login, or an attempt at one.
    ///
    /// - Returns: Whether there may be one more in this minute.
    mutating func takeLogin(_ client: String, limit: Int?, at now: Double) -> Bool {
        // Only known clients have a count: names that somebody makes up take no memory.
        guard let limit, passwords[client] != nil else { return true }
        return logins[client, default: Minute()].take(limit, at: now)
    }

    /// Counts a command.
    ///
    /// - Returns: Whether there may be one more in this minute.
    mutating func takeCommand(_ client: String, limit: Int?, at now: Double) -> Bool {
        guard let limit, passwords[client] != nil else { return true }
        return commands[client, default: Minute()].take(limit, at: now)
    }
}
