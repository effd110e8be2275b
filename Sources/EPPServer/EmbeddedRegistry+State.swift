public import EPP

/// What the registry holds, for tests to look at and to change behind the registrars' backs.
extension EmbeddedRegistry {
    /// Its date and time. It follows the hub's clock, so in virtual time it stands still while nothing waits.
    public var now: Timestamp { Timestamp(secondsSince1970: clock.now) }

    /// All that it holds now, after whatever was due has happened.
    public var snapshot: RegistrySnapshot {
        core.advance(to: clock.now)
        return core.store.snapshot
    }

    /// Puts in a domain, or another in its place, and makes up what it refers to and is not there.
    public func put(_ domain: RegisteredDomain) { core.put(domain, at: clock.now) }

    /// Puts in a host, or another in its place.
    public func put(_ host: RegisteredHost) { core.put(host, at: clock.now) }

    /// Puts in a contact, or another in its place.
    public func put(_ contact: RegisteredContact) { core.put(contact, at: clock.now) }

    /// Puts a message into a registrar's queue.
    public func enqueue(_ message: RegisteredMessage) { core.store.enqueue(message, at: now) }

    /// The applications of a launch for a domain, oldest first.
    public func applications(for name: String) -> [RegisteredApplication] {
        core.store.applications.values.filter { $0.domain.name == name.lowercased() }
            .sorted {
                $0.serverTransactionID.count == $1.serverTransactionID.count
                    ? $0.serverTransactionID < $1.serverTransactionID
                    : $0.serverTransactionID.count < $1.serverTransactionID.count
            }
    }

    /// Decides on the applications for a domain: one is allocated and becomes the registration, the others are rejected,
    /// and each applicant is told by a message.
    ///
    /// - Parameters:
    ///   - name: The domain's name.
    ///   - winner: The identifier of the application that is allocated; nil for none.
    /// - Throws: `RegistryObjectMissing` where there is no such application for the domain.
    public func decideApplications(for name: String, allocating winner: String?) throws {
        let name = name.lowercased()
        if let winner, !applications(for: name).contains(where: { $0.id.hasSameBytes(as: winner) }) {
            throw RegistryObjectMissing(name: winner)
        }
        core.advance(to: clock.now)
        core.decide(name, allocating: winner, at: clock.now)
    }

    /// Changes a domain as the registry's own people do, and tells its sponsor by a message with RFC 8590's extension.
    ///
    ///     try registry.change("example.gov", because: "URS") { $0.statuses.append("serverHold") }
    ///
    /// - Parameters:
    ///   - name: The domain's name.
    ///   - reason: Why; nil to say nothing about it. At most 32 characters.
    ///   - body: Changes it.
    /// - Throws: `RegistryObjectMissing` where there is no such domain, `InvalidValue` for a reason that is too long, and
    ///   what the closure throws; nothing is changed then.
    public func change(
        _ name: String, because reason: String? = nil, _ body: (inout RegisteredDomain) throws -> Void
    ) throws {
        core.advance(to: clock.now)
        guard var domain = core.store.domains[name.lowercased()] else { throw RegistryObjectMissing(name: name) }
        if let reason, !(1...32 ~= reason.unicodeScalars.count) {
            throw InvalidValue(field: "changePoll:reason", reason: "has not 1 to 32 characters")
        }
        try body(&domain)
        domain.updater = core.configuration.operatorID
        domain.updated = now
        core.put(domain, at: clock.now)
        core.announce(
            core.store.domains[domain.name] ?? domain, .update, "The registry changed the domain",
            reason: reason.map { LocalizedText($0) }, at: clock.now)
    }
}
