/// Makes XML documents of chance, well-formed ones and damaged ones. The same seed makes the same documents.
struct DocumentMaker: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    private mutating func pick<T>(_ values: [T]) -> T { values[number(0...(values.count - 1))] }

    private mutating func chance(_ oneIn: Int) -> Bool { number(1...oneIn) == 1 }

    // MARK: Well-formed

    private static let names = [
        "a", "b", "A", "_", "a-b", "a.b", "x1", "\u{E9}", "e\u{301}", "\u{212A}", "K", "\u{4E2D}", "\u{10000}", "xmlx",
        "pw", "a\u{B7}",
    ]
    private static let prefixes = ["p", "q", "\u{E9}", "e\u{301}", "K", "\u{212A}", "xsi"]
    private static let uris = [
        "u", "urn:ietf:params:xml:ns:epp-1.0", "urn:ietf:params:xml:ns:domain-1.0", "urn:\u{E9}", "urn:e\u{301}", "u ",
        "U", "urn:\u{212A}", "urn:K", "http://www.w3.org/XML/1998/namespacE", "a&amp;b", "a&#38;b", "'",
    ]
    private static let texts = [
        "text", " ", "\n", "\r\n", "\r", "\t", "&lt;", "&amp;", "&#65;", "&#x1F600;", "&#x0041;", "&quot;&apos;&gt;",
        "]]",
        "]", ">", "\"", "'", "\u{E9}", "e\u{301}", "\u{1F600}", "\u{85}", "\u{2028}", "\u{FFFD}", "\u{7F}", "&#13;",
        "&#10;", "&#9;", "&#xD7FF;", "&#xE000;", "&#x10FFFF;", "]]&gt;",
    ]

    /// A document, most of the time well-formed: prefixes may be missing, and attributes there twice.
    mutating func document() -> String {
        var text = pick(["", "", "\u{FEFF}"])
        text += pick([
            "", "", "<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
            "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>", "<?xml version='1.0' standalone='no'?>\r\n",
        ])
        text += misc() + element(depth: 0, prefixes: [:]) + misc()
        return text
    }

    private mutating func misc() -> String {
        (0..<number(0...2)).map { _ in pick([comment(), instruction(), " ", "\n", "\r\n\t"]) }.joined()
    }

    private mutating func element(depth: Int, prefixes: [String: String]) -> String {
        var prefixes = prefixes
        var attributes: [String] = []
        for _ in 0..<pick([0, 0, 1, 1, 2, depth == 0 ? 12 : 3]) {
            let uri = pick(Self.uris)
            if chance(3) {
                if !attributes.contains(where: { $0.hasPrefix("xmlns=") }) {
                    attributes.append("xmlns=\(quoted(chance(4) ? "" : uri))")
                }
            } else {
                let prefix = pick(Self.prefixes)
                let start = "xmlns:\(prefix)="
                guard chance(30) || !attributes.contains(where: { $0.utf8.starts(with: start.utf8) }) else { continue }
                prefixes[prefix] = uri
                attributes.append(start + quoted(uri))
            }
        }
        for _ in 0..<pick([0, 0, 1, 2, 4, 11]) {
            let name = self.name(prefixes, isAttribute: true)
            guard chance(60) || !attributes.contains(where: { $0.utf8.starts(with: "\(name)=".utf8) }) else { continue }
            let space = pick(["", "", "", " ", "\n"])
            attributes.append("\(name)=" + space + quoted(self.value()))
        }
        attributes.shuffle(using: &self)
        let name = self.name(prefixes, isAttribute: false)
        let space = pick([" ", " ", "\n", "\t ", "\r\n"])
        let tag = "<\(name)" + attributes.map { space + $0 }.joined() + pick(["", "", " ", "\n"])
        if chance(4) { return "\(tag)/>" }
        let inside = depth > 5 ? "" : (0..<number(0...4)).map { _ in content(depth, prefixes) }.joined()
        return "\(tag)>\(inside)</\(name)\(pick(["", "", " ", "\r\n"]))>"
    }

    private mutating func content(_ depth: Int, _ prefixes: [String: String]) -> String {
        switch number(0...7) {
        case 0: comment()
        case 1: instruction()
        case 2: "<![CDATA[\(pick(["", "]]", "<a>", "&amp;", "\r\n", "]]&gt;", "\u{E9}"]))]]>"
        case 3, 4: pick(Self.texts)
        default: element(depth: depth + 1, prefixes: prefixes)
        }
    }

    private mutating func name(_ prefixes: [String: String], isAttribute: Bool) -> String {
        let name = pick(Self.names)
        if isAttribute, chance(20) { return pick(["xml:space", "xml:lang", "xml:id", "xml:base"]) }
        guard chance(3) else { return name }
        let known = prefixes.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return "\(known.isEmpty || chance(40) ? pick(Self.prefixes) : pick(known)):\(name)"
    }

    private mutating func value() -> String {
        (0..<number(0...3)).map { _ in pick(Self.texts) }.joined().replacing("\"", with: "&#34;")
            .replacing("'", with: "&#39;")
    }

    private mutating func quoted(_ value: String) -> String {
        value.contains("'") || chance(2) ? "\"\(value)\"" : "'\(value)'"
    }

    private mutating func comment() -> String {
        "<!--\(pick(["", "a", " - ", "<a>", "&", "]]>", "?>", "\u{E9}", "->", ">"]))-->"
    }

    private mutating func instruction() -> String {
        "<?\(pick(["p", "xml-stylesheet", "\u{E9}", "xm", "xmlx"]))\(pick(["", " ", " a", " ?", " <", "\n?a>", " --"]))?>"
    }

    // MARK: Damaged

    private static let pieces = [
        "<", ">", "/", "&", ";", "'", "\"", "=", "<![CDATA[", "]]>", "<!--", "-->", "--", "<?", "?>", "xmlns", ":",
        "&#x",
        "&#0;", "&#x110000;", "&#xD800;", "&#xFFFE;", "&#;", "&#x;", "&a;", "&amp", "</a>", "<a>", "<a/>", "\u{FEFF}",
        "é",
        "\r", " ", "xmlns:p=''", " xmlns:xml='u'", " xmlns:xmlns='u'", " xmlns='http://www.w3.org/2000/xmlns/'",
        " xmlns:p='http://www.w3.org/XML/1998/namespace'", " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
        " xmlns='http://www.w3.org/XML/1998/namespace'", "xmlns:a", "a:b:c", "<a:b:c/>", "<:a/>", "<a:/>", "<a:1/>",
        "<1/>",
        "<-a/>", "<?xml version='1.0'?>", "<?XML ?>", "<?a:b ?>", "<?a?>", " a='1'", " a='2'", "\u{1}", "\u{FFFF}",
        "\u{FFFE}", "<xmlns:a/>", "<xmlns/>", " xmlns:q='u' q:a='' p:a=''", "version", "standalone='x'", "encoding=''",
        "1.1", "2.0", "\u{D7}", "\u{37E}", "\u{300}", "]]", "&lt", "<!a>", "<!DOCTYPE a>",
    ]

    /// The document with something put in, taken out or changed, in one place or a few.
    mutating func damaged(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<number(1...2) {
            let place = number(0...max(0, bytes.count - 1))
            switch number(0...4) {
            case 0: bytes.removeSubrange(place..<min(bytes.count, place + number(1...4)))
            case 1, 2: bytes.insert(contentsOf: pick(Self.pieces).utf8, at: place)
            case 3 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: next()) | 1
            default: bytes.append(contentsOf: pick(Self.pieces).utf8)
            }
        }
        return bytes
    }
}
