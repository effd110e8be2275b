/// A phase of a launch, RFC 8334.
public struct LaunchPhase: Sendable, Hashable {
    /// The phases that have a name.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// For the holders of marks.
        case sunrise
        /// For many, before it is for all.
        case landrush
        /// For all, with notices of claims.
        case claims
        /// For all.
        case open
        /// Another, by its own name.
        case custom
    }

    /// Which phase.
    public var kind: Kind
    /// The part of it, or the name of a custom one.
    public var name: String?

    /// A phase.
    public init(_ kind: Kind, name: String? = nil) {
        self.kind = kind
        self.name = name
    }

    /// For the holders of marks.
    public static let sunrise = LaunchPhase(.sunrise)
    /// For many, before it is for all.
    public static let landrush = LaunchPhase(.landrush)
    /// For all, with notices of claims.
    public static let claims = LaunchPhase(.claims)
    /// For all.
    public static let open = LaunchPhase(.open)
}

extension LaunchPhase {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        guard let kind = Kind(rawValue: element.token) else { throw element.error("the phase is not known") }
        self.init(kind, name: element.tokenAttribute("name"))
    }

    /// Reads the phase in an element that must have one.
    init(in element: XMLTree.Element) throws(ParsingError) {
        try self.init(try element.requiredChild("phase", in: .launch))
    }

    func validate() throws(InvalidValue) {
        if let name { try Validation.token(name, "launch:phase name", 1...Int.max) }
        guard kind != .custom || name != nil else {
            throw InvalidValue(field: "launch:phase name", reason: "is missing")
        }
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("launch:phase", attributes: [.init("name", ifPresent: name)], text: kind.rawValue)
    }
}
