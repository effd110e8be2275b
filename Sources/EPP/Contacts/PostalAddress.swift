/// Where a contact is.
public struct PostalAddress: Sendable, Hashable {
    /// Up to three lines.
    public var street: [String]
    /// The city.
    public var city: String
    /// The state or province.
    public var province: String?
    /// The postal code.
    public var postalCode: String?
    /// The country by its two letters, ISO 3166.
    public var countryCode: String

    /// An address.
    public init(
        street: [String] = [], city: String, province: String? = nil, postalCode: String? = nil, countryCode: String
    ) {
        self.street = street
        self.city = city
        self.province = province
        self.postalCode = postalCode
        self.countryCode = countryCode
    }
}

extension PostalAddress {
    init(_ element: XMLTree.Element) {
        self.init(
            street: element.children.filter { $0.isNamed("street", in: .contact) }.map(\.line),
            city: element.line(of: "city", in: .contact) ?? "", province: element.line(of: "sp", in: .contact),
            postalCode: element.token(of: "pc", in: .contact), countryCode: element.token(of: "cc", in: .contact) ?? "")
    }

    /// All its texts.
    var lines: [String] {
        street + [city, province ?? "", postalCode ?? ""]
    }

    func validate() throws(InvalidValue) {
        guard street.count <= 3 else {
            throw InvalidValue(field: "contact:street", reason: "has \(street.count) lines, but 3 are allowed")
        }
        for line in street { try Validation.text(line, "contact:street", 0...255) }
        try Validation.text(city, "contact:city", 1...255)
        if let province { try Validation.text(province, "contact:sp", 0...255) }
        if let postalCode { try Validation.token(postalCode, "contact:pc", 0...16) }
        guard countryCode.utf8.count == 2, countryCode.utf8.allSatisfy({ 0x61...0x7A ~= $0 | 0x20 }) else {
            throw InvalidValue(field: "contact:cc", reason: "is no code of two letters")
        }
    }

    func encode(to writer: inout XMLWriter) {
        writer.element("contact:addr") { writer in
            for line in street { writer.element("contact:street", line) }
            writer.element("contact:city", city)
            writer.element("contact:sp", ifPresent: province)
            writer.element("contact:pc", ifPresent: postalCode)
            writer.element("contact:cc", countryCode)
        }
    }
}
