import Testing

/// A document that is made to be dear, of any size: what stands on one element, and pieces to stand in it.
struct Shape: Sendable, CustomTestStringConvertible {
    let name: String
    /// What stands on the element that holds the pieces, and the pieces, of so many bytes in all.
    let parts: @Sendable (Int) -> (attributes: String, pieces: [String])

    var testDescription: String { name }

    func document(_ size: Int) -> [UInt8] {
        let (attributes, pieces) = parts(size)
        return Array("<x \(attributes)>\(pieces.joined())</x>".utf8)
    }

    /// Pieces on their own, each made of its number.
    private init(_ name: String, piece: @escaping @Sendable (Int) -> String) {
        self.init(name, attributes: { _ in "" }, piece: piece)
    }

    /// Pieces under some attributes, which take up a part of the size.
    private init(
        _ name: String, attributes: @escaping @Sendable (Int) -> String, piece: @escaping @Sendable (Int) -> String
    ) {
        self.name = name
        parts = { size in
            let attributes = attributes(size)
            return (attributes, Self.fill(size - attributes.utf8.count, piece))
        }
    }

    /// One piece that starts with one text so many times and ends with another as many times.
    private init(_ name: String, around: @escaping @Sendable (Int) -> (String, String)) {
        self.name = name
        parts = { size in
            var (starts, ends) = ([String](), [String]())
            var length = 0
            while length < size {
                let (start, end) = around(starts.count)
                starts.append(start)
                ends.append(end)
                length += start.utf8.count + end.utf8.count
            }
            return ("", [starts.joined() + ends.reversed().joined()])
        }
    }

    private static func fill(_ size: Int, _ piece: (Int) -> String) -> [String] {
        var pieces: [String] = []
        var length = 0
        while length < size {
            pieces.append(piece(pieces.count))
            length += pieces[pieces.count - 1].utf8.count
        }
        return pieces
    }

    private static func joined(_ size: Int, _ piece: (Int) -> String) -> String {
        fill(size, piece).joined()
    }

    private static func declarations(_ count: Int, _ uri: (Int) -> String) -> String {
        (0..<count).map { "xmlns:p\($0)='\(uri($0))'" }.joined(separator: " ")
    }

    private static func longDeclarations() -> String {
        let long = String(repeating: "n", count: 300)
        return declarations(8) { "urn:\($0):\(long)" }
    }

    private static let long = String(repeating: "long-", count: 40)

    static let all: [Shape] = [
        Shape("deep") { _ in ("<a>", "</a>") },
        Shape("deep, a declaration each") { ("<a xmlns:p\($0)='u\($0)'>", "</a>") },
        Shape("deep, a prefix declared again each time") { ("<p:a xmlns:p='u\($0 % 7)'>", "</p:a>") },
        Shape("deep, the outermost prefix used by all") {
            ($0 == 0 ? "<q:a xmlns:q='q'>" : "<q:a xmlns:p\($0)='u'>", "</q:a>")
        },
        Shape("elements") { _ in "<a/>" },
        Shape("elements with a declaration each") { "<p:a xmlns:p='u\($0 % 9)'/>" },
        Shape("elements with a declaration of a prefix of their own") { "<p\($0):a xmlns:p\($0)='u'/>" },
        Shape("elements with a namespace of their own") { "<a xmlns='urn:\($0)'/>" },
        Shape("elements with some attributes") { _ in "<a b='' c='' d='' e='' f='' g='' h='' i='' j='' k=''/>" },
        Shape("attributes") { _ in "<a/>" }.with { size in joined(size) { " a\($0)=''" } },
        Shape("attributes with long names") { _ in "<a/>" }.with { size in joined(size) { " \(long)\($0)=''" } },
        Shape("attributes that differ in their prefix", attributes: { declarations($0 / 40) { "u\($0)" } }) {
            _ in "<a/>"
        }.adding { size in joined(size / 2) { " p\($0 % (size / 80)):a\($0 / (size / 80))=''" } },
        Shape("declarations") { _ in "<a/>" }.with { size in joined(size) { " xmlns:p\($0)='u'" } },
        Shape("declarations of long prefixes") { _ in "<a/>" }.with { size in joined(size) { " xmlns:\(long)\($0)='u'" }
        },
        Shape("namespaces in two normal forms") { number in
            let letters = (0..<6).map { number >> $0 & 1 == 0 ? "\u{E9}" : "e\u{301}" }.joined()
            return "<a xmlns='urn:\(letters)\(letters)'/>"
        },
        Shape("prefixes in two normal forms") { number in
            let letters = (0..<6).map { number >> $0 & 1 == 0 ? "\u{E9}" : "e\u{301}" }.joined()
            return "<\(letters):a xmlns:\(letters)='u'/>"
        },
        Shape(
            "long namespaces that differ at their end",
            attributes: { declarations(min(200, $0 / 1000)) { "urn:\(long)\(long)\($0)" } }
        ) {
            "<a xmlns='urn:\(long)\(long)\($0 % 200)'/>"
        },
        Shape("small elements under many prefixes", attributes: { declarations(min(4_000, $0 / 40)) { "u\($0)" } }) {
            "<p\($0 % 7):a/>"
        },
        Shape("small elements under prefixes with long namespaces", attributes: { _ in longDeclarations() }) {
            "<p\($0 % 8):a/>"
        },
        Shape("small elements that name many prefixes", attributes: { declarations(min(4_000, $0 / 40)) { "u\($0)" } })
        {
            "<a b='p\($0):p\($0 + 1):p\($0 + 2):'/>"
        },
        Shape("elements with a declaration under many", attributes: { declarations(min(4_000, $0 / 40)) { "u\($0)" } })
        {
            _ in "<z:a xmlns:z='z'><p1:b/></z:a>"
        },
        Shape("long names") { _ in "<\(long)/>" },
        Shape("pieces of text") { _ in "a<!---->" },
        Shape("pieces of text between elements") { _ in "a<b/>" },
        Shape("CDATA sections") { _ in "<![CDATA[]]>" },
        Shape("characters by number") { _ in "&#65;" },
        Shape("characters by number in attributes") { _ in "<a b='&#65;&amp;&#x10FFFF;'/>" },
        Shape("line ends") { _ in "\r\n\r" },
        Shape("white space in a text") { _ in " a  b\t" },
        Shape("comments") { _ in "<!--a-->" },
        Shape("half ends of comments") { _ in "<!-- - - - ->] -->" },
        Shape("processing instructions") { _ in "<?a ??? ?>" },
        Shape("brackets") { _ in "]]" },
        Shape("colons") { _ in "a:" }.adding { _ in declarations(20) { "u\($0)" } },
        Shape("one long text") { _ in "0123456789" },
        Shape("passwords") { _ in "<pw>secret</pw>" },
        Shape("passwords in passwords") { _ in ("<pw>", "</pw>") },
        Shape("signs of passwords") { _ in "<![CDATA[<pw]]>&lt;pw" },
        object("domain:infData", "domain", XMLNamespaceText.domain, "<domain:name>a</domain:name>") { _ in
            "<domain:status s='ok'>a</domain:status><domain:ns><domain:hostObj>a</domain:hostObj></domain:ns>"
        },
        object("domain:infData", "domain", XMLNamespaceText.domain, "<domain:name>a</domain:name>") { _ in
            "<domain:authInfo><domain:ext><domain:a/></domain:ext></domain:authInfo>"
        },
        object("domain:chkData", "domain", XMLNamespaceText.domain, "") { _ in
            "<domain:cd><domain:name avail='1'>a</domain:name></domain:cd>"
        },
        object("contact:infData", "contact", XMLNamespaceText.contact, "<contact:id>a</contact:id>") { _ in
            "<contact:postalInfo type='loc'><contact:addr><contact:street>a</contact:street></contact:addr></contact:postalInfo>"
        },
        object("fee:chkData", "fee", XMLNamespaceText.fee, "<fee:currency>USD</fee:currency>") { _ in
            "<fee:cd avail='1'><fee:objID>a</fee:objID><fee:command name='create'><fee:fee>1</fee:fee></fee:command></fee:cd>"
        },
        object("secDNS:infData", "secDNS", XMLNamespaceText.secDNS, "") { _ in
            "<secDNS:dsData><secDNS:keyTag>1</secDNS:keyTag><secDNS:alg>1</secDNS:alg><secDNS:digestType>1</secDNS:digestType><secDNS:digest>AA</secDNS:digest></secDNS:dsData>"
        },
        object("launch:infData", "launch", XMLNamespaceText.launch, "<launch:phase>open</launch:phase>") { _ in
            "<m:mark xmlns:m='urn:m'><launch:a/></m:mark>"
        },
    ]

    /// The shape with all of its size on one element.
    private func with(_ attributes: @escaping @Sendable (Int) -> String) -> Shape {
        Shape(name: name) { (attributes($0), ["<a/>"]) }
    }

    /// The shape with more on its element.
    private func adding(_ attributes: @escaping @Sendable (Int) -> String) -> Shape {
        let parts = parts
        return Shape(name: name) { size in
            let (own, pieces) = parts(size / 2)
            return ("\(own) \(attributes(size))", pieces)
        }
    }

    private init(name: String, parts: @escaping @Sendable (Int) -> (attributes: String, pieces: [String])) {
        self.name = name
        self.parts = parts
    }

    /// An object of a registry with many of one thing in it.
    private static func object(
        _ element: String, _ prefix: String, _ uri: String, _ first: String,
        _ piece: @escaping @Sendable (Int) -> String
    ) -> Shape {
        Shape(name: "\(element) with \(piece(0).prefix(24))") { size in
            ("", ["<\(element) xmlns:\(prefix)='\(uri)'>\(first)\(joined(size, piece))</\(element)>"])
        }
    }
}

/// Where in a response a shape stands.
enum Place: CaseIterable {
    case extensions, data, value, values, results, message

    func document(_ shape: Shape, _ size: Int) -> [UInt8] {
        let (attributes, pieces) = shape.parts(size)
        return document(attributes, pieces)
    }

    func document(_ attributes: String, _ pieces: [String]) -> [UInt8] {
        let content = pieces.joined()
        let values = pieces.map { "<value>\($0)</value>" }.joined()
        let body =
            switch self {
            case .extensions: "\(Self.result(""))<extension \(attributes)>\(content)</extension>"
            case .data: "\(Self.result(""))<resData \(attributes)>\(content)</resData>"
            case .value: Self.result("<value \(attributes)>\(content)</value>")
            case .values: Self.result(values, attributes)
            case .results: pieces.map { Self.result("<value>\($0)</value>") }.joined()
            case .message: "\(Self.result(""))<msgQ count='1' id='1'><msg \(attributes)>\(content)</msg></msgQ>"
            }
        let outer = self == .results ? attributes : ""
        return Array("<epp xmlns='\(XMLNamespaceText.epp)'><response \(outer)>\(body)<trID/></response></epp>".utf8)
    }

    private static func result(_ content: String, _ attributes: String = "") -> String {
        "<result code='1000' \(attributes)><msg/>\(content)</result>"
    }

    static func command(_ shape: Shape, _ size: Int) -> [UInt8] {
        let (attributes, pieces) = shape.parts(size)
        return Array(
            "<epp xmlns='\(XMLNamespaceText.epp)'><command><check><a/></check><extension \(attributes)>\(pieces.joined())</extension></command></epp>"
                .utf8)
    }
}

enum XMLNamespaceText {
    static let epp = "urn:ietf:params:xml:ns:epp-1.0"
    static let domain = "urn:ietf:params:xml:ns:domain-1.0"
    static let contact = "urn:ietf:params:xml:ns:contact-1.0"
    static let secDNS = "urn:ietf:params:xml:ns:secDNS-1.1"
    static let fee = "urn:ietf:params:xml:ns:epp:fee-1.0"
    static let launch = "urn:ietf:params:xml:ns:launch-1.0"
}
