/// What changes in a domain's signed zone. An extension of `UpdateDomain`, RFC 5910.
public struct SecDNSUpdate: CommandExtension, Hashable {
    /// What is taken away.
    public enum Removal: Sendable, Hashable {
        /// Everything: the zone is signed no longer, but for what is added.
        case all
        /// These records or keys.
        case data(SecDNSData)
    }

    /// What is taken away, before anything is added; nil for nothing.
    public var removing: Removal?
    /// What is added; nil for nothing.
    public var adding: SecDNSData?
    /// For how many seconds a signature is to be good at most; nil to keep it.
    public var maximumSignatureLife: Int?
    /// Is it to happen at once? Few registries take that.
    public var isUrgent: Bool

    /// A change of a signed zone.
    public init(
        removing: Removal? = nil, adding: SecDNSData? = nil, maximumSignatureLife: Int? = nil, isUrgent: Bool = false
    ) {
        self.removing = removing
        self.adding = adding
        self.maximumSignatureLife = maximumSignatureLife
        self.isUrgent = isUrgent
    }

    /// Reads `secDNS:update`.
    public static func decode(from element: XMLTree.Element) throws -> SecDNSUpdate? {
        guard element.isNamed("update", in: .secDNS) else { return nil }
        var update = SecDNSUpdate(isUrgent: try element.optionalFlag("urgent") ?? false)
        if let removed = element.child("rem", in: .secDNS) {
            let all = removed.token(of: "all", in: .secDNS)
            let data = try SecDNSData(removed)
            update.removing = all == "1" || all == "true" ? .all : data.isEmpty ? nil : .data(data)
        }
        if let added = element.child("add", in: .secDNS) {
            update.adding = try SecDNSData(added)
            update.maximumSignatureLife = try added.number(of: "maxSigLife", in: .secDNS)
        }
        if let change = element.child("chg", in: .secDNS), let life = try change.number(of: "maxSigLife", in: .secDNS) {
            update.maximumSignatureLife = life
        }
        return update
    }

    /// Checks all values.
    public func validate() throws {
        if case .data(let data) = removing { try data.validate() }
        try adding?.validate()
        if let maximumSignatureLife { try Validation.signatureLife(maximumSignatureLife) }
    }

    /// Writes `secDNS:update`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element(
            "secDNS:update",
            attributes: [.init("xmlns:secDNS", .secDNS), .init("urgent", ifPresent: isUrgent ? "1" : nil)]
        ) { writer in
            switch removing {
            case .all: writer.element("secDNS:rem") { $0.element("secDNS:all", "true") }
            case .data(let data): writer.element("secDNS:rem") { data.encode(to: &$0) }
            case nil: break
            }
            if let adding { writer.element("secDNS:add") { adding.encode(to: &$0) } }
            if let maximumSignatureLife {
                writer.element("secDNS:chg") { $0.element("secDNS:maxSigLife", String(maximumSignatureLife)) }
            }
        }
    }
}
