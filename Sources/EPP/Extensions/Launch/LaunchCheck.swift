/// Asks whether there are claims on names, or whether they can be had in a phase. An extension of `CheckDomain`, RFC
/// 8334.
public struct LaunchCheck: CommandExtension, Hashable {
    /// What is asked.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Are there claims of marks on the names?
        case claims
        /// Can the names be had in the phase?
        case availability = "avail"
        /// Are there marks that match the names?
        case trademark
    }

    /// What is asked.
    public var kind: Kind
    /// In which phase.
    public var phase: LaunchPhase?

    /// A question.
    public init(_ kind: Kind = .claims, phase: LaunchPhase? = nil) {
        self.kind = kind
        self.phase = phase
    }

    /// Reads `launch:check`.
    public static func decode(from element: XMLTree.Element) throws -> LaunchCheck? {
        guard element.isNamed("check", in: .launch) else { return nil }
        return LaunchCheck(
            try element.optionalChoice("type") ?? .claims,
            phase: try element.child("phase", in: .launch).map { try LaunchPhase($0) })
    }

    /// Checks the phase, which only a question for marks can do without.
    public func validate() throws {
        try phase?.validate()
        guard phase != nil || kind == .trademark else {
            throw InvalidValue(field: "launch:phase", reason: "is missing")
        }
    }

    /// Writes `launch:check`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("launch:check", .init("xmlns:launch", .launch), .init("type", kind.rawValue)) { writer in
            phase?.encode(to: &writer)
        }
    }
}
