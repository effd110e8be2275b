import EPP

/// Hosts. One beneath a domain of the registry belongs to the domain's sponsor and has addresses; one of elsewhere has
/// none.
extension RegistryCore {
    func check(_ command: CheckHost, _ call: Call) throws -> Reply {
        try validate(command, names: command.names.count)
        return Reply(
            data: command.names.map { name in
                let isTaken = store.hosts[name.lowercased()] != nil
                return HostAvailability(name: name, isAvailable: !isTaken, reason: isTaken ? "In use" : nil)
            })
    }

    func info(_ command: InfoHost, _ call: Call) throws -> Reply {
        try validate(command)
        return Reply(data: describe(try host(command.name)))
    }

    func describe(_ host: RegisteredHost) -> HostInfo {
        var data = HostInfo(name: host.name, roid: host.roid, addresses: host.addresses, sponsor: host.sponsor)
        data.statusDetails = statuses(of: host)
        data.creator = host.creator
        data.created = host.created
        data.updater = host.updater
        data.updated = host.updated
        data.transferred = host.transferred
        return data
    }

    func create(_ command: CreateHost, _ call: Call) throws -> Reply {
        try validate(command)
        let name = command.name.lowercased()
        guard store.hosts[name] == nil else { throw Refusal(.objectExists, "host:name", "\(name) exists") }
        var host = RegisteredHost(name, sponsor: call.client, addresses: command.addresses.unique)
        host.roid = store.nextROID("H")
        host.created = call.date
        try place(&host, call)
        store.put(host)
        return Reply(data: HostCreation(name: name, created: call.date))
    }

    func delete(_ command: DeleteHost, _ call: Call) throws -> Reply {
        try validate(command)
        let host = try host(command.name)
        try require(call.client, sponsors: host.sponsor, "host:name")
        try prohibit(
            [.clientDeleteProhibited, .serverDeleteProhibited], in: host.statusDetails, "host:name")
        if let domain = store.domains(delegatedTo: host.name).min() {
            throw Refusal(.associationProhibitsOperation, "host:name", "\(domain) is delegated to it")
        }
        store.remove(host: host.name)
        return Reply()
    }

    func update(_ command: UpdateHost, _ call: Call) throws -> Reply {
        try validate(command)
        var host = try host(command.name)
        try require(call.client, sponsors: host.sponsor, "host:name")
        guard !command.adding.isEmpty || !command.removing.isEmpty || command.newName != nil else {
            throw Refusal(.requiredParameterMissing, "host:update", "changes nothing")
        }
        try prohibit([.serverUpdateProhibited], in: host.statusDetails, "host:name")
        if !command.removing.statuses.contains(where: { $0.value == ObjectStatus.clientUpdateProhibited.value }) {
            try prohibit([.clientUpdateProhibited], in: host.statusDetails, "host:name")
        }
        try changeStatuses(
            &host.statusDetails, adding: command.adding.statuses, removing: command.removing.statuses, "host:status")
        try change(
            &host.addresses, adding: command.adding.addresses, removing: command.removing.addresses, by: { $0 },
            "host:addr")
        host.updater = call.client
        host.updated = call.date
        let oldName = host.name
        if let newName = command.newName?.lowercased(), newName != oldName {
            guard store.hosts[newName] == nil else {
                throw Refusal(.objectExists, "host:chg name", "\(newName) exists")
            }
            try requireOwnLinks(of: host, call)
            host = host.renamed(newName)
        }
        try place(&host, call)
        if host.name != oldName {
            store.remove(host: oldName)
            rename(oldName, to: host.name)
        }
        store.put(host)
        return Reply()
    }

    /// A host of elsewhere that other registrars' domains are delegated to keeps its name: they count on it.
    private func requireOwnLinks(of host: RegisteredHost, _ call: Call) throws {
        guard host.superordinate == nil else { return }
        for name in store.domains(delegatedTo: host.name).sorted() {
            guard store.domains[name]?.sponsor != call.client else { continue }
            throw Refusal(
                .associationProhibitsOperation, "host:name", "\(name) of another registrar is delegated to it")
        }
    }

    private func rename(_ old: String, to new: String) {
        for name in store.domains(delegatedTo: old).sorted() {
            guard var domain = store.domains[name] else { continue }
            domain.delegation = domain.delegation.map { $0 == .object(old) ? .object(new) : $0 }
            store.put(domain)
        }
    }

    /// Finds the domain that a host is beneath, and what follows from it.
    private func place(_ host: inout RegisteredHost, _ call: Call) throws {
        host.superordinate = superordinate(of: host.name)
        guard let name = host.superordinate, let domain = store.domains[name] else {
            guard !isInternal(host.name) else {
                throw Refusal(.objectDoesNotExist, "host:name", "the domain that it is beneath does not exist")
            }
            guard host.addresses.isEmpty else {
                throw Refusal(.parameterPolicyError, "host:addr", "is for hosts beneath a domain of this registry only")
            }
            return
        }
        try require(call.client, sponsors: domain.sponsor, "host:name")
        guard domain.deletion == nil else {
            throw Refusal(.statusProhibitsOperation, "host:name", "\(name) is pendingDelete")
        }
        guard !host.addresses.isEmpty else {
            throw Refusal(.requiredParameterMissing, "host:addr", "a host beneath \(name) has an address")
        }
    }
}

extension Array where Element: Hashable {
    /// Each element once, in order.
    var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
