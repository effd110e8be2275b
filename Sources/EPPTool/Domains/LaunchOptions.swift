public import ArgumentParser
public import EPP

/// The phase of a launch that a command is about, RFC 8334.
struct LaunchOptions: ParsableArguments {
    @Option(
        help: """
            The phase of a launch: sunrise, landrush, claims, open or custom, with the name of a custom one or of a part \
            as custom:NAME.
            """,
        completion: .list(LaunchPhase.Kind.allCases.map(\.rawValue)), transform: LaunchOptions.phase)
    var launch: LaunchPhase?

    static func phase(_ text: String) throws -> LaunchPhase {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let kind = parts.first.flatMap(LaunchPhase.Kind.init(rawValue:)), kind != .custom || parts.count == 2
        else {
            throw ValidationError("a phase is sunrise, landrush, claims, open or custom:NAME")
        }
        return LaunchPhase(kind, name: parts.count == 2 ? parts[1] : nil)
    }
}

/// An application of a launch that a command is about.
struct LaunchApplicationOptions: ParsableArguments {
    @OptionGroup var phase: LaunchOptions

    @Option(help: "The application's identifier, with --launch.")
    var application: String?

    func validate() throws {
        guard application == nil || phase.launch != nil else {
            throw ValidationError("--application goes with --launch")
        }
    }

    func extensions(of operation: LaunchApplication.Operation) -> [any CommandExtension] {
        phase.launch.map { [LaunchApplication(operation, $0, applicationID: application)] } ?? []
    }
}

/// What a registration in a launch needs.
struct LaunchCreateOptions: ParsableArguments {
    @OptionGroup var phase: LaunchOptions

    @Option(
        help: "Whether --launch makes an application or a registration; without it the phase decides.",
        completion: .list(LaunchCreate.Kind.allCases.map(\.rawValue)))
    var launchType: LaunchCreate.Kind?

    @Option(
        help: "A file with a signed mark, as XML or as trademark holders get it (BEGIN ENCODED SMD); repeatable.",
        completion: .file())
    var smd: [String] = []

    @Option(help: "The code of a mark that was validated; repeatable.")
    var markCode: [String] = []

    @Option(
        help: "The notice of claims that the registrant accepted: 'ID EXPIRES ACCEPTED'.",
        transform: LaunchCreateOptions.notice)
    var notice: LaunchNotice?

    /// Read once.
    private(set) var marks: LaunchMarks?

    private enum CodingKeys: CodingKey { case phase, launchType, smd, markCode, notice }

    func validate() throws {
        guard phase.launch != nil || (launchType == nil && smd.isEmpty && markCode.isEmpty && notice == nil) else {
            throw ValidationError("--launch-type, --smd, --mark-code and --notice go with --launch")
        }
        guard smd.isEmpty || markCode.isEmpty else {
            throw ValidationError("--smd and --mark-code exclude each other: a registry takes one of the two")
        }
    }

    static func notice(_ text: String) throws -> LaunchNotice {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 3 else {
            throw ValidationError(
                "a notice is its identifier and two dates, 'ID 2027-03-01T00:00:00Z 2027-02-01T00:00:00Z'")
        }
        return LaunchNotice(
            id: words[0], notAfter: try ArgumentValues.date(words[1]), accepted: try ArgumentValues.date(words[2]))
    }

    mutating func prepare() throws {
        if !smd.isEmpty {
            marks = .signed(try smd.map { try Self.mark(try Input.text(of: $0, what: "--smd"), in: $0) })
        }
        if !markCode.isEmpty { marks = .codes(markCode.map { .init(code: $0) }) }
    }

    /// The element of a signed mark's file.
    static func mark(_ text: String, in path: String) throws -> String {
        let begin = "-----BEGIN ENCODED SMD-----", end = "-----END ENCODED SMD-----"
        if let start = text.firstRange(of: begin)?.upperBound, let stop = text.firstRange(of: end)?.lowerBound,
            start < stop
        {
            let code = text[start..<stop].filter { !$0.isWhitespace }
            return "<smd:encodedSignedMark xmlns:smd=\"urn:ietf:params:xml:ns:signedMark-1.0\">\(code)"
                + "</smd:encodedSignedMark>"
        }
        let isXML = text.contains("signedMark>") || text.contains("encodedSignedMark>")
        guard isXML, let start = text.firstIndex(of: "<") else { throw UsageError("--smd: \(path) has no signed mark") }
        // A declaration belongs to a document, not to a part of one.
        guard text[start...].hasPrefix("<?xml"), let close = text.firstRange(of: "?>")?.upperBound else {
            return String(text[start...])
        }
        return String(text[close...].drop(while: \.isWhitespace))
    }

    var extensions: [any CommandExtension] {
        phase.launch.map { [LaunchCreate($0, kind: launchType, marks: marks, notice: notice)] } ?? []
    }
}

extension LaunchCreate.Kind: ExpressibleByArgument {}

extension Fields {
    mutating func add(_ phase: LaunchPhase) {
        add("phase", phase.kind.rawValue + (phase.name.map { ":\($0)" } ?? ""))
    }

    /// An application that was taken.
    mutating func add(_ creation: LaunchCreation) {
        add(creation.phase)
        add("application", creation.applicationID)
    }

    /// What a registry knows of an application.
    mutating func add(_ info: LaunchInfo) {
        add(info.phase)
        add("application", info.applicationID)
        guard let status = info.status else { return }
        let word = status.name ?? status.kind.rawValue
        add("launchStatus", status.message.map { "\(word) (\($0.text))" } ?? word)
    }
}

extension CheckedName {
    /// Whether there are claims on the name.
    mutating func add(_ entry: LaunchCheckData.Entry) {
        extra += [
            .init(key: "claims", value: .bool(entry.exists)),
            .init(key: "claimKeys", value: .array(entry.claimKeys.map { .string($0.key) })),
        ]
        let keys = entry.claimKeys.map(\.key).joined(separator: " ")
        notes.append(entry.exists ? "claimed\(keys.isEmpty ? "" : " \(keys)")" : "no claims")
    }
}
