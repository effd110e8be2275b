/// What a registry knows of a name's launch. An extension of the answer to `InfoDomain`, RFC 8334.
public struct LaunchInfo: ResponseExtension, Hashable {
    /// How far an application is.
    public struct Status: Sendable, Hashable {
        /// The word of the protocol.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// The marks are to be validated.
            case pendingValidation
            /// They were.
            case validated
            /// They are not valid.
            case invalid
            /// The registry is to decide.
            case pendingAllocation
            /// The name was given.
            case allocated
            /// It was not.
            case rejected
            /// Another, by its own name.
            case custom
        }

        /// The word of the protocol.
        public var kind: Kind
        /// The name of a custom one.
        public var name: String?
        /// What the registry says about it.
        public var message: LocalizedText?

        /// A status.
        public init(_ kind: Kind, name: String? = nil, message: LocalizedText? = nil) {
            self.kind = kind
            self.name = name
            self.message = message
        }
    }

    /// The phase.
    public var phase: LaunchPhase
    /// The application's identifier.
    public var applicationID: String?
    /// How far it is.
    public var status: Status?
    /// The marks, each as XML.
    public var marks: [String]

    /// What is known of an application or registration.
    public init(_ phase: LaunchPhase, applicationID: String? = nil, status: Status? = nil, marks: [String] = []) {
        self.phase = phase
        self.applicationID = applicationID
        self.status = status
        self.marks = marks
    }

    /// Reads `launch:infData`.
    public static func decode(from element: XMLTree.Element) throws -> LaunchInfo? {
        guard element.isNamed("infData", in: .launch) else { return nil }
        var info = LaunchInfo(
            try LaunchPhase(in: element), applicationID: element.token(of: "applicationID", in: .launch))
        if let child = element.child("status", in: .launch) {
            let message = LocalizedText(child)
            info.status = Status(
                try child.choice("s"), name: child.tokenAttribute("name"), message: message.text.isEmpty ? nil : message
            )
        }
        var parts = XMLParts(of: element.tree)
        for child in element.children where !child.isIn(.launch) { info.marks.append(try parts.xml(of: child)) }
        return info
    }

    /// Checks all values but what is XML.
    public func validate() throws {
        try phase.validate()
        if let applicationID { try Validation.token(applicationID, "launch:applicationID", 1...Int.max) }
        if let name = status?.name { try Validation.token(name, "launch:status name", 1...Int.max) }
        try status?.message?.validate("launch:status")
    }

    /// Writes `launch:infData`.
    ///
    /// - Throws: `ParsingError` for a mark that is no XML.
    public func encode(to writer: inout XMLWriter) throws {
        try writer.element("launch:infData", .init("xmlns:launch", .launch)) { writer in
            phase.encode(to: &writer)
            writer.element("launch:applicationID", ifPresent: applicationID)
            if let status {
                writer.element(
                    "launch:status",
                    attributes: [
                        .init("s", status.kind.rawValue), status.message?.languageAttribute,
                        .init("name", ifPresent: status.name),
                    ], text: status.message?.text ?? "")
            }
            for mark in marks { try writer.raw(mark) }
        }
    }
}
