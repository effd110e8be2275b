import EPP

/// A command that changes something, and for which can be told after a lost reply whether it was carried out.
///
/// When in doubt it is not told: a success that was none is not safe, and neither is a refusal where the object is there.
protocol RepeatedTransform: TransactionCommand {
    /// Finds out whether an attempt before the refused one was carried out.
    func settle(_ repetition: Repetition) throws -> Settlement<ReplyData>
}

/// A repetition that the registry refused.
struct Repetition {
    /// What it was refused with.
    let code: ResultCode
    /// Who sends; nil where that is not known.
    let client: String?
    /// When the first attempt was sent, by the registry's clock in seconds since 1970; nil where that is not known.
    let start: Double?
    /// To ask.
    let registry: RegistryClient

    /// What the registry says about the object; nil where it refuses to say.
    func ask<C: TransactionCommand>(_ question: C) throws -> C.ReplyData? {
        do {
            return try registry.send(question).data
        } catch let error as RegistryError where error.isClientError {
            return nil
        }
    }
}

/// What became of a command whose reply was lost.
enum Settlement<Data: ResponseData> {
    /// It was carried out: the reply, as far as it can be known, without the registry's transaction identifier.
    case done(CommandResponse<Data>)
    /// It was not: the refusal stands.
    case refused
    /// It cannot be told.
    case unknown(String)

    static func success(_ data: Data?, _ code: ResultCode = .success) -> Settlement {
        .done(CommandResponse(results: [CommandResult(code)], data: data))
    }

    /// Success, if a condition holds; else the refusal stands.
    static func success(_ data: Data? = nil, if isDone: Bool) -> Settlement {
        isDone ? .success(data) : .refused
    }
}

// MARK: Deletes and acknowledgements: 2303

extension DeleteDomain: RepeatedTransform {
    /// Where a deletion takes its time the domain is there for a while, and its status prohibits another (2304).
    func settle(_ repetition: Repetition) throws -> Settlement<Never> {
        if repetition.code == .objectDoesNotExist { return .success(nil) }
        guard repetition.code == .statusProhibitsOperation, let client = repetition.client,
            let info = try repetition.ask(InfoDomain(name)), client.hasSameBytes(as: info.sponsor),
            info.statuses.contains("pendingDelete")
        else { return .refused }
        return .success(nil, .successPending)
    }
}

extension DeleteContact: RepeatedTransform {
    func settle(_ repetition: Repetition) -> Settlement<Never> { .success(if: repetition.code == .objectDoesNotExist) }
}

extension DeleteHost: RepeatedTransform {
    func settle(_ repetition: Repetition) -> Settlement<Never> { .success(if: repetition.code == .objectDoesNotExist) }
}

extension AcknowledgeMessage: RepeatedTransform {
    func settle(_ repetition: Repetition) -> Settlement<Never> { .success(if: repetition.code == .objectDoesNotExist) }
}

// MARK: Renews: the date

extension RenewDomain: RepeatedTransform {
    /// Registries word it differently that the date is not the current one (2004, 2105, 2306); the date itself tells.
    func settle(_ repetition: Repetition) throws -> Settlement<DomainRenewal> {
        guard (2003...2306).contains(repetition.code.rawValue), let client = repetition.client,
            let info = try repetition.ask(InfoDomain(name)), client.hasSameBytes(as: info.sponsor),
            let expiry = info.expiry, isExtended(to: expiry)
        else { return .refused }
        return .success(DomainRenewal(name: info.name, expiry: expiry))
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
    func settle(_ repetition: Repetition) throws -> Settlement<DomainTransfer> {
        guard let outcome = TransferOutcome(operation, repetition.code),
            let transfer = try repetition.ask(TransferDomain(.query, name)),
            outcome.matches(transfer.status, transfer.requester, transfer.actor, repetition.client)
        else { return .refused }
        return .success(transfer, outcome.code)
    }
}

extension TransferContact: RepeatedTransform {
    func settle(_ repetition: Repetition) throws -> Settlement<ContactTransfer> {
        guard let outcome = TransferOutcome(operation, repetition.code),
            let transfer = try repetition.ask(TransferContact(.query, id)),
            outcome.matches(transfer.status, transfer.requester, transfer.actor, repetition.client)
        else { return .refused }
        return .success(transfer, outcome.code)
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

    func matches(_ status: TransferStatus, _ requester: String, _ actor: String, _ client: String?) -> Bool {
        status == self.status && client?.hasSameBytes(as: isByRequester ? requester : actor) == true
    }
}

// MARK: Extensions

/// What an extension adds is not compared.
extension ExtendedCommand: RepeatedTransform where Base: RepeatedTransform {
    func settle(_ repetition: Repetition) throws -> Settlement<Base.ReplyData> { try base.settle(repetition) }
}
