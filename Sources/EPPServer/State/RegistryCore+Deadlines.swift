import EPP

/// What happens by itself as time passes: transfers that nobody ended, steps of a deletion, registrations that end, grace
/// periods that are over. It happens before the next command, and each thing is dated at its own time.
extension RegistryCore {
    func advance(to now: Double) {
        while store.nextDeadline <= now {
            store.begin()
            for name in due(store.domains.mapValues(RegistryStore.deadline), now) { expire(domain: name, before: now) }
            for id in due(store.contacts.mapValues(RegistryStore.deadline), now) { expire(contact: id, before: now) }
            store.findNextDeadline()
        }
    }

    private func due(_ deadlines: [String: Double], _ now: Double) -> [String] {
        deadlines.filter { $0.value <= now }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    }

    private func expire(contact id: String, before now: Double) {
        guard var contact = store.contacts[id], let transfer = contact.transfer, contact.isInTransfer else { return }
        settle(&contact, transfer, .serverApproved, by: configuration.operatorID, at: min(now, transfer.acted.deadline))
    }

    /// One step: the earliest thing that is due.
    private func expire(domain name: String, before now: Double) {
        guard var domain = store.domains[name] else { return }
        let time = RegistryStore.deadline(of: domain)
        guard time <= now else { return }
        if let transfer = domain.transfer, domain.isInTransfer, transfer.acted.deadline <= time {
            return settle(&domain, transfer, .serverApproved, by: configuration.operatorID, at: time)
        }
        if let index = domain.gracePeriods.firstIndex(where: { $0.end.deadline <= time }) {
            domain.gracePeriods.remove(at: index)
            return store.put(domain)
        }
        if let deletion = domain.deletion { return proceed(with: &domain, deletion, at: time) }
        domain.expiry = RegistryDate.adding(years: 1, to: domain.expiry)
        domain.gracePeriods.append(
            .init(
                kind: "autoRenewPeriod", end: RegistryDate.adding(configuration.periods.autoRenew, to: time), fee: 0))
        domain.updater = configuration.operatorID
        domain.updated = Timestamp(secondsSince1970: time)
        store.put(domain)
        announce(domain, .autoRenew, "The registry extended the registration", at: time)
    }

    private func proceed(with domain: inout RegisteredDomain, _ deletion: RegisteredDomain.Deletion, at time: Double) {
        var next = deletion
        switch deletion.phase {
        case .pendingRestore:
            // No report came: back to where it was, or past it.
            next.phase = .redemption
            next.end = deletion.redemptionEnd.deadline > time ? deletion.redemptionEnd : deletion.end
        case .redemption:
            next.phase = .pendingDelete
            next.end = RegistryDate.adding(configuration.periods.pendingDelete, to: time)
        case .pendingDelete:
            store.remove(domain: domain.name)
            let end = PendingAction(
                object: .domain(domain.name), isDone: true, clientTransactionID: deletion.clientTransactionID,
                serverTransactionID: deletion.serverTransactionID, date: Timestamp(secondsSince1970: time))
            return tell(domain.sponsor, "The domain is deleted", .pendingAction(end), time)
        }
        domain.deletion = next
        store.put(domain)
    }

    /// Tells a domain's sponsor of a change that it did not make.
    func announce(
        _ domain: RegisteredDomain, _ operation: ChangePoll.Operation, _ text: String, reason: LocalizedText? = nil,
        at time: Double
    ) {
        let change = ChangePoll(
            operation, date: Timestamp(secondsSince1970: time), serverTransactionID: nextTransactionID(),
            who: configuration.operatorID, reason: reason)
        let info = describe(domain, hosts: .all, withAuthorization: false)
        tell(domain.sponsor, text, .domain(info), change: change, time)
    }
}
