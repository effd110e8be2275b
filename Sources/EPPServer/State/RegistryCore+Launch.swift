import EPP

/// Launch phases, RFC 8334.
extension RegistryCore {
    /// The answer to a check for claims or marks; nil where the check asks for neither.
    func claims(_ command: CheckDomain, _ call: Call) throws -> Reply? {
        guard let question = try call.decode(LaunchCheck.self, .launch), let launch = configuration.launch else {
            return nil
        }
        if let phase = question.phase { try require(phase, is: launch) }
        guard question.kind != .availability else { return nil }
        let entries = command.names.map { name in
            let key = launch.claims[name.lowercased()]
            return LaunchCheckData.Entry(name, exists: key != nil, claimKeys: key.map { [.init($0)] } ?? [])
        }
        var reply = Reply()
        reply.extensions.append(
            LaunchCheckData(phase: question.kind == .claims ? launch.phase : nil, entries: entries))
        return reply
    }

    /// What a create says of the launch, after it was found to be as the phase wants it; nil where it says nothing, which
    /// only an open phase allows, and one of claims for a name without any.
    func launchCreate(of name: String, _ call: Call) throws -> LaunchCreate? {
        guard let launch = configuration.launch else { return nil }
        let wanted = try call.decode(LaunchCreate.self, .launch)
        let hasClaim = launch.claims[name] != nil
        guard let wanted else {
            guard launch.phase.kind == .open || (launch.phase.kind == .claims && !hasClaim) else {
                throw Refusal(.requiredParameterMissing, "launch:phase", "is missing while a phase of the launch is on")
            }
            return nil
        }
        try require(wanted.phase, is: launch)
        if let kind = wanted.kind, (kind == .application) != launch.takesApplications {
            throw Refusal(.parameterPolicyError, "launch:create type", "is not what the phase takes")
        }
        if launch.phase.kind == .sunrise, wanted.marks == nil {
            throw Refusal(.requiredParameterMissing, "launch:codeMark", "is missing in a sunrise")
        }
        if launch.phase.kind == .claims, hasClaim { try check(wanted.notice, call) }
        return wanted
    }

    private func check(_ notice: LaunchNotice?, _ call: Call) throws {
        guard let notice else {
            throw Refusal(.requiredParameterMissing, "launch:notice", "is missing: there is a claim on the name")
        }
        guard let end = notice.notAfter.secondsSince1970, end >= call.now else {
            throw Refusal(.parameterPolicyError, "launch:notAfter", "is over")
        }
        guard let accepted = notice.accepted.secondsSince1970, accepted <= call.now else {
            throw Refusal(.parameterPolicyError, "launch:acceptedDate", "is still to come")
        }
    }

    private func require(_ phase: LaunchPhase, is launch: RegistryLaunch) throws {
        guard phase == launch.phase else {
            throw Refusal(.parameterPolicyError, "launch:phase", "is not the one that is on")
        }
    }

    /// Takes an application for a domain.
    func apply(for domain: RegisteredDomain, _ create: LaunchCreate, _ call: Call) -> Reply {
        let application = RegisteredApplication(
            id: store.nextROID("A"), phase: create.phase, domain: domain, marks: create.marks,
            clientTransactionID: call.message.transactionID, serverTransactionID: call.serverTransactionID)
        store.put(application)
        var reply = Reply(
            .successPending, data: DomainCreation(name: domain.name, created: domain.created, expiry: domain.expiry))
        reply.extensions.append(LaunchCreation(create.phase, applicationID: application.id))
        return reply
    }

    /// The application that an info, an update or a delete is about; nil where it is about a registration.
    func application(_ name: String, _ call: Call) throws -> RegisteredApplication? {
        guard let launch = configuration.launch,
            let wanted = try call.decode(LaunchApplication.self, .launch)
        else { return nil }
        let isInfo = if case .info = wanted.operation { true } else { false }
        guard call.message.command?.verb.hasSameBytes(as: wanted.verb) == true else {
            throw Refusal(.commandSyntaxError, wanted.verb, "does not belong to this command")
        }
        guard let id = wanted.applicationID else { return nil }
        guard let application = store.applications[id], application.id.hasSameBytes(as: id),
            application.domain.name == name.lowercased(), application.phase == wanted.phase
        else { throw Refusal(.objectDoesNotExist, "launch:applicationID", "there is no such application") }
        try require(call.client, sponsors: application.domain.sponsor, "launch:applicationID")
        guard isInfo || application.status == .pendingAllocation else {
            throw Refusal(.statusProhibitsOperation, "launch:applicationID", "is \(application.status.rawValue)")
        }
        if !isInfo { try require(wanted.phase, is: launch) }
        return application
    }

    func info(_ application: RegisteredApplication, _ command: InfoDomain, _ call: Call) throws -> Reply {
        let data = describe(application.domain, hosts: command.hosts, withAuthorization: true)
        var reply = Reply(data: data)
        let wanted = try call.decode(LaunchApplication.self, .launch)
        var info = LaunchInfo(
            application.phase, applicationID: application.id, status: .init(application.status))
        if case .info(includingMarks: true) = wanted?.operation { info.marks = application.marks?.xml ?? [] }
        reply.extensions.append(info)
        return reply
    }

    /// Decides on all applications for a name: one is allocated, or none.
    func decide(_ name: String, allocating winner: String?, at now: Double) {
        for var application in store.applications.values.sorted(by: { $0.id < $1.id })
        where application.domain.name == name && application.status == .pendingAllocation {
            let isDone = application.id == winner
            application.status = isDone ? .allocated : .rejected
            store.put(application)
            if isDone { store.put(application.domain) }
            tell(
                application.domain.sponsor, "The application was \(application.status.rawValue)",
                .pendingAction(
                    PendingAction(
                        object: .domain(name), isDone: isDone, clientTransactionID: application.clientTransactionID,
                        serverTransactionID: application.serverTransactionID,
                        date: Timestamp(secondsSince1970: now))), now)
        }
    }
}

extension LaunchApplication {
    fileprivate var verb: String {
        switch operation {
        case .info: "info"
        case .update: "update"
        case .delete: "delete"
        }
    }
}

extension LaunchMarks {
    /// The marks among them, each as XML.
    fileprivate var xml: [String] {
        switch self {
        case .signed(let marks): marks
        case .codes(let codes): codes.compactMap(\.mark)
        }
    }
}
