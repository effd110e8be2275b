/// Asks for a domain to be transferred, or decides on such a request. Printing it does not show the authorization.
public struct TransferDomain: TransactionCommand, Hashable {
    /// The state of the transfer.
    public typealias ReplyData = DomainTransfer
    /// `TransferDomain`
    public static let name = "TransferDomain"
    /// Only a query changes nothing.
    public var isReadOnly: Bool { operation == .query }

    /// What is to be done.
    public var operation: TransferOperation
    /// The domain's name, in ASCII.
    public var name: String
    /// For how long the transfer extends the registration; nil for the registry's default.
    public var period: Period?
    /// What the registry wants to see.
    public var authorization: Authorization?

    /// A transfer's request, query or end.
    public init(
        _ operation: TransferOperation, _ name: String, period: Period? = nil, authorization: String? = nil
    ) {
        self.operation = operation
        self.name = name
        self.period = period
        self.authorization = authorization.map { Authorization($0) }
    }

    /// A transfer's request, query or end with an authorization of any kind.
    public init(
        _ operation: TransferOperation, _ name: String, period: Period? = nil, authorization: Authorization
    ) {
        self.init(operation, name, period: period)
        self.authorization = authorization
    }

    init(_ operation: TransferOperation, _ element: XMLTree.Element) throws {
        self.init(operation, try element.parameter("name", in: .domain, "domain:name"))
        period = try element.child("period", in: .domain).map { try Period($0) }
        authorization = element.child("authInfo", in: .domain).flatMap { Authorization($0, in: .domain) }
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.domainName(name, "domain:name")
        try period?.validate()
        try authorization?.validate("domain:pw")
    }

    /// Writes `<transfer>…</transfer>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        try writer.element("transfer", .init("op", operation.rawValue)) { writer in
            try writer.element("domain:transfer", .init("xmlns:domain", .domain)) { writer in
                writer.element("domain:name", name)
                period?.encode(to: &writer)
                try authorization?.encode(to: &writer)
            }
        }
    }
}
