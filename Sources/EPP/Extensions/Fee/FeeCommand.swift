/// A command that has a price, RFC 8748.
public struct FeeCommand: Sendable, Hashable {
    /// What is priced.
    public enum Operation: String, Sendable, Hashable, CaseIterable {
        /// A registration.
        case create
        /// A deletion.
        case delete
        /// An extension of a registration.
        case renew
        /// A change.
        case update
        /// A transfer.
        case transfer
        /// A restore of a deleted object.
        case restore
        /// Something else, by its own name.
        case custom
    }

    /// What is priced.
    public var operation: Operation
    /// The name of a custom one.
    public var customName: String?
    /// The phase of the launch.
    public var phase: String?
    /// The part of the phase.
    public var subphase: String?
    /// For how long.
    public var period: Period?

    /// A command that has a price.
    public init(
        _ operation: Operation, period: Period? = nil, customName: String? = nil, phase: String? = nil,
        subphase: String? = nil
    ) {
        self.operation = operation
        self.period = period
        self.customName = customName
        self.phase = phase
        self.subphase = subphase
    }
}

extension FeeCommand {
    init(_ element: XMLTree.Element) throws(ParsingError) {
        self.init(
            try element.choice("name"), customName: element.tokenAttribute("customName"),
            phase: element.tokenAttribute("phase"), subphase: element.tokenAttribute("subphase"))
        if let child = element.child("period", in: .fee) { period = try Period(child) }
    }

    func validate() throws(InvalidValue) {
        guard (operation == .custom) == (customName != nil) else {
            throw InvalidValue(field: "fee:command customName", reason: "belongs to a custom command, and only to one")
        }
        for (value, field) in [(customName, "customName"), (phase, "phase"), (subphase, "subphase")] {
            if let value { try Validation.token(value, "fee:command \(field)", 1...Int.max) }
        }
        try period?.validate("fee:period")
    }

    /// Writes the command, and what a check says about it.
    func encode(
        isStandard: Bool = false, to writer: inout XMLWriter, content: (inout XMLWriter) -> Void = { _ in }
    ) {
        writer.element(
            "fee:command",
            attributes: [
                .init("name", operation.rawValue), .init("customName", ifPresent: customName),
                .init("phase", ifPresent: phase), .init("subphase", ifPresent: subphase),
                .init("standard", ifPresent: isStandard ? "1" : nil),
            ]
        ) { writer in
            period?.encode(as: "fee:period", to: &writer)
            content(&writer)
        }
    }
}
