import EPP

/// Changes of domains, and what may be in them.
extension RegistryCore {
    /// The most name servers, and the most records of a signed zone, that a domain has.
    private static let maximumNameservers = 13
    private static let maximumRecords = 8

    func update(_ command: UpdateDomain, _ call: Call) throws -> Reply {
        try validate(command)
        if let restore = try call.decode(RestoreDomain.self, .gracePeriod) {
            return try self.restore(command, restore, call)
        }
        let zone = try call.decode(SecDNSUpdate.self, .secDNS)
        var application = try application(command.name, call)
        var domain = try application?.domain ?? domain(command.name)
        try require(call.client, sponsors: domain.sponsor, "domain:name")
        guard !command.isBare || zone != nil else {
            throw Refusal(.requiredParameterMissing, "domain:update", "changes nothing")
        }
        try prohibit(
            [.serverUpdateProhibited, .pendingDelete, .pendingTransfer], in: statuses(of: domain), "domain:name")
        if !command.removing.statuses.contains(where: { $0.value == ObjectStatus.clientUpdateProhibited.value }) {
            try prohibit([.clientUpdateProhibited], in: domain.statusDetails, "domain:name")
        }
        try changeStatuses(
            &domain.statusDetails, adding: command.adding.statuses, removing: command.removing.statuses,
            "domain:status")
        try setContacts(&domain, adding: command.adding.contacts, removing: command.removing.contacts)
        switch command.registrant {
        case .set(let id): domain.registrant = id
        case .remove: domain.registrant = nil
        case nil: break
        }
        try requireContacts(of: domain)
        try setNameservers(&domain, adding: command.adding.nameservers, removing: command.removing.nameservers)
        switch command.authorization {
        case .set(let authorization): domain.authorization = authorization
        case .remove: domain.authorization = nil
        case nil: break
        }
        if let zone { try sign(&domain, zone) }
        let bill = try charge(.update, 0, call)
        touch(&domain, call)
        application?.domain = domain
        if let application { store.put(application) } else { store.put(domain) }
        var reply = Reply()
        reply.extensions += bill.extensions
        return reply
    }

    func setContacts(
        _ domain: inout RegisteredDomain, adding: [DomainContact], removing: [DomainContact]
    ) throws {
        try change(&domain.contacts, adding: adding, removing: removing, by: { $0 }, "domain:contact")
    }

    /// Every contact exists, and those that the configuration wants are there.
    func requireContacts(of domain: RegisteredDomain) throws {
        for id in domain.contactIDs.sorted() where store.contacts[id].map({ !$0.id.hasSameBytes(as: id) }) ?? true {
            throw Refusal(.objectDoesNotExist, "domain:contact", "\(id) does not exist")
        }
        guard configuration.requiresContacts else { return }
        guard domain.registrant != nil else {
            throw Refusal(.requiredParameterMissing, "domain:registrant", "is missing")
        }
        for role in [DomainContact.Role.admin, .tech] where !domain.contacts.contains(where: { $0.role == role }) {
            throw Refusal(.requiredParameterMissing, "domain:contact", "there is none for \(role.rawValue)")
        }
    }

    func setNameservers(
        _ domain: inout RegisteredDomain, adding: [Nameserver], removing: [Nameserver]
    ) throws {
        for server in adding {
            switch server {
            case .object(let name):
                guard store.hosts[name.lowercased()] != nil else {
                    throw Refusal(.objectDoesNotExist, "domain:hostObj", "\(name) does not exist")
                }
            case .attribute:
                guard configuration.takesHostAttributes else {
                    throw Refusal(.parameterPolicyError, "domain:hostAttr", "hosts are objects here")
                }
            }
        }
        try change(
            &domain.delegation, adding: adding.map(\.lowercased), removing: removing, by: { $0.name.lowercased() },
            "domain:ns")
        guard Set(domain.delegation.map(\.isObject)).count <= 1 else {
            throw Refusal(.parameterPolicyError, "domain:ns", "has hosts of both kinds")
        }
        guard domain.delegation.count <= Self.maximumNameservers else {
            throw Refusal(.dataPolicyViolation, "domain:ns", "has more than \(Self.maximumNameservers) hosts")
        }
    }

    private func sign(_ domain: inout RegisteredDomain, _ update: SecDNSUpdate) throws {
        guard !update.isUrgent else { throw Refusal(.unimplementedOption, "urgent", "is not done here") }
        var data = domain.signedZone?.data
        switch update.removing {
        case .all: data = nil
        case .data(let removed): data = try Self.combine(data, removed, adds: false)
        case nil: break
        }
        if let added = update.adding { data = try Self.combine(data, added, adds: true) }
        if let data, !data.isEmpty {
            domain.signedZone = SecDNSInfo(
                data, maximumSignatureLife: update.maximumSignatureLife ?? domain.signedZone?.maximumSignatureLife)
        } else {
            domain.signedZone = nil
        }
        try requireFewRecords(of: domain)
    }

    private static func combine(_ data: SecDNSData?, _ change: SecDNSData, adds: Bool) throws -> SecDNSData {
        switch (data, change) {
        case (nil, _) where adds: return change
        case (.signers(let old), .signers(let new)): return .signers(try merge(old, new, adds: adds))
        case (.keys(let old), .keys(let new)): return .keys(try merge(old, new, adds: adds))
        case (nil, _): throw Refusal(.parameterPolicyError, "secDNS:rem", "the domain is not signed")
        default: throw Refusal(.parameterPolicyError, "secDNS:update", "the domain has data of the other kind")
        }
    }

    private static func merge<Record: Hashable>(_ old: [Record], _ new: [Record], adds: Bool) throws -> [Record] {
        if adds { return old + new.filter { !old.contains($0) } }
        guard new.allSatisfy(old.contains) else {
            throw Refusal(.parameterPolicyError, "secDNS:rem", "is not what the domain has")
        }
        return old.filter { !new.contains($0) }
    }

    func requireFewRecords(of domain: RegisteredDomain) throws {
        let count =
            switch domain.signedZone?.data {
            case .signers(let records): records.count
            case .keys(let keys): keys.count
            case nil: 0
            }
        guard count <= Self.maximumRecords else {
            throw Refusal(.dataPolicyViolation, "secDNS:dsData", "there are more than \(Self.maximumRecords)")
        }
    }
}

extension Nameserver {
    var isObject: Bool {
        if case .object = self { true } else { false }
    }

    /// With its name in lower case.
    var lowercased: Nameserver {
        switch self {
        case .object(let name): .object(name.lowercased())
        case .attribute(let name, let addresses): .attribute(name.lowercased(), addresses: addresses)
        }
    }
}
