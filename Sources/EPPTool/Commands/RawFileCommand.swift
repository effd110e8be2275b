import ArgumentParser
import EPP
import EPPClient

/// `epp raw`: a command as XML.
struct RawFileCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "raw", abstract: "Send a command as XML, for what has no subcommand.",
        discussion: """
            The file is a whole EPP document with one command; the extensions that it uses must be named with \
            --extension where the tool does not know them. What is shown is the response's data as XML; passwords in \
            it are hidden.
            """)
    static let title = "RawCommand"

    @Argument(help: "The file; - for standard input.", completion: .file())
    var file: String

    @Flag(
        help: "Whatever in the XML came from outside was sanitised before it got there: without this nothing is sent.")
    var cleaned = false

    @Flag(help: "Show passwords.")
    var showSecrets = false

    @OptionGroup(title: "Registry") var options: RegistryOptions

    private var command: RawCommand?

    private enum CodingKeys: CodingKey { case file, cleaned, showSecrets, options }

    /// A command that sends a text of the shell's.
    static func sending(_ xml: String, options: RegistryOptions) -> RawFileCommand {
        var command = RawFileCommand()
        command.options = options
        (command.file, command.cleaned, command.showSecrets) = ("the line", true, false)
        command.command = RawCommand(xml: xml)
        return command
    }

    mutating func prepare() throws {
        guard cleaned else {
            throw UsageError("raw XML must be sanitised before it is sent: --cleaned says that it was")
        }
        let command = try command ?? RawCommand(xml: Input.text(of: file, what: "raw"))
        do {
            _ = try command.document()
        } catch {
            throw UsageError("\(file == "-" ? "standard input" : file): \(error)")
        }
        self.command = command
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        guard let command else { fatalError("prepare() comes first") }
        let reply = try sender.send(command)
        try emit(
            Report(
                command: Self.title, head: ReplyHead(reply), body: reply.data.map { .xml(shown($0)) } ?? .none,
                extensions: reply.extensions.map(shown)))
    }

    private func shown(_ xml: String) -> String { showSecrets ? xml : Redaction.text(of: Array(xml.utf8)) }
}
