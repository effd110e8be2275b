import EPP

/// Transfers of domains and contacts in all five operations.
extension RegistryCore {
    func transfer(_ command: TransferDomain, _ call: Call) throws -> Reply {
        try validate(command)
        var domain = try domain(command.name)
        switch command.operation {
        case .query:
            guard let transfer = domain.transfer else {
                throw Refusal(.objectNotPendingTransfer, "domain:name", "there was no transfer")
            }
            try requireInterest(
                of: call.client, [domain.sponsor, transfer.requester, transfer.actor], command.authorization,
                domain.authorization, contacts: domain.contactIDs, "domain:authInfo")
            return Reply(data: transfer)
        case .request:
            return try request(command, &domain, call)
        case .approve, .reject, .cancel:
            let transfer = try pending(domain.transfer, domain.sponsor, command.operation, call, "domain:name")
            _ = try charge(.transfer, 0, call)
            settle(&domain, transfer, Self.outcome(of: command.operation), by: call.client, at: call.now)
            return Reply(data: domain.transfer)
        }
    }

    private func request(_ command: TransferDomain, _ domain: inout RegisteredDomain, _ call: Call) throws -> Reply {
        try requireTransferable(domain.sponsor, isInTransfer: domain.isInTransfer, call, "domain:name")
        try requireProof(
            command.authorization, domain.authorization, contacts: domain.contactIDs, "domain:authInfo")
        try prohibit(
            [.clientTransferProhibited, .serverTransferProhibited, .pendingDelete], in: statuses(of: domain),
            "domain:name")
        if let lock = configuration.transferLock, call.now - domain.created.deadline < lock / .seconds(1) {
            throw Refusal(.notEligibleForTransfer, "domain:name", "is too new")
        }
        let years = try years(of: command.period)
        let bill = try charge(.transfer, configuration.prices.transfer, call)
        let transfer = DomainTransfer(
            name: domain.name, status: .pending, requester: call.client, requested: call.date, actor: domain.sponsor,
            acted: RegistryDate.adding(configuration.periods.transfer, to: call.now),
            expiry: expiryAfterTransfer(of: domain, years: years, at: call.date))
        var reply = Reply()
        if configuration.periods.transfer > .zero {
            domain.transfer = transfer
            store.put(domain)
            tell(domain.sponsor, "Transfer requested", .domainTransfer(transfer), call.now)
            reply = Reply(.successPending)
        } else {
            settle(&domain, transfer, .serverApproved, by: configuration.operatorID, at: call.now)
        }
        reply.data = domain.transfer
        reply.extensions += bill.extensions
        return reply
    }

    /// Ends a pending transfer of a domain, and tells whom it concerns.
    func settle(
        _ domain: inout RegisteredDomain, _ pending: DomainTransfer, _ status: TransferStatus, by actor: String,
        at now: Double
    ) {
        let loser = domain.sponsor
        let date = Timestamp(secondsSince1970: now)
        var transfer = pending
        transfer.status = status
        transfer.actor = actor
        transfer.acted = date
        if status.isApproved {
            domain.sponsor = pending.requester
            domain.transferred = date
            domain.expiry = pending.expiry ?? domain.expiry
            domain.gracePeriods = [
                .init(
                    kind: "transferPeriod", end: RegistryDate.adding(configuration.periods.transferGrace, to: now),
                    fee: configuration.prices.transfer)
            ]
            // The hosts beneath a domain are its sponsor's.
            for name in store.hosts(beneath: domain.name).sorted() {
                guard var host = store.hosts[name] else { continue }
                host.sponsor = pending.requester
                host.transferred = date
                store.put(host)
            }
        } else {
            transfer.expiry = nil
        }
        domain.transfer = transfer
        store.put(domain)
        for client in Self.audience(of: status, loser: loser, requester: pending.requester) {
            tell(client, status.announcement, .domainTransfer(transfer), now)
        }
    }

    func transfer(_ command: TransferContact, _ call: Call) throws -> Reply {
        try validate(command)
        var contact = try contact(command.id)
        switch command.operation {
        case .query:
            guard let transfer = contact.transfer else {
                throw Refusal(.objectNotPendingTransfer, "contact:id", "there was no transfer")
            }
            try requireInterest(
                of: call.client, [contact.sponsor, transfer.requester, transfer.actor], command.authorization,
                contact.authorization, "contact:authInfo")
            return Reply(data: transfer)
        case .request:
            try requireTransferable(contact.sponsor, isInTransfer: contact.isInTransfer, call, "contact:id")
            try requireProof(command.authorization, contact.authorization, "contact:authInfo")
            try prohibit(
                [.clientTransferProhibited, .serverTransferProhibited], in: contact.statusDetails, "contact:id")
            let transfer = ContactTransfer(
                id: contact.id, status: .pending, requester: call.client, requested: call.date,
                actor: contact.sponsor, acted: RegistryDate.adding(configuration.periods.transfer, to: call.now))
            contact.transfer = transfer
            guard configuration.periods.transfer > .zero else {
                settle(&contact, transfer, .serverApproved, by: configuration.operatorID, at: call.now)
                return Reply(data: contact.transfer)
            }
            store.put(contact)
            tell(contact.sponsor, "Transfer requested", .contactTransfer(transfer), call.now)
            return Reply(.successPending, data: transfer)
        case .approve, .reject, .cancel:
            let transfer = try pending(contact.transfer, contact.sponsor, command.operation, call, "contact:id")
            settle(&contact, transfer, Self.outcome(of: command.operation), by: call.client, at: call.now)
            return Reply(data: contact.transfer)
        }
    }

    /// Ends a pending transfer of a contact, and tells whom it concerns.
    func settle(
        _ contact: inout RegisteredContact, _ pending: ContactTransfer, _ status: TransferStatus, by actor: String,
        at now: Double
    ) {
        let loser = contact.sponsor
        var transfer = pending
        transfer.status = status
        transfer.actor = actor
        transfer.acted = Timestamp(secondsSince1970: now)
        if status.isApproved {
            contact.sponsor = pending.requester
            contact.transferred = transfer.acted
        }
        contact.transfer = transfer
        store.put(contact)
        for client in Self.audience(of: status, loser: loser, requester: pending.requester) {
            tell(client, status.announcement, .contactTransfer(transfer), now)
        }
    }

    private func requireTransferable(
        _ sponsor: String, isInTransfer: Bool, _ call: Call, _ what: String
    ) throws {
        guard sponsor != call.client else {
            throw Refusal(.notEligibleForTransfer, what, "is sponsored by this registrar already")
        }
        guard !isInTransfer else { throw Refusal(.objectPendingTransfer, what, "is to be transferred already") }
    }

    /// A request shows what proves it: 2201 without, 2202 with another.
    private func requireProof(
        _ authorization: Authorization?, _ own: Authorization?, contacts: Set<String> = [], _ field: String
    ) throws {
        guard let authorization else { throw Refusal(.authorizationError, field, "is missing") }
        guard proves(authorization, own, contacts: contacts) else {
            throw Refusal(.invalidAuthorization, field, "is not that of the object")
        }
    }

    private func requireInterest(
        of client: String, _ parties: [String], _ authorization: Authorization?, _ own: Authorization?,
        contacts: Set<String> = [], _ field: String
    ) throws {
        guard !parties.contains(client) else { return }
        try requireProof(authorization, own, contacts: contacts, field)
    }

    /// The transfer that is to be ended, by somebody who may.
    private func pending<Transfer: TransferState>(
        _ transfer: Transfer?, _ sponsor: String, _ operation: TransferOperation, _ call: Call, _ what: String
    ) throws -> Transfer {
        guard let transfer, transfer.status == .pending else {
            throw Refusal(.objectNotPendingTransfer, what, "is not to be transferred")
        }
        let party = operation == .cancel ? transfer.requester : sponsor
        guard call.client == party else {
            throw Refusal(.authorizationError, what, "only \(party) may \(operation.rawValue) the transfer")
        }
        return transfer
    }

    private static func outcome(of operation: TransferOperation) -> TransferStatus {
        switch operation {
        case .approve: .clientApproved
        case .reject: .clientRejected
        case .cancel, .query, .request: .clientCancelled
        }
    }

    /// Whoever has not acted.
    private static func audience(of status: TransferStatus, loser: String, requester: String) -> [String] {
        switch status {
        case .clientApproved, .clientRejected: [requester]
        case .clientCancelled: [loser]
        default: [loser, requester]
        }
    }
}

/// What the states of transfers have in common.
private protocol TransferState {
    var status: TransferStatus { get }
    var requester: String { get }
}

extension DomainTransfer: TransferState {}
extension ContactTransfer: TransferState {}

extension TransferStatus {
    fileprivate var isApproved: Bool { self == .clientApproved || self == .serverApproved }

    fileprivate var announcement: String {
        switch self {
        case .clientApproved, .serverApproved: "Transfer approved"
        case .clientRejected: "Transfer rejected"
        default: "Transfer cancelled"
        }
    }
}
