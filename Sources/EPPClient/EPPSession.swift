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
///     try session.login(Login(clientID: "me", password: password))
///     let reply = try session.send(CheckDomain("example.gov"))
///     try session.logout()
///
/// The registry's refusals are replies, not errors: look at `code`. What is thrown is a failed connection
/// (`TransportError`), a reply that is no EPP (`ParsingError`), a command that cannot be encoded (`InvalidValue`,
/// nothing was sent). Each command carries a transaction identifier, and a reply that names another one ends the
/// session: the stream is out of step. So does everything that interrupts a command once it is under way, a `Timeout`
/// or a kill included.
///
/// Several greenlets may share a session: their commands go in the order in which they came, one after the other or,
/// with a `window` above 1, pipelined: the next are sent while replies are still due. What interrupts one then ends the
/// session for all that are under way.
public final class EPPSession {
    /// What the server said when the connection was made, or in its last answer to a hello.
    public private(set) var greeting: Greeting?

    /// Whether the session can carry no more commands.
    public private(set) var isClosed = false

    /// How many commands may be under way at once, 1 unless the session was made otherwise.
    public let window: Int

    /// How many commands have gone out since the session was connected, hellos and the login included. Some registries
    /// cut a session after so many.
    public private(set) var commandCount = 0

    /// How the registry spells namespaces and names; the standard's way by default. What a greeting tells is added to it.
    public var dialect = RegistryDialect.standard {
        didSet { spelling = dialect }
    }

    /// The dialect as the greeting has it.
    private var spelling = RegistryDialect.standard

    /// Whether a reply that is broken in a known way is read all the same, what is wrong being told among its `flaws`;
    /// true by default. A reply whose result code can be read is an error in no case then.
    public var isTolerant = true

    /// What goes into the extension of every command about an object, behind the command's own; nothing by default.
    public var commandExtensions: [any CommandExtension] = []

    /// When the greeting came.
    private var greeted: HubClock.Instant?

    /// Whether the logger gets every document at trace level, passwords taken out; false by default.
    public var logsFrames = false

    private let transport: any Transport
    private let logger: Logger?
    private let pipeline: SessionPipeline
    private var transactionIDs = TransactionIDs()

    /// A session over a transport that is not connected yet.
    ///
    /// - Parameters:
    ///   - transport: What carries the documents; the session's own from here on.
    ///   - window: How many commands may be under way at once; 1 by default, which is what every registry takes. With
    ///     more the transport must let one greenlet send while another receives.
    ///   - logger: Gets a line for each command at debug level: its name, identifiers, code and time, never its content.
    ///
    /// A window below 1 stops the program.
    public init(_ transport: any Transport, window: Int = 1, logger: Logger? = nil) {
        require(window >= 1, "a session's window must be at least 1, not \(window)")
        self.transport = transport
        self.window = window
        self.logger = logger
        pipeline = SessionPipeline(window: window)
    }

    /// A session over TLS.
    ///
    /// - Parameters:
    ///   - host: The registry's host name or address.
    ///   - port: The registry's port, 700 by default.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - timeout: How long each of connecting, shaking hands, sending a command and receiving its reply may take; 5
    ///     seconds by default, nil for ever.
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

    /// The same with a time limit for each step, and pipelining.
    ///
    /// - Parameters:
    ///   - host: The registry's host name or address.
    ///   - port: The registry's port, 700 by default.
    ///   - context: Whom to trust, and the client's certificate.
    ///   - timeouts: How long each step may take.
    ///   - window: How many commands may be under way at once; 1 by default.
    ///   - logger: Gets a line for each command at debug level.
    public convenience init(
        host: String, port: Int = 700, context: TLSContext, timeouts: TransportTimeouts, window: Int = 1,
        logger: Logger? = nil
    ) {
        self.init(
            TLSTransport(host: host, port: port, context: context, timeouts: timeouts), window: window, logger: logger)
    }

    /// Connects and reads the server's greeting; again after a `close`, where the transport can. Parks the calling
    /// greenlet.
    ///
    /// - Throws: `TransportError`, `ParsingError`; the session is closed then.
    @available(*, noasync) @discardableResult
    public func connect() throws -> Greeting {
        try pipeline.withPermit {
            // Nobody sends before the greeting is there: the server speaks first.
            let (greeting, uri) = try pipeline.send { place in
                try orClose(place) {
                    try transport.connect()
                    // Closed by another greenlet meanwhile: what has been connected since goes too.
                    guard !place.isCut else {
                        transport.close()
                        throw TransportError("the session was closed while it connected")
                    }
                    isClosed = false
                    commandCount = 0
                    let message = try receive(at: place, answering: nil, within: nil)
                    return (try Self.greeting(of: message), message.protocolURI)
                }
            }
            take(greeting, in: uri)
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

    /// Sends commands and gives their replies in the same order; `window` of them are under way at once. Parks the
    /// calling greenlet.
    ///
    /// - Throws: As `send` does. What fails while replies are due ends the session, and what the registry did of the
    ///   commands that were under way is not known. A command that cannot be encoded is found before any is sent.
    @available(*, noasync) @discardableResult
    public func sendAll<C: Command>(_ commands: [C]) throws -> [C.Reply] {
        let documents = try commands.map { command in
            let sent = transactionIDs.next()
            return (Self.identifier(of: command) ?? sent, try document(of: command, sent))
        }
        var replies: [C.Reply] = []
        replies.reserveCapacity(commands.count)
        var underWay: ArraySlice<Sent> = []
        func takeReply() throws {
            guard let sent = underWay.popFirst() else { return }
            defer { pipeline.releasePermit() }
            replies.append(
                try orClose(sent.place) { try decode(commands[replies.count], try finish(sent)).reply })
        }
        // What is under way has its permits, and its replies are this greenlet's to read: without it nobody gets one.
        defer {
            for _ in underWay { pipeline.releasePermit() }
            if let sent = underWay.first, !sent.place.isCut { close() }
        }
        for (identifier, document) in documents {
            // Never waiting for a permit while holding some: others may wait for the replies that are ours to read.
            while !pipeline.takePermitNoWait() {
                if underWay.isEmpty {
                    try pipeline.takePermit()
                    break
                }
                try takeReply()
            }
            do {
                underWay.append(try begin(document, named: C.name, identifier: identifier))
            } catch {
                pipeline.releasePermit()
                throw error
            }
        }
        while !underWay.isEmpty { try takeReply() }
        return replies
    }

    /// Ends the session at once, without a logout. Whoever waits for a reply gets a `TransportError`.
    public func close() {
        isClosed = true
        transport.close()
        pipeline.cut()
    }

    // MARK: Exchanges

    /// `send` with what the reply says beside the data.
    ///
    /// - Parameter limit: How long the reply may take; nil for the transport's own limit.
    func exchange<C: Command>(
        _ command: C, transactionID: String? = nil, within limit: Duration? = nil
    ) throws -> Exchange<C.Reply> {
        let own = transactionID ?? transactionIDs.next()
        let document = try document(of: command, own)
        return try pipeline.withPermit {
            let sent = try begin(document, named: C.name, identifier: Self.identifier(of: command) ?? own)
            return try orClose(sent.place) { try decode(command, try finish(sent, within: limit)) }
        }
    }

    private func document(of command: some Command, _ identifier: String) throws -> [UInt8] {
        try command.document(
            transactionID: identifier, dialect: spelling, extensions: commandExtensions)
    }

    /// The identifier that a command brings along, in place of the session's.
    private static func identifier(of command: some Command) -> String? {
        (command as? ProtocolExtension)?.transactionID
    }

    /// `send` with what the reply says beside the data.
    func exchange(_ command: RawCommand, within limit: Duration? = nil) throws -> Exchange<CommandResponse<String>> {
        let document: [UInt8]
        let identifier: String?
        do {
            document = try command.document(dialect: spelling)
            identifier = try command.transactionID(dialect: spelling)
        } catch {
            throw InvalidValue(field: "raw command", reason: error.reason)
        }
        return try pipeline.withPermit {
            let sent = try begin(document, named: "RawCommand", identifier: identifier)
            return try orClose(sent.place) {
                let message = try finish(sent, within: limit)
                let reply = try command.decode(message)
                return Exchange(reply, results: reply.results, message)
            }
        }
    }

    /// A command whose reply is due.
    private struct Sent {
        let place: SessionPipeline.Place
        let name: String
        let identifier: String?
        let start: HubClock.Instant
    }

    private func begin(_ document: [UInt8], named name: String, identifier: String?) throws -> Sent {
        let start = Hub.current.clock.now
        return try pipeline.send { place in
            if logsFrames { logger?.trace("EPP frame sent", metadata: ["frame": "\(Redaction.text(of: document))"]) }
            commandCount += 1
            try orClose(place) { try transport.send(document) }
            return Sent(place: place, name: name, identifier: identifier, start: start)
        }
    }

    private func finish(_ sent: Sent, within limit: Duration? = nil) throws -> ServerMessage {
        let message = try receive(at: sent.place, answering: sent.identifier, within: limit)
        logger?.debug("EPP command answered", metadata: Self.metadata(of: sent, message))
        return message
    }

    private static func metadata(of sent: Sent, _ message: ServerMessage) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "command": "\(sent.name)", "clTRID": "\(sent.identifier ?? "")",
            "svTRID": "\(message.serverTransactionID ?? "")", "duration": "\(Hub.current.clock.now - sent.start)",
        ]
        if let code = try? message.response(of: Never.self).code { metadata["code"] = "\(code.rawValue)" }
        return metadata
    }

    /// The message that is due for this place. A reply to another command means that the stream is out of step; one
    /// without an identifier is taken, since some registries leave it out.
    private func receive(
        at place: SessionPipeline.Place, answering id: String?, within limit: Duration?
    ) throws -> ServerMessage {
        try pipeline.waitForTurn(place)
        let document = try transport.receive(within: limit)
        if logsFrames { logger?.trace("EPP frame received", metadata: ["frame": "\(Redaction.text(of: document))"]) }
        let message = try ServerMessage(
            document, reading: ReplyReading(dialect: spelling, isTolerant: isTolerant))
        if let received = message.clientTransactionID, !received.hasSameBytes(as: id) {
            throw TransportError("the session is out of step", cause: UnexpectedReply(expected: id, received: received))
        }
        pipeline.leave(place)
        return message
    }

    private func decode<C: Command>(_ command: C, _ message: ServerMessage) throws -> Exchange<C.Reply> {
        let reply = try command.decode(message)
        if let greeting = reply as? Greeting { take(greeting, in: message.protocolURI) }
        return Exchange(reply, results: try results(of: reply, in: message), message)
    }

    /// The login as this registry spells it.
    func adapted(_ login: Login, to greeting: Greeting) -> Login { login.adapted(to: greeting, dialect: spelling) }

    private func take(_ greeting: Greeting, in protocolURI: String) {
        self.greeting = greeting
        spelling = dialect.adapted(to: greeting, protocolURI: protocolURI)
        greeted = Hub.current.clock.now
    }

    /// The registry's date and time now by its own clock, in seconds since 1970: what the last greeting said, and what
    /// has passed since. Behind rather than ahead, by as much as the greeting took to come. nil where it said no time
    /// with a time zone.
    var registryTime: Double? {
        guard let greeted, let date = greeting?.date, date.isExact, let start = date.secondsSince1970 else {
            return nil
        }
        return start + (Hub.current.clock.now - greeted) / .seconds(1)
    }

    /// The greeting; a registry that has no session to give may say so in its place.
    private static func greeting(of message: ServerMessage) throws -> Greeting {
        guard message.kind == .response else { return try message.greeting() }
        let response = try message.response(of: Never.self)
        let refusal = RegistryError(response.message, code: response.code, results: response.results)
        throw TransportError("the registry refuses the session", cause: refusal)
    }

    private func results<Reply>(of reply: Reply, in message: ServerMessage) throws -> [CommandResult] {
        if let reply = reply as? any ResultBearing { return reply.results }
        guard message.kind == .response else { return [] }
        return try message.response(of: Never.self).results
    }

    /// Runs what must not end half done. Whatever goes wrong once it has begun ends the session: what has been sent and
    /// what is still to come are not known. One that was closed before is another greenlet's to connect again.
    private func orClose<Result>(_ place: SessionPipeline.Place, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            if !place.isCut { close() }
            throw error
        }
    }
}

/// What every response has, whatever its data.
protocol ResultBearing {
    var results: [CommandResult] { get }
    var flaws: [ReplyFlaw] { get }
    var raw: CommandResponse<String> { get }
}

extension CommandResponse: ResultBearing {}

@available(*, unavailable)
extension EPPSession: Sendable {}
