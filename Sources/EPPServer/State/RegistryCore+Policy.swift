import EPP

/// What holds for all kinds of objects.
extension RegistryCore {
    func domain(_ name: String) throws -> RegisteredDomain {
        guard let domain = store.domains[name.lowercased()] else {
            throw Refusal(.objectDoesNotExist, "domain:name", "\(name) is not registered")
        }
        return domain
    }

    func host(_ name: String) throws -> RegisteredHost {
        guard let host = store.hosts[name.lowercased()] else {
            throw Refusal(.objectDoesNotExist, "host:name", "\(name) does not exist")
        }
        return host
    }

    func contact(_ id: String) throws -> RegisteredContact {
        guard let contact = store.contacts[id], contact.id.hasSameBytes(as: id) else {
            throw Refusal(.objectDoesNotExist, "contact:id", "\(id) does not exist")
        }
        return contact
    }

    /// Only the sponsor may change an object.
    func require(_ client: String, sponsors sponsor: String, _ what: String) throws {
        guard client == sponsor else {
            throw Refusal(.authorizationError, what, "is sponsored by another registrar")
        }
    }

    /// None of the statuses may stand in the way.
    func prohibit(_ statuses: [ObjectStatus], in object: [ObjectStatus], _ what: String) throws {
        if let found = object.first(where: { status in statuses.contains { $0.value == status.value } }) {
            throw Refusal(.statusProhibitsOperation, what, "is \(found.value)")
        }
    }

    /// Adds and removes as sets do: what is there already or not there at all is no error, the same on both sides is.
    func change<Element, Key: Hashable>(
        _ list: inout [Element], adding: [Element], removing: [Element], by key: (Element) -> Key, _ field: String
    ) throws {
        let removed = Set(removing.map(key))
        guard removed.isDisjoint(with: adding.map(key)) else {
            throw Refusal(.parameterPolicyError, field, "is to be added and removed")
        }
        list.removeAll { removed.contains(key($0)) }
        var present = Set(list.map(key))
        for element in adding where present.insert(key(element)).inserted { list.append(element) }
    }

    /// Statuses that a client sets.
    func changeStatuses(
        _ list: inout [ObjectStatus], adding: [ObjectStatus], removing: [ObjectStatus], _ field: String
    ) throws {
        for status in adding + removing where !status.value.hasPrefix("client") {
            throw Refusal(.parameterPolicyError, field, "\(status.value) is not for clients to set")
        }
        try change(&list, adding: adding, removing: removing, by: \.value, field)
    }

    /// Is `authorization` that of an object, or by its identifier that of a contact that the object has?
    func proves(
        _ authorization: Authorization, _ own: Authorization?, contacts: Set<String> = []
    ) -> Bool {
        guard let roid = authorization.roid else {
            // What is no password is compared as it stands.
            guard let own else { return false }
            return own.password.map(ExactText.init) == authorization.password.map(ExactText.init)
                && own.xml.map(ExactText.init) == authorization.xml.map(ExactText.init)
        }
        let contact = contacts.lazy.compactMap { self.store.contacts[$0] }.first { roid.hasSameBytes(as: $0.roid) }
        return contact?.authorization?.password?.hasSameBytes(as: authorization.password) ?? false
    }

    func statuses(of domain: RegisteredDomain) -> [ObjectStatus] {
        var statuses = domain.statusDetails
        if domain.delegation.isEmpty { statuses.append(.inactive) }
        if domain.isInTransfer { statuses.append(.pendingTransfer) }
        if domain.deletion != nil { statuses.append(.pendingDelete) }
        return statuses.isEmpty ? [.ok] : statuses
    }

    func statuses(of host: RegisteredHost) -> [ObjectStatus] {
        let isLinked = !store.domains(delegatedTo: host.name).isEmpty
        return (host.statusDetails.isEmpty ? [.ok] : host.statusDetails) + (isLinked ? [.linked] : [])
    }

    func statuses(of contact: RegisteredContact) -> [ObjectStatus] {
        var statuses = contact.statusDetails
        if contact.isInTransfer { statuses.append(.pendingTransfer) }
        if statuses.isEmpty { statuses.append(.ok) }
        if !store.domains(referringTo: contact.id).isEmpty { statuses.append(.linked) }
        return statuses
    }

    /// Why a name cannot be a domain here; nil where it can.
    func objection(to name: String) -> String? {
        let labels = name.split(separator: ".")
        guard labels.count >= 2 else { return "Not a name of two labels" }
        let zones = configuration.zones
        let parent = labels.dropFirst().joined(separator: ".")
        guard zones.isEmpty || zones.contains(parent) else { return "Not in a zone of this registry" }
        if configuration.reservedNames.contains(name) { return "Reserved" }
        return superordinate(of: name) == nil ? nil : "Beneath a registered domain"
    }

    /// The registered domain that a name is beneath.
    func superordinate(of name: String) -> String? {
        var rest = name[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if store.domains[String(rest)] != nil { return String(rest) }
        }
        return nil
    }

    /// Is a name in a zone of this registry, so that a host of that name needs its domain?
    func isInternal(_ name: String) -> Bool {
        configuration.zones.contains { name.hasSuffix(".\($0)") }
    }
}
