import EPP

extension RegistryQuirk {
    /// The document as a registry with this quirk sends it.
    ///
    /// - Parameter code: The result's code; nil for a greeting.
    func changed(_ document: String, code: ResultCode?) -> String {
        switch self {
        case .adds(let xml, let part, let place):
            guard let code, place.matches(document, code) else { return document }
            return Self.adding(xml, as: part, to: document)
        case .leavesOut(let element, let parent):
            return Self.leavingOut(element, of: parent, in: document)
        case .leavesOutAvailability:
            guard let start = document.ranges(of: " avail=\"").last,
                let end = document[start.upperBound...].firstIndex(of: "\"")
            else { return document }
            return document.replacingCharacters(in: start.lowerBound..<document.index(after: end), with: "")
        case .tellsOfEmptyQueue:
            guard code != nil, !document.contains("<msgQ"), let end = document.ranges(of: "</result>").last else {
                return document
            }
            return document.replacingCharacters(in: end.upperBound..<end.upperBound, with: "<msgQ count=\"0\"/>")
        case .quotesWithUndeclaredPrefix:
            return document.replacing("<value><text xmlns=\"\">", with: "<value><field:name>")
                .replacing("</text></value>", with: "</field:name></value>")
        case .beginsWithSpace:
            return "\n " + document
        case .sendsControlCharacters:
            return document.replacing("</msg>", with: "\u{C}</msg>")
        case .encodes(let name):
            return document.replacing("encoding=\"UTF-8\"", with: "encoding=\"\(name)\"", maxReplacements: 1)
        case .writesOffsetsWithoutColon:
            return Self.writingOffsets(in: document)
        case .offers(let namespace, let uri):
            guard code == nil else { return document }
            return document.replacing("<objURI>\(namespace.uri)</objURI>", with: "<objURI>\(uri)</objURI>")
        case .takesProtocolExtensions:
            return document
        }
    }

    private static func adding(_ xml: String, as part: Part, to document: String) -> String {
        switch part {
        case .data:
            return document.replacing("</resData>", with: "\(xml)</resData>", maxReplacements: 1)
        case .extension:
            guard document.contains("</extension>") else {
                return document.replacing("<trID>", with: "<extension>\(xml)</extension><trID>", maxReplacements: 1)
            }
            return document.replacing("</extension>", with: "\(xml)</extension>", maxReplacements: 1)
        }
    }

    private static func leavingOut(_ element: String, of parent: String, in document: String) -> String {
        guard let start = document.firstRange(of: "<\(parent) ")?.upperBound,
            let end = document[start...].firstRange(of: "</\(parent)>")?.lowerBound,
            let open = document[start..<end].firstRange(of: "<\(element)>"),
            let close = document[open.upperBound..<end].firstRange(of: "</\(element)>")
        else { return document }
        return document.replacingCharacters(in: open.lowerBound..<close.upperBound, with: "")
    }

    /// Replaces the `Z` at the end of each date.
    private static func writingOffsets(in document: String) -> String {
        var pieces = document.split(separator: "Z</", omittingEmptySubsequences: false)
        let last = pieces.popLast() ?? ""
        // No other text of this registry's ends in a time and a Z.
        return pieces.map { "\($0)\($0.last?.isNumber == true ? "+0000" : "Z")</" }.joined() + last
    }

    /// The bytes of a document, in the encoding that it declares.
    static func bytes(of document: String, encoding: String?) -> [UInt8] {
        switch encoding {
        case nil: Array(document.utf8)
        case "UTF-16": [0xFE, 0xFF] + document.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        // All that this registry writes in windows-1252 is in Latin 1, too.
        case let name:
            document.unicodeScalars.map { $0.value < (name == "US-ASCII" ? 0x80 : 0x100) ? UInt8($0.value) : 0x3F }
        }
    }
}

extension RegistryQuirk.Place {
    func matches(_ document: String, _ code: ResultCode) -> Bool {
        switch self {
        case .refusals: !code.isSuccess
        case .messages: code == .successAckToDequeue && document.contains("<resData>")
        case .data(let element): document.contains("<\(element) ")
        }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
