import ArgumentParser
import EPP
import EPPClient
import Testing

@testable import EPPTool

/// Keeps what was sent and answers nothing.
final class RecordingSender: CommandSender {
    struct Recorded: Error {}

    private(set) var documents: [String] = []

    func send<C: Command>(_ command: C) throws -> C.Reply {
        documents.append(String(decoding: try command.document(), as: UTF8.self))
        throw Recorded()
    }

    func send(_ command: RawCommand) throws -> CommandResponse<String> {
        documents.append(String(decoding: try command.document(), as: UTF8.self))
        throw Recorded()
    }
}

/// Answers with the given documents, one after the other.
final class CannedSender: CommandSender {
    private var replies: [String]
    private(set) var documents: [String] = []
    let profile: RegistryProfile

    /// - Parameter replies: What stands in the element `epp`, each.
    convenience init(_ replies: String...) {
        self.init(replies: replies, namesPerCheck: 50)
    }

    init(replies: [String], namesPerCheck: Int) {
        self.replies = replies
        profile = RegistryProfile { $0.namesPerCheck = namesPerCheck }
    }

    private func next() throws -> ServerMessage {
        try ServerMessage(Array("<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">\(replies.removeFirst())</epp>".utf8))
    }

    func send<C: Command>(_ command: C) throws -> C.Reply {
        documents.append(String(decoding: try command.document(), as: UTF8.self))
        return try SessionSender.check(try command.decode(try next()))
    }

    func send(_ command: RawCommand) throws -> CommandResponse<String> {
        documents.append(command.xml)
        return try SessionSender.check(try command.decode(try next()))
    }
}

/// Parses a command line and prepares the command.
func parsed(_ line: [String]) throws -> any RegistryCommand {
    struct NoRegistryCommand: Error {}
    guard var command = try EPPCommand.parseAsRoot(line) as? any RegistryCommand else { throw NoRegistryCommand() }
    try command.prepare()
    return command
}

/// What a command line sends, without the frame that all commands have.
func sent(_ line: String...) throws -> String { try sent(line: line) }

func sent(line: [String]) throws -> String {
    let sender = RecordingSender()
    #expect(throws: RecordingSender.Recorded.self) { try parsed(line).perform(sender) { _ in } }
    let document = sender.documents.joined()
    let start = "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command>"
    let end = "</command></epp>"
    guard let text = document.split(separator: "?>").last, text.hasPrefix(start), text.hasSuffix(end) else {
        return document
    }
    return String(text.dropFirst(start.count).dropLast(end.count))
}

/// What a command line tells of a reply.
func reports(_ line: [String], _ sender: CannedSender) throws -> [Report] {
    var reports: [Report] = []
    try parsed(line).perform(sender) { reports.append($0) }
    return reports
}
