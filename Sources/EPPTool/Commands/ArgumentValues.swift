public import ArgumentParser
public import EPP

/// How values of the protocol are written as arguments. What is wrong is told with the flag's name by ArgumentParser.
enum ArgumentValues {
    /// `2y`, `6m`, `2`: years without a unit.
    static func period(_ text: String) throws -> Period {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), 1...99 ~= count, let unit = units[String(text.dropFirst(digits.count))] else {
            throw ValidationError("a period is 1 to 99 years or months, such as 2y or 6m")
        }
        return Period(count, unit)
    }

    private static let units: [String: Period.Unit] = ["": .years, "y": .years, "m": .months]

    /// `ns1.example.gov`, or with its addresses `ns1.example.gov=192.0.2.1,2001:db8::1`, which a registry takes whose
    /// hosts are no objects.
    static func nameserver(_ text: String) throws -> Nameserver {
        guard let equals = text.firstIndex(of: "=") else { return .object(text) }
        let addresses = text[text.index(after: equals)...].split(separator: ",").map { HostAddress(String($0)) }
        guard !addresses.isEmpty else { throw ValidationError("a name server with = has addresses after it") }
        return .attribute(String(text[..<equals]), addresses: addresses)
    }

    /// `admin=ID`.
    static func contact(_ text: String) throws -> DomainContact {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["admin", "tech", "billing"].contains(parts[0]) else {
            throw ValidationError("a contact is admin=ID, tech=ID or billing=ID")
        }
        return DomainContact(parts[1], role: DomainContact.Role(rawValue: parts[0]))
    }

    /// `clientHold`, or with a reason for people `clientHold=not paid`.
    static func status(_ text: String) throws -> ObjectStatus {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard let value = parts.first else { throw ValidationError("a status is a word, such as clientHold") }
        return ObjectStatus(value, reason: parts.count == 2 ? parts[1] : nil)
    }

    /// `TAG ALGORITHM TYPE DIGEST`, as in a DS record.
    static func dsData(_ text: String) throws -> DSData {
        let parts = text.split(whereSeparator: \.isWhitespace)
        let numbers = parts.prefix(3).compactMap { Int($0) }
        // A zone file may break the digest up.
        guard parts.count >= 4, numbers.count == 3 else {
            throw ValidationError("DS data is tag, algorithm, digest type and digest, such as '12345 13 2 49FD46E6…'")
        }
        return DSData(
            keyTag: numbers[0], algorithm: numbers[1], digestType: numbers[2], digest: parts[3...].joined())
    }

    /// `FLAGS PROTOCOL ALGORITHM KEY`, as in a DNSKEY record.
    static func keyData(_ text: String) throws -> DNSKeyData {
        let parts = text.split(whereSeparator: \.isWhitespace)
        let numbers = parts.prefix(3).compactMap { Int($0) }
        guard parts.count >= 4, numbers.count == 3 else {
            throw ValidationError("a key is flags, protocol, algorithm and public key, such as '257 3 13 mdsswUyr3…'")
        }
        return DNSKeyData(
            flags: numbers[0], protocol: numbers[1], algorithm: numbers[2], publicKey: parts[3...].joined())
    }

    /// `2027-03-01`, or with a time.
    static func date(_ text: String) throws -> Timestamp {
        let date = Timestamp(text)
        guard date.secondsSince1970 != nil else { throw ValidationError("a date is written as 2027-03-01") }
        return date
    }

    /// `+1.7035555555`, with an extension `+1.7035555555x123`.
    static func phone(_ text: String) throws -> PhoneNumber {
        let parts = text.split(separator: "x", maxSplits: 1).map(String.init)
        guard let number = parts.first, number.hasPrefix("+"), number.contains(".") else {
            throw ValidationError("a telephone number is written as +1.7035555555, with an extension +1.7035555555x12")
        }
        return PhoneNumber(number, extensionNumber: parts.count == 2 ? parts[1] : nil)
    }
}

extension TransferOperation: ExpressibleByArgument {}
extension PostalInfo.Form: ExpressibleByArgument {}
