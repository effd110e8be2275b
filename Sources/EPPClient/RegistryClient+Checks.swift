public import EPP
import Gevent
import GeventConnPool

extension RegistryClient {
    /// Asks whether domains can be registered, however many: with commands of as many names as the profile allows, over
    /// as many sessions at once as the pool has. Parks the calling greenlet.
    ///
    /// - Returns: One entry for each name, in the order of the names.
    /// - Throws: As `send` does, for the first command that failed; the others are given up then.
    @available(*, noasync)
    public func checkDomains(_ names: [String]) throws -> [DomainAvailability] {
        try check(names, { CheckDomain(names: $0) }, name: \.name)
    }

    /// Asks whether hosts can be created, however many; see `checkDomains`. Parks the calling greenlet.
    @available(*, noasync)
    public func checkHosts(_ names: [String]) throws -> [HostAvailability] {
        try check(names, { CheckHost(names: $0) }, name: \.name)
    }

    /// Asks whether contacts can be created, however many; see `checkDomains`. Parks the calling greenlet.
    @available(*, noasync)
    public func checkContacts(_ ids: [String]) throws -> [ContactAvailability] {
        try check(ids, { CheckContact(ids: $0) }, name: \.id)
    }

    private func check<C: TransactionCommand, Entry>(
        _ names: [String], _ command: @escaping ([String]) -> C, name: @escaping (Entry) -> String
    ) throws -> [Entry] where C.ReplyData == [Entry] {
        let size = (settings?.profile ?? RegistryProfile()).namesPerCheck
        let parts = stride(from: 0, to: names.count, by: size).map { Array(names[$0..<min($0 + size, names.count)]) }
        // One that cannot be sent is found before any is.
        for part in parts { try command(part).validate() }
        func answer(_ part: [String]) throws -> [Entry] {
            try Self.sort(try self.send(command(part)).data ?? [], as: part, name: name, command: C.name)
        }
        if parts.count <= 1 { return try parts.first.map(answer) ?? [] }
        var answers = [[Entry]](repeating: [], count: parts.count)
        var next = 0
        let workers = Group()
        // A failure or an interruption of the caller's leaves nobody at work.
        defer { workers.killNoWait() }
        let greenlets = (0..<min(parts.count, max(1, statistics.size))).map { _ in
            workers.spawn {
                while next < parts.count {
                    let part = next
                    next += 1
                    answers[part] = try answer(parts[part])
                }
            }
        }
        try joinAll(greenlets, raisingErrors: true)
        return answers.flatMap(\.self)
    }

    /// The entries in the order of the names: a registry may answer in another.
    private static func sort<Entry>(
        _ entries: [Entry], as names: [String], name: (Entry) -> String, command: String
    ) throws -> [Entry] {
        let places = Dictionary(
            entries.map { (name($0).lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        return try names.map { wanted in
            guard let entry = places[wanted.lowercased()] else {
                throw CommandFailure.unreadable("the registry did not answer for \(wanted)", command: command)
            }
            return entry
        }
    }
}
