import ArgumentParser
import EPP
import EPPClient

/// `epp hello`: the greeting, without a login.
struct HelloCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "hello", abstract: "Ask a registry for its greeting; needs no login.")
    static let needsLogin = false
    static let title = Hello.name

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        let greeting = try sender.send(Hello())
        var fields = Fields()
        fields.add("server", greeting.serverID)
        fields.add("date", greeting.date)
        fields.add("versions", greeting.versions)
        fields.add("languages", greeting.languages)
        fields.add("objects", each: "object", greeting.objectURIs)
        fields.add("extensions", each: "extension", greeting.extensionURIs)
        try emit(Report(command: Self.title, head: nil, body: .fields(fields)))
    }
}

extension Fields {
    /// Some short words, on one line for people.
    fileprivate mutating func add(_ key: String, _ words: [String]) {
        add(
            key, json: .array(words.map { .string($0) }),
            lines: [Line(label: key, text: words.joined(separator: " "))])
    }
}
