/// The rules of the extensions' schemas.
extension Validation {
    /// A number within bounds.
    static func number(_ value: Int, _ field: String, _ range: ClosedRange<Int>) throws(InvalidValue) {
        guard range.contains(value) else {
            throw InvalidValue(
                field: field, reason: "is \(value), but \(range.lowerBound) to \(range.upperBound) are allowed")
        }
    }

    /// How long a signature is good.
    static func signatureLife(_ value: Int) throws(InvalidValue) {
        try number(value, "secDNS:maxSigLife", 1...Int(Int32.max))
    }

    /// Bytes in Base64, without white space.
    static func base64(_ value: String, _ field: String) throws(InvalidValue) {
        let padding = value.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let isValid = value.utf8.dropLast(padding).allSatisfy { byte in
            0x61...0x7A ~= byte | 0x20 || 0x30...0x39 ~= byte || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
        }
        guard isValid, !value.isEmpty, padding <= 2, value.utf8.count % 4 == 0 else {
            throw InvalidValue(field: field, reason: "is no Base64")
        }
        // The bits that no byte takes are zero in the schemas' Base64.
        let last = value.utf8.dropLast(padding).last.map { Character(Unicode.Scalar($0)) } ?? "A"
        guard padding == 0 || (padding == 1 ? "AEIMQUYcgkosw048" : "AQgw").contains(last) else {
            throw InvalidValue(field: field, reason: "is no Base64")
        }
    }

    /// A decimal number, `-12.50`.
    static func decimal(_ value: String, _ field: String, isNegative: Bool? = nil) throws(InvalidValue) {
        var digits = value.utf8[...]
        let sign = digits.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits.removeFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, parts.contains(where: { !$0.isEmpty }),
            parts.allSatisfy({ $0.allSatisfy { 0x30...0x39 ~= $0 } })
        else { throw InvalidValue(field: field, reason: "is no decimal number, such as 12.50") }
        let isZero = parts.allSatisfy { $0.allSatisfy { $0 == 0x30 } }
        guard isNegative == nil || isZero || (sign == UInt8(ascii: "-")) == isNegative else {
            throw InvalidValue(field: field, reason: isNegative == true ? "is above 0" : "is below 0")
        }
    }

    /// A duration as in ISO 8601: `P5D`, `PT1H30M`.
    static func duration(_ value: String, _ field: String) throws(InvalidValue) {
        var rest = value.utf8[...]
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        var isValid = rest.popFirst() == UInt8(ascii: "P")
        let halves = rest.split(separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
        isValid = isValid && halves.contains { !$0.isEmpty } && (halves.count == 1 || !halves[1].isEmpty)
        for (half, units) in zip(halves, ["YMD", "HMS"]) {
            var units = Array(units.utf8)[...]
            var digits = 0
            var hasFraction = false
            for byte in half {
                if 0x30...0x39 ~= byte {
                    digits += 1
                } else if byte == UInt8(ascii: "."), digits > 0, !hasFraction, units.last == UInt8(ascii: "S") {
                    (digits, hasFraction) = (0, true)
                } else if digits > 0, let place = units.firstIndex(of: byte),
                    !hasFraction || byte == UInt8(ascii: "S")
                {
                    units = units[(place + 1)...]
                    digits = 0
                } else {
                    isValid = false
                }
            }
            isValid = isValid && digits == 0
        }
        guard isValid else { throw InvalidValue(field: field, reason: "is no duration, such as P5D") }
    }

    /// A currency by its three letters, ISO 4217.
    static func currency(_ value: String, _ field: String) throws(InvalidValue) {
        guard value.utf8.count == 3, value.utf8.allSatisfy({ 0x41...0x5A ~= $0 }) else {
            throw InvalidValue(field: field, reason: "is no currency of three capital letters")
        }
    }
}
