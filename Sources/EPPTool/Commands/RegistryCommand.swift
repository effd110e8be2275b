import ArgumentParser
import EPP
import EPPClient

/// A subcommand that sends commands to a registry: by itself in a session of its own, in the shell over the shell's.
protocol RegistryCommand: ParsableCommand {
    /// Whether the registry wants to know who asks.
    static var needsLogin: Bool { get }

    /// What `--json` calls it: the name of the library's command.
    static var title: String { get }

    /// Where the registry is, and what is printed how.
    var options: RegistryOptions { get }

    /// Sends what there is to be sent, and tells of it. Parks the calling greenlet.
    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws

    /// What must be known, read or decided before there is a connection. Called once, before `perform`.
    mutating func prepare() throws

    /// Whether it goes on for so long that the session must come back when it is cut.
    var outlivesSessions: Bool { get }
}

extension RegistryCommand {
    static var needsLogin: Bool { true }
    var outlivesSessions: Bool { false }
    mutating func prepare() throws {}

    mutating func run() throws {
        try ExitStatus.reporting(Self.title, json: options.json) {
            try prepare()
            let connection = try options.connection(needsLogin: Self.needsLogin)
            let settings = connection.settings
            let perform = { [self] (sender: any CommandSender) in
                do {
                    try self.perform(sender) { try options.print($0, connection.frames) }
                } catch let error as RegistryError where options.xml {
                    // The refusal itself is what was asked for.
                    for document in connection.frames?.takeReceived() ?? [] { try Terminal.print(document) }
                    throw error
                }
            }
            if outlivesSessions {
                try connection.withClient { client, _ in
                    try perform(ClientSender(client: client, profile: settings.profile))
                }
            } else if Self.needsLogin {
                try connection.withSession { try perform(SessionSender(session: $0, settings: settings)) }
            } else {
                let session = try connection.connect()
                defer { session.close() }
                try perform(SessionSender(session: session, settings: settings))
            }
        }
    }
}

extension Report {
    /// A reply without data.
    init(_ title: String, _ reply: CommandResponse<Never>) {
        self.init(command: title, head: ReplyHead(reply), body: .none, extensions: reply.extensions)
    }

    /// A reply with an object's data, if there is any.
    init<Data>(
        _ title: String, _ reply: CommandResponse<Data>, showsResult: Bool = true,
        _ describe: (Data, inout Fields) throws -> Void
    ) throws {
        var fields = Fields()
        if let data = reply.data { try describe(data, &fields) }
        let others = try fields.addExtensions(of: reply)
        var body = fields.members.isEmpty ? Body.none : .fields(fields)
        // Data that cannot be read, or of another kind, are told as they are.
        if reply.data == nil, !reply.dataXML.isEmpty {
            body = .xml(Redaction.text(of: Array(reply.dataXML.joined(separator: "\n").utf8)))
        }
        self.init(
            command: title, head: ReplyHead(reply), body: body, extensions: others, showsResult: showsResult)
    }
}
