/// Who changed an object and why. An extension of a message in the queue, whose data is the object, RFC 8590.
public struct ChangePoll: ResponseExtension, Hashable {
    /// What was done.
    public enum Operation: String, Sendable, Hashable, CaseIterable {
        /// A registration.
        case create
        /// A deletion.
        case delete
        /// An extension of a registration.
        case renew
        /// A transfer.
        case transfer
        /// A change.
        case update
        /// A restore of what was deleted.
        case restore
        /// An extension by the registry itself.
        case autoRenew
        /// A deletion by the registry itself.
        case autoDelete
        /// The final removal by the registry itself.
        case autoPurge
        /// Something else, by its own name.
        case custom
    }

    /// The case that the change belongs to.
    public struct Case: Sendable, Hashable {
        /// What kind of case.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// Of the Uniform Domain-Name Dispute-Resolution Policy.
            case udrp
            /// Of the Uniform Rapid Suspension System.
            case urs
            /// Of something else, by its own name.
            case custom
        }

        /// What kind of case.
        public var kind: Kind
        /// The name of a custom one.
        public var name: String?
        /// Its identifier.
        public var id: String

        /// A case.
        public init(_ kind: Kind, id: String, name: String? = nil) {
            self.kind = kind
            self.id = id
            self.name = name
        }
    }

    /// What was done.
    public var operation: Operation
    /// The name of a custom operation, or more about another.
    public var operationName: String?
    /// Is the object in the data as it was before, and not after?
    public var isBefore: Bool
    /// When it was done.
    public var date: Timestamp
    /// The identifier that the registry gave the change.
    public var serverTransactionID: String
    /// Who did it, for people.
    public var who: String
    /// The case that it belongs to.
    public var caseID: Case?
    /// Why it was done.
    public var reason: LocalizedText?

    /// A change.
    public init(
        _ operation: Operation, operationName: String? = nil, isBefore: Bool = false, date: Timestamp,
        serverTransactionID: String, who: String, caseID: Case? = nil, reason: LocalizedText? = nil
    ) {
        self.operation = operation
        self.operationName = operationName
        self.isBefore = isBefore
        self.date = date
        self.serverTransactionID = serverTransactionID
        self.who = who
        self.caseID = caseID
        self.reason = reason
    }

    /// Reads `changePoll:changeData`.
    public static func decode(from element: XMLTree.Element) throws -> ChangePoll? {
        guard element.isNamed("changeData", in: .changePoll) else { return nil }
        let operation = try element.requiredChild("operation", in: .changePoll)
        guard let kind = Operation(rawValue: operation.token) else {
            throw operation.error("the operation is not known")
        }
        var change = ChangePoll(
            kind, operationName: operation.tokenAttribute("op"), isBefore: element.tokenAttribute("state") == "before",
            date: try element.requiredDate("date", in: .changePoll),
            serverTransactionID: try element.requiredToken("svTRID", in: .changePoll),
            who: try element.requiredChild("who", in: .changePoll).line,
            reason: element.child("reason", in: .changePoll).map { LocalizedText($0) })
        if let child = element.child("caseId", in: .changePoll) {
            change.caseID = Case(try child.choice("type"), id: child.token, name: child.tokenAttribute("name"))
        }
        return change
    }

    /// Checks all values.
    public func validate() throws {
        if let operationName { try Validation.token(operationName, "changePoll:operation op", 1...Int.max) }
        try Validation.dateTime(date, "changePoll:date")
        try Validation.token(serverTransactionID, "changePoll:svTRID", 3...64)
        try Validation.text(who, "changePoll:who", 1...255)
        if let caseID {
            try Validation.token(caseID.id, "changePoll:caseId", 1...Int.max)
            if let name = caseID.name { try Validation.token(name, "changePoll:caseId name", 1...Int.max) }
        }
        if let reason {
            try Validation.token(reason.text, "changePoll:reason", 1...32)
            try reason.validate("changePoll:reason")
        }
    }

    /// Writes `changePoll:changeData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element(
            "changePoll:changeData", .init("xmlns:changePoll", .changePoll),
            .init("state", isBefore ? "before" : "after")
        ) { writer in
            writer.element(
                "changePoll:operation", attributes: [.init("op", ifPresent: operationName)], text: operation.rawValue)
            writer.element("changePoll:date", date.text)
            writer.element("changePoll:svTRID", serverTransactionID)
            writer.element("changePoll:who", who)
            if let caseID {
                writer.element(
                    "changePoll:caseId",
                    attributes: [.init("type", caseID.kind.rawValue), .init("name", ifPresent: caseID.name)],
                    text: caseID.id)
            }
            reason?.encode(as: "changePoll:reason", to: &writer)
        }
    }
}
