/// ALPN's list on the wire (RFC 7301): each name after one byte with its length.
enum ApplicationProtocols {
    static func encode(_ names: [String]) throws -> [UInt8] {
        var list: [UInt8] = []
        for name in names {
            guard let count = UInt8(exactly: name.utf8.count), count > 0 else {
                throw TLSError(
                    .invalidConfiguration, "the application protocol \"\(name)\" is not 1 to 255 bytes long")
            }
            list.append(count)
            list.append(contentsOf: name.utf8)
        }
        return list
    }

    /// Where, in a client's list, the name stands that this side prefers; nil where there is none in common.
    static func choose(_ wanted: [String], from offer: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for name in wanted {
            var position = 0
            while position < offer.count {
                let start = position + 1
                let end = start + Int(offer[position])
                // OpenSSL has checked the list; a broken one ends the search all the same.
                guard end <= offer.count else { break }
                if offer[start..<end].elementsEqual(name.utf8) { return start..<end }
                position = end
            }
        }
        return nil
    }
}
