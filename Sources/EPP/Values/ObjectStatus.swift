/// A status of an object, with what is said about it for people.
public struct ObjectStatus: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The word of the protocol: `ok`, `clientHold`, …
    public var value: String
    /// Why the object has it, where that is said.
    public var reason: String?
    /// The language of the reason.
    public var language: String

    /// A status.
    public init(_ value: String, reason: String? = nil, language: String = "en") {
        self.value = value
        self.reason = reason
        self.language = language
    }

    /// A status without a reason.
    public init(stringLiteral value: String) {
        self.init(value)
    }
}

extension ObjectStatus {
    /// The object cannot be deleted; set by its sponsor.
    public static let clientDeleteProhibited: ObjectStatus = "clientDeleteProhibited"
    /// The domain is not in the DNS; set by its sponsor.
    public static let clientHold: ObjectStatus = "clientHold"
    /// The domain cannot be renewed; set by its sponsor.
    public static let clientRenewProhibited: ObjectStatus = "clientRenewProhibited"
    /// The object cannot be transferred; set by its sponsor.
    public static let clientTransferProhibited: ObjectStatus = "clientTransferProhibited"
    /// The object cannot be changed, but for taking this status away; set by its sponsor.
    public static let clientUpdateProhibited: ObjectStatus = "clientUpdateProhibited"
    /// The domain has no hosts to be delegated to.
    public static let inactive: ObjectStatus = "inactive"
    /// Another object refers to the host or contact.
    public static let linked: ObjectStatus = "linked"
    /// Nothing is pending and nothing prohibited.
    public static let ok: ObjectStatus = "ok"
    /// The creation awaits its end.
    public static let pendingCreate: ObjectStatus = "pendingCreate"
    /// The deletion awaits its end.
    public static let pendingDelete: ObjectStatus = "pendingDelete"
    /// The renewal awaits its end.
    public static let pendingRenew: ObjectStatus = "pendingRenew"
    /// A transfer awaits its end.
    public static let pendingTransfer: ObjectStatus = "pendingTransfer"
    /// A change awaits its end.
    public static let pendingUpdate: ObjectStatus = "pendingUpdate"
    /// The object cannot be deleted; set by the registry.
    public static let serverDeleteProhibited: ObjectStatus = "serverDeleteProhibited"
    /// The domain is not in the DNS; set by the registry.
    public static let serverHold: ObjectStatus = "serverHold"
    /// The domain cannot be renewed; set by the registry.
    public static let serverRenewProhibited: ObjectStatus = "serverRenewProhibited"
    /// The object cannot be transferred; set by the registry.
    public static let serverTransferProhibited: ObjectStatus = "serverTransferProhibited"
    /// The object cannot be changed; set by the registry.
    public static let serverUpdateProhibited: ObjectStatus = "serverUpdateProhibited"
}

extension ObjectStatus {
    /// What contacts and hosts have.
    private static let ofHosts: Set<String> = [
        "clientDeleteProhibited", "clientUpdateProhibited", "linked", "ok", "pendingCreate", "pendingDelete",
        "pendingTransfer", "pendingUpdate", "serverDeleteProhibited", "serverUpdateProhibited",
    ]
    private static let ofContacts = ofHosts.union(["clientTransferProhibited", "serverTransferProhibited"])
    private static let ofDomains = ofContacts.subtracting(["linked"]).union([
        "clientHold", "clientRenewProhibited", "inactive", "pendingRenew", "serverHold", "serverRenewProhibited",
    ])

    init?(_ element: XMLTree.Element) {
        guard let value = element.tokenAttribute("s") else { return nil }
        let reason = element.line
        self.init(value, reason: reason.isEmpty ? nil : reason, language: element.tokenAttribute("lang") ?? "en")
    }

    func encode(as name: StaticString, to writer: inout XMLWriter) {
        if language == "en" {
            writer.element(name, .init("s", value), text: reason ?? "")
        } else {
            writer.element(name, .init("s", value), .init("lang", language), text: reason ?? "")
        }
    }

    func validate(in namespace: XMLNamespace, _ field: String) throws(InvalidValue) {
        let known = namespace == .host ? Self.ofHosts : namespace == .contact ? Self.ofContacts : Self.ofDomains
        guard known.contains(value) else {
            throw InvalidValue(field: field, reason: "is a status that such an object cannot have")
        }
        if let reason { try Validation.text(reason, field, 1...Int.max) }
        try Validation.language(language, "\(field) lang")
    }
}
