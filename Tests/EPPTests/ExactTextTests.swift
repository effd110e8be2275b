import EPP
import Testing

/// Texts that look the same and that Unicode calls equivalent are two for XML and for EPP.
struct `A text is compared byte for byte` {
    /// One letter, composed and decomposed.
    private static let composed = "\u{E9}"
    private static let decomposed = "e\u{301}"

    @Test func `where Swift calls two equal`() {
        #expect(Self.composed == Self.decomposed)
        #expect(ExactText(Self.composed) != ExactText(Self.decomposed))
        #expect(Set([ExactText(Self.composed), ExactText(Self.decomposed)]).count == 2)
        #expect(![Self.composed].containsExactly(Self.decomposed))
        #expect(ExactText("a\u{301}bc") == ExactText("a\u{301}bc"))
        #expect(!Self.composed.hasSameBytes(as: String?.none))
    }

    /// What lets a text be compared by `==` with the words of EPP.
    @Test func `only three characters are equivalent to one of ASCII, and no word of EPP has these`() {
        let others = (0x80...0x10FFFF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init).filter { scalar in
            // Canonical equivalence of single characters, as Swift compares them.
            scalar.properties.canonicalCombiningClass == .notReordered && Self.ascii.contains(String(scalar))
        }
        #expect(others.map(\.value) == [0x37E, 0x1FEF, 0x212A])
        #expect("\u{37E}\u{1FEF}\u{212A}" == ";`K")
    }

    private static let ascii = Set((0..<0x80 as Range<UInt8>).map { String(Unicode.Scalar($0)) })

    @Test func `in the names of namespaces`() throws {
        #expect(XMLNamespace("urn:\(Self.composed)") != XMLNamespace("urn:\(Self.decomposed)"))
        #expect(Set([XMLNamespace("urn:\(Self.composed)"), XMLNamespace("urn:\(Self.decomposed)")]).count == 2)
        let tree = try XMLTree(
            "<a xmlns:p='urn:\(Self.composed)' xmlns:q='urn:\(Self.decomposed)'><p:b/><q:b/></a>".bytes)
        let uris = tree.root.children.map { Array($0.namespaceURI.utf8) }
        #expect(uris == ["urn:\(Self.composed)", "urn:\(Self.decomposed)"].map { Array($0.utf8) })
        let child = try #require(tree.root.child("b", in: XMLNamespace("urn:\(Self.decomposed)")))
        #expect(child.namespaceURI.utf8.elementsEqual("urn:\(Self.decomposed)".utf8))
        #expect(tree.root.child("b", in: XMLNamespace("urn:\u{212A}")) == nil)
    }

    @Test func `in prefixes and in the names of attributes`() throws {
        let prefixes =
            "<a xmlns:\(Self.composed)='u' xmlns:\(Self.decomposed)='v'>"
            + "<\(Self.composed):b/><\(Self.decomposed):b/></a>"
        #expect(try XMLTree(prefixes.bytes).root.children.map(\.namespaceURI) == ["u", "v"])
        #expect(throws: Never.self) { try XMLTree("<a \(Self.composed)='' \(Self.decomposed)=''/>".bytes) }
        // One name, by two prefixes of two namespaces that differ in their form only.
        let attributes = "<a xmlns:p='\(Self.composed)' xmlns:q='\(Self.decomposed)' p:b='' q:b=''/>"
        #expect(throws: Never.self) { try XMLTree(attributes.bytes) }
        #expect(throws: ParsingError.self) { try XMLTree("<\(Self.composed)></\(Self.decomposed)>".bytes) }
    }

    @Test func `in passwords, and in what a login and a greeting have in common`() {
        #expect(Authorization("pass\(Self.composed)") != Authorization("pass\(Self.decomposed)"))
        let login = Login(clientID: "abc", password: "pass\(Self.composed)", objectURIs: ["urn:\(Self.composed)"])
        let other = Login(clientID: "abc", password: "pass\(Self.decomposed)", objectURIs: ["urn:\(Self.composed)"])
        #expect(login != other)
        let greeting = Greeting(serverID: "s", objectURIs: ["urn:\(Self.decomposed)"])
        #expect(login.adapted(to: greeting).objectURIs.isEmpty)
    }

    @Test func `in a message of many namespaces in both forms`() throws {
        // 120 namespaces, each declared again and again: all of them are one where strings are compared, and it takes
        // seconds to find that out.
        let uris = (0..<120).map { number in
            "urn:" + (0..<7).map { number >> $0 & 1 == 0 ? Self.composed : Self.decomposed }.joined()
                + String(repeating: Self.decomposed, count: 20)
        }
        let elements = (0..<8_000).map { "<a xmlns='\(uris[$0 % 120])'/>" }.joined()
        let tree = try XMLTree("<r>\(elements)</r>".bytes)
        for (place, child) in tree.root.children.enumerated() where place % 997 == 0 {
            #expect(child.namespaceURI.utf8.elementsEqual(uris[place % 120].utf8))
        }
    }
}
