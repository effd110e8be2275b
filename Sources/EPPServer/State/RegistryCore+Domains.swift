import EPP

/// Check, info, create and delete of domains.
extension RegistryCore {
    func check(_ command: CheckDomain, _ call: Call) throws -> Reply {
        try validate(command, names: command.names.count)
        if let reply = try claims(command, call) { return reply }
        let answers = command.names.map { name in
            let key = name.lowercased()
            let objection = store.domains[key] == nil ? objection(to: key) : "In use"
            return DomainAvailability(name: name, isAvailable: objection == nil, reason: objection)
        }
        var reply = Reply(data: answers)
        if let question = try call.decode(FeeCheck.self, .fee) {
            reply.extensions.append(try prices(question, for: answers))
        }
        return reply
    }

    func info(_ command: InfoDomain, _ call: Call) throws -> Reply {
        try validate(command)
        if let application = try application(command.name, call) { return try info(application, command, call) }
        let domain = try domain(command.name)
        if let authorization = command.authorization,
            !proves(authorization, domain.authorization, contacts: domain.contactIDs)
        {
            throw Refusal(.invalidAuthorization, "domain:authInfo", "is not that of \(domain.name)")
        }
        // The sponsor sees the password, and whoever knows it already.
        let isTrusted = call.client == domain.sponsor || command.authorization != nil
        var reply = Reply(data: describe(domain, hosts: command.hosts, withAuthorization: isTrusted))
        if call.declares(.secDNS), let zone = domain.signedZone { reply.extensions.append(zone) }
        let periods = gracePeriods(of: domain)
        if call.declares(.gracePeriod), !periods.isEmpty { reply.extensions.append(GracePeriods(periods)) }
        return reply
    }

    func describe(_ domain: RegisteredDomain, hosts: InfoDomain.Hosts, withAuthorization: Bool) -> DomainInfo {
        var data = DomainInfo(name: domain.name, roid: domain.roid, sponsor: domain.sponsor)
        data.statusDetails = statuses(of: domain)
        data.registrant = domain.registrant
        data.contacts = domain.contacts
        if hosts == .all || hosts == .delegated { data.delegation = domain.delegation }
        if hosts == .all || hosts == .subordinate { data.hosts = store.hosts(beneath: domain.name).sorted() }
        data.creator = domain.creator
        data.created = domain.created
        data.updater = domain.updater
        data.updated = domain.updated
        data.expiry = domain.expiry
        data.transferred = domain.transferred
        if withAuthorization { data.authorization = domain.authorization }
        return data
    }

    func gracePeriods(of domain: RegisteredDomain) -> [GracePeriods.Status] {
        if let deletion = domain.deletion { return [.init(deletion.phase.rawValue)] }
        return domain.gracePeriods.map { .init($0.kind) }
    }

    func create(_ command: CreateDomain, _ call: Call) throws -> Reply {
        try validate(command)
        let name = command.name.lowercased()
        guard store.domains[name] == nil else { throw Refusal(.objectExists, "domain:name", "\(name) is registered") }
        if let objection = objection(to: name) { throw Refusal(.parameterPolicyError, "domain:name", objection) }
        let launch = try launchCreate(of: name, call)
        let years = try years(of: command.period)
        var domain = RegisteredDomain(
            name, roid: store.nextROID("D"), sponsor: call.client, created: call.date,
            expiry: RegistryDate.adding(years: years, to: call.date))
        domain.authorization = command.authorization
        domain.registrant = command.registrant
        try setContacts(&domain, adding: command.contacts, removing: [])
        try requireContacts(of: domain)
        try setNameservers(&domain, adding: command.nameservers, removing: [])
        if let zone = try call.decode(SecDNSCreate.self, .secDNS) {
            domain.signedZone = SecDNSInfo(zone.data, maximumSignatureLife: zone.maximumSignatureLife)
            try requireFewRecords(of: domain)
        }
        if let launch, configuration.launch?.takesApplications == true { return apply(for: domain, launch, call) }
        let bill = try charge(.create, configuration.prices.create * years, call)
        domain.gracePeriods = [
            .init(
                kind: "addPeriod", end: RegistryDate.adding(configuration.periods.add, to: call.now), fee: bill.amount)
        ]
        store.put(domain)
        var reply = Reply(data: DomainCreation(name: name, created: domain.created, expiry: domain.expiry))
        reply.extensions += bill.extensions
        if let launch { reply.extensions.append(LaunchCreation(launch.phase)) }
        return reply
    }

    func delete(_ command: DeleteDomain, _ call: Call) throws -> Reply {
        try validate(command)
        if let application = try application(command.name, call) {
            store.remove(application: application.id)
            return Reply()
        }
        var domain = try domain(command.name)
        try require(call.client, sponsors: domain.sponsor, "domain:name")
        try prohibit(
            [.clientDeleteProhibited, .serverDeleteProhibited, .pendingDelete, .pendingTransfer],
            in: statuses(of: domain), "domain:name")
        let subordinates = store.hosts(beneath: domain.name)
        guard subordinates.isEmpty else {
            throw Refusal(
                .associationProhibitsOperation, "domain:name",
                "has hosts beneath it: \(subordinates.sorted().joined(separator: ", "))")
        }
        let isNew = domain.gracePeriods.contains { $0.kind == "addPeriod" }
        let bill = try credit(domain.gracePeriods.reduce(0) { $0 + $1.fee }, call)
        guard !isNew, configuration.periods.redemption > .zero else {
            store.remove(domain: domain.name)
            var reply = Reply()
            reply.extensions += bill
            return reply
        }
        let end = RegistryDate.adding(configuration.periods.redemption, to: call.now)
        domain.deletion = .init(
            phase: .redemption, end: end, redemptionEnd: end, deleted: call.date,
            clientTransactionID: call.message.transactionID, serverTransactionID: call.serverTransactionID)
        domain.gracePeriods = []
        touch(&domain, call)
        store.put(domain)
        var reply = Reply(.successPending)
        reply.extensions += bill
        return reply
    }

    func touch(_ domain: inout RegisteredDomain, _ call: Call) {
        domain.updater = call.client
        domain.updated = call.date
    }
}
