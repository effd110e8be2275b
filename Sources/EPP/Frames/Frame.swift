/// The frames of RFC 5734: a length of four bytes, most significant first, that counts itself, then one XML document.
public enum Frame {
    /// The length of the header in bytes, which the length in it includes.
    public static let headerLength = 4

    /// The longest frame that is read by default, header included, in bytes: 1 MiB.
    ///
    /// A check of 50 names is answered in about 10 KiB. The cap is there so that a peer that sends garbage (an HTTP or
    /// SSH greeting reads as a length of a gigabyte) is noticed at the fourth byte.
    public static let defaultLimit = 1 << 20

    /// The frame that carries a document.
    ///
    /// - Precondition: the document is shorter than 4 GiB, which is all that the length can say.
    public static func encode(_ document: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(headerLength + document.count)
        frame.append(contentsOf: header(forDocumentOfCount: document.count))
        frame.append(contentsOf: document)
        return frame
    }

    /// The four bytes that stand before a document of so many bytes.
    ///
    /// - Precondition: `count` is not negative and below 4 GiB.
    public static func header(forDocumentOfCount count: Int) -> [UInt8] {
        guard 0...Int(UInt32.max) - headerLength ~= count else { fatalError("a frame cannot hold \(count) bytes") }
        let length = UInt32(count + headerLength)
        return [
            UInt8(truncatingIfNeeded: length >> 24), UInt8(truncatingIfNeeded: length >> 16),
            UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length),
        ]
    }
}
