public import EPP
import Gevent
public import GeventTLS
public import Logging

/// One EPP session: one connection, a greeting, a login, commands in order, one reply for each.
///
/// EPPLib's `Client`:
///
///     let session = EPPSession(host: "epp.example.gov", context: context)
///     try session.connect()
///     try session.send(Login(clientID: "me", password: password))
///     let reply = try session.send(CheckDomain("example.gov"))
///     try session.send(Logout())
///     session.close()
///
/// The registry's refusals are replies, not errors: look at `code`. What is thrown is a failed connection
/// (`TransportError`), a reply that is no EPP (`ParsingError`), a command that cannot be encoded (`InvalidValue`,
/// nothing was sent). Each command carries a transaction identifier, and a reply that names another one ends the
/// session: the stream is out of step. So does everything that interrupts a command once it is under way, a `Timeout`
/// or a kill included.
///
/// Several greenlets may share a session: their commands go one after the other, in the order in which they came.
public final class EPPSession {
    /// What the server said when the connection was made, or in its last answer to a hello.
    public private(set) var greeting: Greeting?

    /// Whether the session can carry no more commands.
    public private(set) var isClosed = false

    private let transport: any Transport
    private let logger: Logger?
    private let turn = BoundedSemaphore(1)
    private var transactionIDs = TransactionIDs()

    /// A session over a transport that is not connected yet.
    ///
    /// - Parameters:
    ///   - transport: What carries the documents; the session's own from here on.
    ///   - logger: Gets a line for each command at debug level: its name, identifiers and code, never its content.
    public init(_ transport: any Transport, logger: Logger? = nil) {
        self.transport = transport
        self.logger = logger
    }

    /// A session over TLS.
    ///
    /// - Parameters:
    ///   - host: The registry's host name or address.
    ///   - port: The registry's port, 700 by default.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - timeout: How long each of connecting, sending a command and receiving its reply may take; 5 seconds by
    ///     default, nil for ever.
    public convenience init(host: String, port: Int = 700, context: TLSContext, timeout: Duration? = .seconds(5)) {
        self.init(TLSTransport(host: host, port: port, context: context, timeout: timeout))
    }

    /// The same with a logger.
    ///
    /// - Parameters:
    ///   - host: The registry's host name or address.
    ///   - port: The registry's port.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - timeout: How long each step may take, nil for ever.
    ///   - logger: Gets a line for each command at debug level.
    public convenience init(host: String, port: Int, context: TLSContext, timeout: Duration?, logger: Logger?) {
        self.init(TLSTransport(host: host, port: port, context: context, timeout: timeout), logger: logger)
    }

    /// Connects and reads the server's greeting; again after a `close`, where the transport can. Parks the calling
    /// greenlet.
    ///
    /// - Throws: `TransportError`, `ParsingError`; the session is closed then.
    @available(*, noasync) @discardableResult
    public func connect() throws -> Greeting {
        try inTurn {
            try transport.connect()
            isClosed = false
            let greeting = try receive(answering: nil).greeting()
            self.greeting = greeting
            logger?.debug("EPP session connected", metadata: ["server": "\(greeting.serverID)"])
            return greeting
        }
    }

    /// Sends a command and gives its reply. Parks the calling greenlet.
    ///
    /// - Parameters:
    ///   - command: What to send.
    ///   - transactionID: The client's transaction identifier, 3 to 64 characters; by default a new one, unique among
    ///     all sessions.
    /// - Throws: `InvalidValue` (nothing was sent), `TransportError`, `ParsingError`.
    @available(*, noasync) @discardableResult
    public func send<C: Command>(_ command: C, transactionID: String? = nil) throws -> C.Reply {
        try exchange(command, transactionID: transactionID).reply
    }

    /// Sends raw XML, which must be sanitised, and gives the reply with its data as XML. Parks the calling greenlet.
    ///
    /// - Throws: `InvalidValue` (nothing was sent), `TransportError`, `ParsingError`.
    @available(*, noasync) @discardableResult
    public func send(_ command: RawCommand) throws -> CommandResponse<String> { try exchange(command).reply }

    /// Ends the session at once, without a logout: `send(Logout())` is the polite way. Whoever waits for a reply gets a
    /// `TransportError`.
    public func close() {
        isClosed = true
        transport.close()
    }

    /// `send` with what the reply says beside the data.
    func exchange<C: Command>(_ command: C, transactionID: String? = nil) throws -> Exchange<C.Reply> {
        let identifier = transactionID ?? transactionIDs.next()
        let document = try command.document(transactionID: identifier)
        return try inTurn {
            let message = try roundTrip(document, named: C.name, answering: identifier)
            let reply = try command.decode(message)
            if let greeting = reply as? Greeting { self.greeting = greeting }
            return Exchange(reply: reply, results: try results(of: reply, in: message))
        }
    }

    /// `send` with what the reply says beside the data.
    func exchange(_ command: RawCommand) throws -> Exchange<CommandResponse<String>> {
        let document: [UInt8]
        let identifier: String?
        do {
            document = try command.document()
            identifier = try command.transactionID()
        } catch {
            throw InvalidValue(field: "raw command", reason: error.reason)
        }
        return try inTurn {
            let message = try roundTrip(document, named: "RawCommand", answering: identifier)
            let reply = try command.decode(message)
            return Exchange(reply: reply, results: reply.results)
        }
    }

    private func roundTrip(_ document: [UInt8], named name: String, answering id: String?) throws -> ServerMessage {
        try transport.send(document)
        let message = try receive(answering: id)
        logger?.debug(
            "EPP command answered",
            metadata: [
                "command": "\(name)", "clTRID": "\(id ?? "")", "svTRID": "\(message.serverTransactionID ?? "")",
            ])
        return message
    }

    /// The next message. A reply to another command means that the stream is out of step; one without an identifier is
    /// taken, since some registries leave it out.
    private func receive(answering id: String?) throws -> ServerMessage {
        let message = try ServerMessage(try transport.receive())
        guard let received = message.clientTransactionID, received != id else { return message }
        throw TransportError("the session is out of step", cause: UnexpectedReply(expected: id, received: received))
    }

    private func results<Reply>(of reply: Reply, in message: ServerMessage) throws -> [CommandResult] {
        if let reply = reply as? any ResultBearing { return reply.results }
        guard message.kind == .response else { return [] }
        return try message.response(of: Never.self).results
    }

    /// Runs one exchange at a time. Whatever goes wrong once it has begun ends the session: what has been sent and what
    /// is still to come are not known.
    private func inTurn<Result>(_ body: () throws -> Result) throws -> Result {
        try turn.withPermit {
            do {
                return try body()
            } catch {
                close()
                throw error
            }
        }
    }
}

/// What every response has, whatever its data.
private protocol ResultBearing {
    var results: [CommandResult] { get }
}

extension CommandResponse: ResultBearing {}

@available(*, unavailable)
extension EPPSession: Sendable {}
