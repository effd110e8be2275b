/// Whether there are claims on names. An extension of the answer to `CheckDomain`, RFC 8334.
public struct LaunchCheckData: ResponseExtension, Hashable {
    /// What the notice of a claim is fetched with.
    public struct ClaimKey: Sendable, Hashable {
        /// The key.
        public var key: String
        /// Who keeps the notice; nil for the Trademark Clearinghouse.
        public var validatorID: String?

        /// A key.
        public init(_ key: String, validatorID: String? = nil) {
            self.key = key
            self.validatorID = validatorID
        }
    }

    /// What is said about one name.
    public struct Entry: Sendable, Hashable {
        /// The name.
        public var name: String
        /// Is there a claim?
        public var exists: Bool
        /// The keys to the notices.
        public var claimKeys: [ClaimKey]

        /// What is said about a name.
        public init(_ name: String, exists: Bool, claimKeys: [ClaimKey] = []) {
            self.name = name
            self.exists = exists
            self.claimKeys = claimKeys
        }
    }

    /// In which phase.
    public var phase: LaunchPhase?
    /// What is said about each name.
    public var entries: [Entry]

    /// The answer to a question.
    public init(phase: LaunchPhase? = nil, entries: [Entry]) {
        self.phase = phase
        self.entries = entries
    }

    /// Reads `launch:chkData`.
    public static func decode(from element: XMLTree.Element) throws -> LaunchCheckData? {
        guard element.isNamed("chkData", in: .launch) else { return nil }
        var entries: [Entry] = []
        for child in element.children where child.isNamed("cd", in: .launch) {
            let name = try child.requiredChild("name", in: .launch)
            var entry = Entry(name.token, exists: try name.flag("exists"))
            for key in child.children where key.isNamed("claimKey", in: .launch) {
                entry.claimKeys.append(ClaimKey(key.token, validatorID: key.tokenAttribute("validatorID")))
            }
            entries.append(entry)
        }
        return LaunchCheckData(
            phase: try element.child("phase", in: .launch).map { try LaunchPhase($0) }, entries: entries)
    }

    /// Checks all values.
    public func validate() throws {
        try phase?.validate()
        guard !entries.isEmpty else { throw InvalidValue(field: "launch:cd", reason: "is missing") }
        for entry in entries {
            try Validation.domainName(entry.name, "launch:name")
            for key in entry.claimKeys {
                try Validation.token(key.key, "launch:claimKey", 1...Int.max)
                if let id = key.validatorID { try Validation.token(id, "launch:claimKey validatorID", 1...Int.max) }
            }
        }
    }

    /// Writes `launch:chkData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("launch:chkData", .init("xmlns:launch", .launch)) { writer in
            phase?.encode(to: &writer)
            for entry in entries {
                writer.element("launch:cd") { writer in
                    writer.element("launch:name", .init("exists", entry.exists ? "1" : "0"), text: entry.name)
                    for key in entry.claimKeys {
                        writer.element(
                            "launch:claimKey", attributes: [.init("validatorID", ifPresent: key.validatorID)],
                            text: key.key)
                    }
                }
            }
        }
    }
}
