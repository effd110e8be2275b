/// Extends a domain's registration. The date at which it ends by now is its guard: a second one finds another date.
public struct RenewDomain: TransactionCommand, Hashable {
    /// When the registration ends then.
    public typealias ReplyData = DomainRenewal
    /// `RenewDomain`
    public static let name = "RenewDomain"
    /// It extends.
    public var isReadOnly: Bool { false }

    /// The domain's name, in ASCII.
    public var name: String
    /// When the registration ends by now; the date in UTC is sent, without the time.
    public var currentExpiry: Timestamp
    /// For how long to extend it; nil for the registry's default.
    public var period: Period?

    /// An extension of a registration.
    public init(_ name: String, currentExpiry: Timestamp, period: Period? = nil) {
        self.name = name
        self.currentExpiry = currentExpiry
        self.period = period
    }

    init(_ element: XMLTree.Element) throws {
        name = try element.parameter("name", in: .domain, "domain:name")
        currentExpiry = Timestamp(try element.parameter("curExpDate", in: .domain, "domain:curExpDate"))
        guard currentExpiry.secondsSince1970 != nil else {
            throw CommandFault(code: .parameterSyntaxError, field: "domain:curExpDate", reason: "is no date")
        }
        period = try element.child("period", in: .domain).map { try Period($0) }
    }

    /// Checks all values.
    public func validate() throws {
        try Validation.domainName(name, "domain:name")
        guard currentExpiry.date != nil else {
            throw InvalidValue(field: "domain:curExpDate", reason: "is no date, such as 2026-03-01")
        }
        try period?.validate()
    }

    /// Writes `<renew>…</renew>`.
    public func encodeVerb(to writer: inout XMLWriter) throws {
        writer.element("renew") { writer in
            writer.element("domain:renew", .init("xmlns:domain", .domain)) { writer in
                writer.element("domain:name", name)
                writer.element("domain:curExpDate", currentExpiry.date ?? currentExpiry.text)
                period?.encode(to: &writer)
            }
        }
    }
}
