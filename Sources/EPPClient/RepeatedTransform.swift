import EPP

/// A command that changes something, and for which can be told after a lost reply whether it was carried out.
///
/// When in doubt it was not: a refusal that stands is safe, a success that was none is not.
protocol RepeatedTransform: TransactionCommand {
    /// Makes the reply of what a repetition was refused with, where that proves that an attempt before it was carried
    /// out; nil where it does not.
    ///
    /// - Parameters:
    ///   - code: What the repetition was refused with.
    ///   - client: Who sends; nil where that is not known.
    ///   - registry: To ask.
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<ReplyData>?
}

extension RepeatedTransform {
    /// The reply that was lost, as far as it can be known: without the registry's transaction identifier.
    fileprivate func success(_ data: ReplyData?, _ code: ResultCode = .success) -> CommandResponse<ReplyData> {
        CommandResponse(results: [CommandResult(code)], data: data)
    }

    /// What the registry says about the object; nil where it refuses to say.
    fileprivate func ask<C: TransactionCommand>(_ question: C, _ registry: RegistryClient) throws -> C.ReplyData? {
        do {
            return try registry.send(question).data
        } catch let error as RegistryError where error.isClientError {
            return nil
        }
    }
}

/// Whether an object that was there already is the one that an earlier attempt made: sponsored and created by the same
/// client and, where the registry shows it, with the same authorization.
private func isOwn(
    _ client: String?, sponsor: String?, creator: String?, authorization: Authorization?, wanted: Authorization?
) -> Bool {
    guard let client, client.hasSameBytes(as: sponsor), client.hasSameBytes(as: creator ?? client) else { return false }
    guard let authorization, let wanted else { return true }
    return authorization == wanted
}

// MARK: Creates: 2302

extension CreateDomain: RepeatedTransform {
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<DomainCreation>? {
        guard code == .objectExists, let info = try ask(InfoDomain(name), registry), let created = info.created,
            isOwn(
                client, sponsor: info.sponsor, creator: info.creator, authorization: info.authorization,
                wanted: authorization)
        else { return nil }
        return success(DomainCreation(name: info.name, created: created, expiry: info.expiry))
    }
}

extension CreateContact: RepeatedTransform {
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<ContactCreation>? {
        guard code == .objectExists, let info = try ask(InfoContact(id), registry), let created = info.created,
            isOwn(
                client, sponsor: info.sponsor, creator: info.creator, authorization: info.authorization,
                wanted: authorization)
        else { return nil }
        return success(ContactCreation(id: info.id, created: created))
    }
}

extension CreateHost: RepeatedTransform {
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<HostCreation>? {
        guard code == .objectExists, let info = try ask(InfoHost(name), registry), let created = info.created,
            isOwn(client, sponsor: info.sponsor, creator: info.creator, authorization: nil, wanted: nil),
            Set(info.addresses) == Set(addresses)
        else { return nil }
        return success(HostCreation(name: info.name, created: created))
    }
}

// MARK: Deletes and acknowledgements: 2303

extension DeleteDomain: RepeatedTransform {
    /// Where a deletion takes its time the domain is there for a while, and its status prohibits another (2304).
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<Never>? {
        if code == .objectDoesNotExist { return success(nil) }
        guard code == .statusProhibitsOperation, let client, let info = try ask(InfoDomain(name), registry),
            client.hasSameBytes(as: info.sponsor), info.statuses.contains("pendingDelete")
        else { return nil }
        return success(nil, .successPending)
    }
}

extension DeleteContact: RepeatedTransform {
    func settle(_ code: ResultCode, as client: String?, with registry: RegistryClient) -> CommandResponse<Never>? {
        code == .objectDoesNotExist ? success(nil) : nil
    }
}

extension DeleteHost: RepeatedTransform {
    func settle(_ code: ResultCode, as client: String?, with registry: RegistryClient) -> CommandResponse<Never>? {
        code == .objectDoesNotExist ? success(nil) : nil
    }
}

extension AcknowledgeMessage: RepeatedTransform {
    func settle(_ code: ResultCode, as client: String?, with registry: RegistryClient) -> CommandResponse<Never>? {
        code == .objectDoesNotExist ? success(nil) : nil
    }
}

// MARK: Renews: the date

extension RenewDomain: RepeatedTransform {
    /// Registries word it differently that the date is not the current one (2004, 2105, 2306); the date itself tells.
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<DomainRenewal>? {
        guard (2003...2306).contains(code.rawValue), let client, let info = try ask(InfoDomain(name), registry),
            client.hasSameBytes(as: info.sponsor), let expiry = info.expiry, isExtended(to: expiry)
        else { return nil }
        return success(DomainRenewal(name: info.name, expiry: expiry))
    }

    /// Whether the registration ends where this renewal moves it to, give or take what leap days and short months
    /// allow. Without a period in the command: wherever is later.
    private func isExtended(to expiry: Timestamp) -> Bool {
        guard let before = Timestamp(currentExpiry.date ?? "").secondsSince1970,
            let after = Timestamp(expiry.date ?? "").secondsSince1970
        else { return false }
        let days = (after - before) / 86_400
        guard let period else { return days >= 1 }
        let wanted = Double(period.count) * (period.unit == .years ? 365.2425 : 30.436875)
        return abs(days - wanted) <= (period.unit == .years ? 2 : 4)
    }
}

// MARK: Transfers: 2300, 2301

extension TransferDomain: RepeatedTransform {
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<DomainTransfer>? {
        guard let outcome = TransferOutcome(operation, code),
            let transfer = try ask(TransferDomain(.query, name), registry),
            outcome.matches(transfer.status, requester: transfer.requester, actor: transfer.actor, client)
        else { return nil }
        return success(transfer, outcome.code)
    }
}

extension TransferContact: RepeatedTransform {
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<ContactTransfer>? {
        guard let outcome = TransferOutcome(operation, code),
            let transfer = try ask(TransferContact(.query, id), registry),
            outcome.matches(transfer.status, requester: transfer.requester, actor: transfer.actor, client)
        else { return nil }
        return success(transfer, outcome.code)
    }
}

/// How a transfer must stand for an operation that was refused to have been carried out before.
private struct TransferOutcome {
    /// What the lost reply had.
    let code: ResultCode
    private let status: TransferStatus
    private let isByRequester: Bool

    /// nil where the refusal says nothing about that.
    init?(_ operation: TransferOperation, _ refusal: ResultCode) {
        switch (operation, refusal) {
        case (.request, .objectPendingTransfer): (code, status, isByRequester) = (.successPending, .pending, true)
        case (.cancel, .objectNotPendingTransfer): (code, status, isByRequester) = (.success, .clientCancelled, true)
        case (.approve, .objectNotPendingTransfer): (code, status, isByRequester) = (.success, .clientApproved, false)
        case (.reject, .objectNotPendingTransfer): (code, status, isByRequester) = (.success, .clientRejected, false)
        default: return nil
        }
    }

    func matches(_ status: TransferStatus, requester: String, actor: String, _ client: String?) -> Bool {
        status == self.status && client?.hasSameBytes(as: isByRequester ? requester : actor) == true
    }
}

// MARK: Extensions

/// What an extension adds is not compared.
extension ExtendedCommand: RepeatedTransform where Base: RepeatedTransform {
    func settle(
        _ code: ResultCode, as client: String?, with registry: RegistryClient
    ) throws -> CommandResponse<Base.ReplyData>? {
        try base.settle(code, as: client, with: registry)
    }
}
