import EPP
import EPPClient
import Gevent

/// A transport without a network: a closure answers each document.
final class FakeTransport: Transport {
    typealias Answer = (ClientMessage) throws -> [UInt8]

    private(set) var sent: [[UInt8]] = []
    private(set) var isOpen = false
    private(set) var closes = 0
    /// The most commands that were without an answer at once.
    private(set) var mostUnanswered = 0
    /// How long the server thinks.
    var latency: Duration = .zero

    private let greeting: [UInt8]
    private let answer: Answer
    private var replies: [[UInt8]] = []
    private var connects = 0

    init(greeting: [UInt8]? = nil, answer: @escaping Answer = { try FakeTransport.success(for: $0) }) throws {
        self.greeting = try greeting ?? Greeting(serverID: "fake", date: Timestamp(secondsSince1970: 0)).document()
        self.answer = answer
    }

    func connect() throws {
        isOpen = true
        connects += 1
        replies = [greeting]
    }

    func send(_ document: [UInt8]) throws {
        guard isOpen else { throw TransportError("the fake is closed") }
        sent.append(document)
        replies.append(try answer(try ClientMessage(document)))
        mostUnanswered = max(mostUnanswered, replies.count)
    }

    func receive() throws -> [UInt8] {
        guard isOpen else { throw TransportError("the fake is closed") }
        let connection = connects
        if latency > .zero { try sleep(for: latency) }
        guard isOpen, connection == connects, !replies.isEmpty else { throw TransportError("the fake was closed") }
        return replies.removeFirst()
    }

    func close() {
        isOpen = false
        closes += 1
    }

    /// 1000, with the command's identifier; availability for a check, a greeting for a hello.
    static func success(for message: ClientMessage) throws -> [UInt8] {
        switch message.body {
        case .hello:
            return try Greeting(serverID: "fake", date: Timestamp(secondsSince1970: 0)).document()
        case .checkDomain(let check):
            let data = check.names.map { DomainAvailability(name: $0, isAvailable: true) }
            return try CommandResponse(
                results: [CommandResult(.success)], data: data, clientTransactionID: message.transactionID,
                serverTransactionID: "fake-1"
            ).document()
        case .logout:
            return try reply(.successEndingSession, to: message)
        default:
            return try reply(.success, to: message)
        }
    }

    static func reply(_ code: ResultCode, message text: String? = nil, to message: ClientMessage) throws -> [UInt8] {
        try reply(code, message: text, to: message.transactionID)
    }

    static func reply(_ code: ResultCode, message: String? = nil, to id: String?) throws -> [UInt8] {
        try CommandResponse<Never>(
            results: [CommandResult(code, message: message)], clientTransactionID: id, serverTransactionID: "fake-1"
        ).document()
    }
}
