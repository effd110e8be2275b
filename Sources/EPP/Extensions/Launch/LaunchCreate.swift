/// A registration in a phase of a launch, or the application for one. An extension of `CreateDomain`, RFC 8334.
public struct LaunchCreate: CommandExtension, Hashable {
    /// What is created.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// An application, on which the registry decides later.
        case application
        /// A registration.
        case registration
    }

    /// The phase.
    public var phase: LaunchPhase
    /// What is created; nil to leave it to the phase.
    public var kind: Kind?
    /// What proves the right to the name.
    public var marks: LaunchMarks?
    /// The notice of claims that was accepted.
    public var notice: LaunchNotice?

    /// A registration or application.
    public init(
        _ phase: LaunchPhase, kind: Kind? = nil, marks: LaunchMarks? = nil, notice: LaunchNotice? = nil
    ) {
        self.phase = phase
        self.kind = kind
        self.marks = marks
        self.notice = notice
    }

    /// Reads `launch:create`.
    public static func decode(from element: XMLTree.Element) throws -> LaunchCreate? {
        guard element.isNamed("create", in: .launch) else { return nil }
        return LaunchCreate(
            try LaunchPhase(in: element), kind: try element.optionalChoice("type"), marks: try LaunchMarks(element),
            notice: try element.child("notice", in: .launch).map { try LaunchNotice($0) })
    }

    /// Checks all values but what is XML.
    public func validate() throws {
        try phase.validate()
        try marks?.validate()
        try notice?.validate()
    }

    /// Writes `launch:create`.
    ///
    /// - Throws: `ParsingError` for a mark that is no XML.
    public func encode(to writer: inout XMLWriter) throws {
        try writer.element(
            "launch:create",
            attributes: [.init("xmlns:launch", .launch), .init("type", ifPresent: kind?.rawValue)]
        ) { writer in
            phase.encode(to: &writer)
            try marks?.encode(to: &writer)
            notice?.encode(to: &writer)
        }
    }
}
