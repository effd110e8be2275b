import EPP

/// How long domains are registered: terms, renewals, restores.
extension RegistryCore {
    /// A term in whole years; one where none is said.
    func years(of period: Period?) throws -> Int {
        guard let period else { return 1 }
        let (years, rest) =
            period.unit == .years ? (period.count, 0) : period.count.quotientAndRemainder(dividingBy: 12)
        guard rest == 0 else { throw Refusal(.parameterPolicyError, "domain:period", "is no whole number of years") }
        guard years <= configuration.maximumYears else {
            throw Refusal(
                .parameterRangeError, "domain:period", "is more than \(configuration.maximumYears) years")
        }
        return years
    }

    /// The end of a registration that is extended; no more years ahead than are possible.
    private func extend(_ domain: RegisteredDomain, by years: Int, at now: Timestamp) throws -> Timestamp {
        let expiry = RegistryDate.adding(years: years, to: domain.expiry)
        guard expiry.deadline <= RegistryDate.adding(years: configuration.maximumYears, to: now).deadline else {
            throw Refusal(
                .parameterRangeError, "domain:period",
                "would end on \(expiry), more than \(configuration.maximumYears) years ahead")
        }
        return expiry
    }

    func renew(_ command: RenewDomain, _ call: Call) throws -> Reply {
        try validate(command)
        var domain = try domain(command.name)
        try require(call.client, sponsors: domain.sponsor, "domain:name")
        guard !domain.isInTransfer else {
            throw Refusal(.objectPendingTransfer, "domain:name", "\(domain.name) is to be transferred")
        }
        try prohibit(
            [.clientRenewProhibited, .serverRenewProhibited, .pendingDelete], in: statuses(of: domain), "domain:name")
        guard command.currentExpiry.date == domain.expiry.date else {
            throw Refusal(
                .parameterRangeError, "domain:curExpDate", "the registration ends on \(domain.expiry.date ?? "")")
        }
        if let window = configuration.renewalWindow,
            domain.expiry.deadline - call.now > window / .seconds(1)
        {
            throw Refusal(.notEligibleForRenewal, "domain:name", "cannot be renewed so early")
        }
        let years = try years(of: command.period)
        domain.expiry = try extend(domain, by: years, at: call.date)
        let bill = try charge(.renew, configuration.prices.renew * years, call)
        domain.gracePeriods.append(
            .init(
                kind: "renewPeriod", end: RegistryDate.adding(configuration.periods.renew, to: call.now),
                fee: bill.amount))
        touch(&domain, call)
        store.put(domain)
        var reply = Reply(data: DomainRenewal(name: domain.name, expiry: domain.expiry))
        reply.extensions += bill.extensions
        return reply
    }

    /// The two steps of RFC 3915: a request in the redemption period, then a report.
    func restore(_ command: UpdateDomain, _ restore: RestoreDomain, _ call: Call) throws -> Reply {
        guard command.isBare, call.message.extensions.allSatisfy({ !$0.uri.hasSameBytes(as: XMLNamespace.secDNS.uri) })
        else {
            throw Refusal(.commandSyntaxError, "rgp:restore", "stands in an update that changes nothing else")
        }
        var domain = try domain(command.name)
        try require(call.client, sponsors: domain.sponsor, "domain:name")
        guard var deletion = domain.deletion, deletion.phase != .pendingDelete else {
            throw Refusal(.statusProhibitsOperation, "domain:name", "\(domain.name) cannot be restored")
        }
        var reply = Reply()
        if restore.report == nil {
            guard deletion.phase == .redemption else {
                throw Refusal(.statusProhibitsOperation, "domain:name", "the report is awaited")
            }
            deletion.phase = .pendingRestore
            deletion.end = RegistryDate.adding(configuration.periods.restore, to: call.now)
            domain.deletion = deletion
            reply.extensions += try charge(.update, configuration.prices.restore, call).extensions
            if call.declares(.gracePeriod) {
                reply.extensions.append(GracePeriods([.init("pendingRestore")], answersRestore: true))
            }
        } else {
            guard deletion.phase == .pendingRestore else {
                throw Refusal(.statusProhibitsOperation, "domain:name", "the restore was not asked for")
            }
            domain.deletion = nil
        }
        touch(&domain, call)
        store.put(domain)
        return reply
    }

    /// What a transfer adds: a year, but no more than is possible.
    func expiryAfterTransfer(of domain: RegisteredDomain, years: Int, at now: Timestamp) -> Timestamp {
        (try? extend(domain, by: years, at: now)) ?? domain.expiry
    }
}

extension UpdateDomain {
    /// Does it change nothing by itself?
    var isBare: Bool { adding.isEmpty && removing.isEmpty && registrant == nil && authorization == nil }
}
