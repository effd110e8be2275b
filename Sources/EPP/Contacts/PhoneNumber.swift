/// A telephone number in the form of RFC 5733, after ITU-T E.164: `+1.7035555555`.
public struct PhoneNumber: Sendable, Hashable, ExpressibleByStringLiteral {
    /// A plus, the country's code, a dot, the number.
    public var number: String
    /// The number in the house, where there is one.
    public var extensionNumber: String?

    /// A number.
    public init(_ number: String, extensionNumber: String? = nil) {
        self.number = number
        self.extensionNumber = extensionNumber
    }

    /// A number.
    public init(stringLiteral number: String) {
        self.init(number)
    }
}

extension PhoneNumber {
    /// Reads a number; nil where there is none in the element.
    init?(_ element: XMLTree.Element) {
        self.init(element.token, extensionNumber: element.tokenAttribute("x"))
        if number.isEmpty { return nil }
    }

    func validate(_ field: String) throws(InvalidValue) {
        let parts = number.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].first == UInt8(ascii: "+"), 2...4 ~= parts[0].count, 1...14 ~= parts[1].count,
            parts[0].dropFirst().allSatisfy({ 0x30...0x39 ~= $0 }), parts[1].allSatisfy({ 0x30...0x39 ~= $0 }),
            number.utf8.count <= 17
        else { throw InvalidValue(field: field, reason: "is no number, such as +1.7035555555") }
        if let extensionNumber { try Validation.token(extensionNumber, "\(field) x", 1...64) }
    }

    func encode(as name: StaticString, to writer: inout XMLWriter) {
        if let extensionNumber {
            writer.element(name, .init("x", extensionNumber), text: number)
        } else {
            writer.element(name, number)
        }
    }
}
