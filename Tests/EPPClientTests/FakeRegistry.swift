import EPP
import EPPClient
import Gevent
import GeventConnPool

/// A registry without a network that holds objects and messages, and loses replies on demand: the command is carried
/// out then, and the connection fails.
final class FakeRegistry {
    /// Who sends.
    let client = "registrar"
    var domains: [String: DomainInfo] = [:]
    var hosts: [String: HostInfo] = [:]
    var contacts: [String: ContactInfo] = [:]
    var transfers: [String: DomainTransfer] = [:]
    var messages: [String] = []
    /// How many of the next replies, to commands that change something, are lost.
    var losses = 0
    /// How many of the next commands that change something never arrive, the connection failing before.
    var obstacles = 0
    /// What each command of a verb is refused with.
    var refusals: [String: ResultCode] = [:]
    /// The verbs that arrived, in order, with their objects: `create`, `info`.
    private(set) var verbs: [String] = []
    /// How many names each check asked for.
    private(set) var checks: [Int] = []
    /// How long each reply takes.
    var latency: Duration = .zero

    static let created = Timestamp("2026-03-01T10:00:00Z")
    static let expiry = Timestamp("2027-03-01T10:00:00Z")

    private var transports: [FakeTransport] = []

    /// The same for the sessions that there are.
    func setLatency(_ time: Duration) {
        latency = time
        for transport in transports { transport.latency = time }
    }

    /// A client over sessions of this registry, which knows who it is.
    func registryClient(
        size: Int = 1, knowsItself: Bool = true, _ configure: (inout RegistryClient.Settings) -> Void = { _ in }
    ) -> RegistryClient {
        var settings = RegistryClient.Settings(host: "fake", clientID: client, password: "secret-1")
        configure(&settings)
        return RegistryClient(pool: pool(size), settings: knowsItself ? settings : nil)
    }

    func pool(_ size: Int) -> ConnectionPool<EPPSession> {
        let configuration = PoolConfiguration { $0.reconnectDelay = .zero }
        return ClosureConnectionPool(size, configuration: configuration) {
            let transport = try FakeTransport { try self.answer($0) }
            transport.latency = self.latency
            self.transports.append(transport)
            let session = EPPSession(transport)
            try session.connect()
            return session
        } close: {
            $0.close()
        }
    }

    private func answer(_ message: ClientMessage) throws -> [UInt8] {
        let verb = message.command?.verb ?? "hello"
        let isRead =
            ["check", "info", "hello"].contains(verb) || ["req", "query"].contains(message.command?.operation)
        if !isRead, obstacles > 0 {
            obstacles -= 1
            throw TransportError("nothing arrived")
        }
        verbs.append(verb)
        let reply = try refusals[verb].map { try respond($0, to: message) } ?? perform(message)
        if !isRead, losses > 0 {
            losses -= 1
            throw TransportError("the reply was lost")
        }
        return reply
    }

    private func perform(_ message: ClientMessage) throws -> [UInt8] {
        switch message.body {
        case .checkDomain(let check):
            checks.append(check.names.count)
            // In another order than asked for, as a registry may.
            let data = check.names.reversed().map { DomainAvailability(name: $0, isAvailable: domains[$0] == nil) }
            return try respond(.success, data, to: message)
        case .infoDomain(let info):
            guard let data = domains[info.name] else { return try respond(.objectDoesNotExist, to: message) }
            return try respond(.success, data, to: message)
        case .createDomain(let create):
            guard domains[create.name] == nil else { return try respond(.objectExists, to: message) }
            let data = Self.domain(create.name, sponsor: client, authorization: create.authorization.password)
            domains[create.name] = data
            let creation = DomainCreation(name: create.name, created: Self.created, expiry: Self.expiry)
            return try respond(.success, creation, to: message)
        case .deleteDomain(let delete):
            guard domains.removeValue(forKey: delete.name) != nil else {
                return try respond(.objectDoesNotExist, to: message)
            }
            return try respond(.success, to: message)
        case .renewDomain(let renew):
            guard domains[renew.name]?.expiry?.date == renew.currentExpiry.date else {
                return try respond(.parameterPolicyError, to: message)
            }
            domains[renew.name]?.expiry = "2028-03-01T10:00:00Z".date
            return try respond(
                .success, DomainRenewal(name: renew.name, expiry: domains[renew.name]?.expiry), to: message)
        case .transferDomain(let transfer):
            return try perform(transfer, message)
        case .infoHost(let info):
            guard let data = hosts[info.name] else { return try respond(.objectDoesNotExist, to: message) }
            return try respond(.success, data, to: message)
        case .createHost(let create):
            guard hosts[create.name] == nil else { return try respond(.objectExists, to: message) }
            var data = HostInfo(name: create.name, roid: "H1-GOV", statuses: ["ok"], sponsor: client)
            (data.addresses, data.creator, data.created) = (create.addresses, client, Self.created)
            hosts[create.name] = data
            return try respond(.success, HostCreation(name: create.name, created: Self.created), to: message)
        case .infoContact(let info):
            guard let data = contacts[info.id] else { return try respond(.objectDoesNotExist, to: message) }
            return try respond(.success, data, to: message)
        case .createContact(let create):
            guard contacts[create.id] == nil else { return try respond(.objectExists, to: message) }
            var data = ContactInfo(
                id: create.id, roid: "C1-GOV", statuses: ["ok"], postalInfo: create.postalInfo, email: create.email,
                sponsor: client)
            (data.creator, data.created, data.authorization) = (client, Self.created, create.authorization)
            contacts[create.id] = data
            return try respond(.success, ContactCreation(id: create.id, created: Self.created), to: message)
        case .poll:
            guard let id = messages.first else { return try respond(.successNoMessages, to: message) }
            return try CommandResponse<PollData>(
                results: [CommandResult(.successAckToDequeue)],
                messageQueue: MessageQueue(count: messages.count, id: id, date: Self.created, message: "about \(id)"),
                clientTransactionID: message.transactionID, serverTransactionID: "fake-1"
            ).document()
        case .acknowledge(let acknowledge):
            guard messages.first == acknowledge.id else { return try respond(.objectDoesNotExist, to: message) }
            messages.removeFirst()
            return try respond(.success, to: message)
        default:
            return try FakeTransport.success(for: message)
        }
    }

    private func perform(_ transfer: TransferDomain, _ message: ClientMessage) throws -> [UInt8] {
        var state = transfers[transfer.name]
        switch transfer.operation {
        case .query:
            guard let state else { return try respond(.objectNotPendingTransfer, to: message) }
            return try respond(.success, state, to: message)
        case .request:
            guard state == nil else { return try respond(.objectPendingTransfer, to: message) }
            state = Self.transfer(transfer.name, by: client)
        case .approve, .reject, .cancel:
            guard state?.status == .pending else { return try respond(.objectNotPendingTransfer, to: message) }
            state?.status =
                [.approve: .clientApproved, .reject: .clientRejected][transfer.operation] ?? .clientCancelled
        }
        transfers[transfer.name] = state
        return try respond(transfer.operation == .request ? .successPending : .success, state, to: message)
    }

    private func respond(_ code: ResultCode, to message: ClientMessage) throws -> [UInt8] {
        try respond(code, Never?.none, to: message)
    }

    private func respond<Data: ResponseData>(
        _ code: ResultCode, _ data: Data?, to message: ClientMessage
    ) throws -> [UInt8] {
        try CommandResponse(
            results: [CommandResult(code)], data: data, clientTransactionID: message.transactionID,
            serverTransactionID: "fake-1"
        ).document()
    }

    /// A domain as an info shows it.
    static func domain(_ name: String, sponsor: String, authorization: String?) -> DomainInfo {
        var info = DomainInfo(name: name, roid: "D1-GOV", statuses: ["ok"], sponsor: sponsor)
        (info.creator, info.created, info.expiry) = (sponsor, created, expiry)
        info.authorization = authorization.map { Authorization($0) }
        return info
    }

    /// A transfer that waits for its end.
    static func transfer(_ name: String, by requester: String, from actor: String = "other") -> DomainTransfer {
        DomainTransfer(
            name: name, status: .pending, requester: requester, requested: created, actor: actor, acted: created)
    }
}

extension String {
    var date: Timestamp { Timestamp(self) }
}
