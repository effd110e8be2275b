import EPP

/// What a command has to tell: for people, or as one JSON object.
struct Report: Sendable {
    /// What stands in `data`.
    enum Body: Sendable {
        /// Nothing.
        case none
        /// One object.
        case fields(Fields)
        /// The answers to a check.
        case checks([CheckedName])
        /// XML as the registry sent it.
        case xml(String)
    }

    /// The command as the library calls it: `CheckDomain`.
    var command: String
    /// The registry's result; nil for a hello, which has none.
    var head: ReplyHead?
    var body: Body
    /// What the response had beside its data and has no form of its own: XML.
    var extensions: [String] = []
    /// Whether people see the registry's result before the data.
    var showsResult = true

    /// One JSON object on one line.
    var json: String { jsonValue.text }

    var jsonValue: JSONValue {
        .present([
            "command": .string(command), "ok": true, "code": head.map { .integer($0.code) } ?? .null,
            "message": JSONValue(head?.message), "clTRID": head?.clientTransactionID.map { .string($0) },
            "svTRID": head?.serverTransactionID.map { .string($0) }, "data": data, "queue": head?.queue.map(Self.queue),
            "extensions": extensions.isEmpty ? nil : .array(extensions.map { .string($0) }),
            "flaws": Self.flaws(head?.flaws ?? []),
        ])
    }

    private var data: JSONValue {
        switch body {
        case .none: .null
        case .fields(let fields): fields.json
        case .checks(let names): .array(names.map(\.json))
        case .xml(let xml): .string(xml)
        }
    }

    /// What was wrong with a reply that was read all the same; nil for nothing.
    static func flaws(_ flaws: [ReplyFlaw]) -> JSONValue? {
        flaws.isEmpty ? nil : .array(flaws.map { .string($0.description) })
    }

    private static func queue(_ queue: MessageQueue) -> JSONValue {
        .present([
            "count": .integer(queue.count), "id": queue.id.isEmpty ? nil : .string(queue.id),
            "date": queue.date.map { .string($0.text) },
            "message": queue.message.map { .string($0) },
        ])
    }

    /// Aligned lines.
    func text(_ style: Style) -> String {
        var lines: [String] = []
        if showsResult, let head {
            lines.append(style.mark("\(head.code) \(head.message.printable)", head.code < 2000 ? .good : .bad))
        }
        switch body {
        case .none: break
        case .fields(let fields): lines += Self.align(fields.lines, style)
        case .checks(let names): lines += CheckedName.align(names, style)
        case .xml(let xml): lines += xml.split(whereSeparator: \.isNewline).map { String($0).printable }
        }
        lines += extensions.map { style.mark("extension", .faint) + "   " + $0.printable }
        // Others are the registry's habits, of no concern to people: nothing is missing from what they read.
        let losses: Set<ReplyFlaw.Kind> = [.unreadableData, .unreadableQueue, .unreadablePart, .invalidText]
        lines += (head?.flaws ?? []).filter { losses.contains($0.kind) }.map {
            style.mark("flaw", .faint) + "        " + $0.description.printable
        }
        return lines.joined(separator: "\n")
    }

    private static func align(_ lines: [Fields.Line], _ style: Style) -> [String] {
        let width = max(11, lines.map(\.label.printable.count).max() ?? 0)
        return lines.map { line in
            style.mark(line.label.printable.padding(to: width), .faint) + " " + line.text.printable
        }
    }
}

/// The part of a reply that every command has.
struct ReplyHead: Sendable {
    var code: Int
    var message: String
    var clientTransactionID: String?
    var serverTransactionID: String?
    var queue: MessageQueue?
    /// What was wrong with the reply.
    var flaws: [ReplyFlaw]

    init<Data>(_ reply: CommandResponse<Data>) {
        code = reply.code.rawValue
        message = reply.message
        clientTransactionID = reply.clientTransactionID
        serverTransactionID = reply.serverTransactionID
        queue = reply.messageQueue
        flaws = reply.flaws
    }
}

/// What a registry says about one name of a check.
struct CheckedName: Sendable {
    var key = "name"
    var name: String
    /// Nil where the registry does not say, and where the question was another one: for claims of marks.
    var isAvailable: Bool?
    /// Whether the registry was to say if it is available.
    var isAboutAvailability = true
    var reason: String?
    /// What else there is to say, for people.
    var notes: [String] = []
    /// What else there is to say, as JSON.
    var extra: [JSONValue.Member] = []

    var json: JSONValue {
        let members: [JSONValue.Member?] =
            [
                .init(key: key, value: .string(name)),
                isAboutAvailability ? .init(key: "available", value: isAvailable.map { .bool($0) } ?? .null) : nil,
                reason.map { .init(key: "reason", value: .string($0)) },
            ] + extra
        return .object(members.compactMap(\.self))
    }

    static func align(_ names: [CheckedName], _ style: Style) -> [String] {
        let width = names.map(\.name.printable.count).max() ?? 0
        // Prices begin in one column.
        let wordWidth = names.contains { !$0.notes.isEmpty } ? "available".count : 0
        return names.map { entry in
            let word =
                entry.isAvailable.map { $0 ? "available" : "taken" } ?? (entry.isAboutAvailability ? "not told" : "")
            let marked = style.mark(word, entry.isAvailable.map { $0 ? .good : .bad })
            let space = entry.notes.isEmpty ? "" : String(repeating: " ", count: max(0, wordWidth - word.count))
            let notes = (entry.notes + [entry.reason].compactMap(\.self)).map(\.printable)
            let head = max(width, entry.name.printable.count) + (word.isEmpty ? 0 : 2 + max(word.count, wordWidth))
            let isWide = notes.reduce(head) { $0 + 2 + $1.count } > style.width ?? .max
            // What has no room beside the name stands below it.
            let rest = notes.map { isWide ? "\n    \($0)" : "  \($0)" }.joined()
            return "\(entry.name.printable.padding(to: width))\(word.isEmpty ? "" : "  \(marked)\(space)")\(rest)"
        }
    }
}
