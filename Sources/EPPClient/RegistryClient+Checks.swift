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

    /// Asks whether domains can be registered, and what commands cost for them, however many; see `checkDomains`. The
    /// login must have asked for the fee extension, whose namespace is among the settings' `extensionURIs` then; an
    /// earlier draft of it is used where the registry offers no other. Parks the calling greenlet.
    ///
    /// - Parameters:
    ///   - names: The domains.
    ///   - question: The commands, and the currency.
    /// - Returns: One entry for each name, in the order of the names.
    /// - Throws: As `send` does, for the first command that failed; the others are given up then.
    @available(*, noasync)
    public func checkDomains(_ names: [String], prices question: FeeCheck) throws -> [PricedDomain] {
        try check(names, CheckDomain.name) { part in
            var question = question
            question.names = part
            return CheckDomain(names: part).with(question)
        } answers: { reply in
            let prices = try reply.decodeExtension(FeeCheckData.self)
            return (reply.data ?? []).map {
                PricedDomain(availability: $0, prices: prices?.entry(for: $0.name), currency: prices?.currency)
            }
        } name: {
            $0.availability.name
        }
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
        try check(names, C.name, command, answers: { $0.data ?? [] }, name: name)
    }

    private func check<C: TransactionCommand, Entry>(
        _ names: [String], _ commandName: String, _ command: @escaping ([String]) -> C,
        answers entries: @escaping (C.Reply) throws -> [Entry], name: @escaping (Entry) -> String
    ) throws -> [Entry] {
        let size = (settings?.profile ?? RegistryProfile()).namesPerCheck
        let parts = stride(from: 0, to: names.count, by: size).map { Array(names[$0..<min($0 + size, names.count)]) }
        // One that cannot be sent is found before any is.
        let dialect = settings?.profile.dialect ?? .standard
        for part in parts { _ = try command(part).document(dialect: dialect) }
        func answer(_ part: [String]) throws -> [Entry] {
            try Self.sort(try entries(try self.send(command(part))), as: part, name: name, command: commandName)
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

    /// What names are compared by: a registry may answer with small letters, and with A-labels for what it was asked.
    private static func key(_ name: String) -> ExactText {
        ExactText(((try? IDNA.ascii(name)) ?? name).lowercased())
    }

    /// The entries in the order of the names: a registry may answer in another.
    private static func sort<Entry>(
        _ entries: [Entry], as names: [String], name: (Entry) -> String, command: String
    ) throws -> [Entry] {
        let places = Dictionary(
            entries.map { (key(name($0)), $0) }, uniquingKeysWith: { first, _ in first })
        return try names.map { wanted in
            guard let entry = places[key(wanted)] else {
                throw CommandFailure.unreadable("the registry did not answer for \(wanted)", command: command)
            }
            return entry
        }
    }
}
