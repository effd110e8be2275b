import EPP
import Testing

@Suite
struct XMLWriterTests {
    private static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

    private func written(_ write: (inout XMLWriter) throws -> Void) throws -> String {
        var writer = XMLWriter()
        try write(&writer)
        let text = String(decoding: try writer.finish(), as: UTF8.self)
        #expect(text.hasPrefix(Self.declaration))
        return String(text.dropFirst(Self.declaration.count))
    }

    @Test func `elements nest, and an empty one is short`() throws {
        let text = try written { writer in
            writer.element("a", .init("x", "1"), .init("y", "2")) { writer in
                writer.element("b", "text")
                writer.element("c")
                writer.element("d", "")
                writer.element("e", ifPresent: nil)
                writer.elementUnlessEmpty("f") { _ in }
                writer.elementUnlessEmpty("g") { $0.element("h") }
            }
        }
        #expect(text == "<a x=\"1\" y=\"2\"><b>text</b><c/><d/><g><h/></g></a>")
        #expect(try written { $0.element("a") { $0.elementUnlessEmpty("b") { _ in } } } == "<a/>")
    }

    @Test func `what is special is escaped`() throws {
        let special = "<>&\"'\r\n\t]]>"
        let text = try written { $0.element("a", .init("x", special), text: special) }
        #expect(
            text == "<a x=\"&lt;&gt;&amp;&quot;'&#13;&#10;&#9;]]&gt;\">&lt;&gt;&amp;\"'&#13;\n\t]]&gt;</a>")
    }

    @Test func `every character that XML allows comes back, and no other is written`() throws {
        var text = ""
        for value in (0...0xFFFF as ClosedRange<UInt32>).map({ $0 }) + [0x10000, 0x1F600, 0x10FFFF] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isAllowed = value >= 0x20 && value < 0xFFFE || value > 0xFFFF || [9, 10, 13].contains(value)
            if isAllowed {
                text.unicodeScalars.append(scalar)
            } else {
                var writer = XMLWriter()
                writer.element("name", "a" + String(Character(scalar)))
                let error = #expect(throws: InvalidValue.self) { try writer.finish() }
                #expect(error?.field == "name")
            }
        }
        var writer = XMLWriter()
        writer.element("a", .init("x", text), text: text)
        let root = try XMLTree(writer.finish(), limits: XMLLimits { $0.attributeLength = 1 << 20 }).root
        // Compared as scalars: strings are equal that differ in how they are composed.
        #expect(root.text.unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(root.attribute("x")?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test func `what goes in as XML must be one element`() throws {
        #expect(
            try written { try $0.element("a") { try $0.raw(" <?xml-x?><b c='1'/><!-- --> ") } } == "<a><b c='1'/></a>")
        for text in ["", "text", "<a>", "<a/><b/>", "<a/>text", "<p:a/>", "<!DOCTYPE a><a/>", "</a><a>"] {
            var writer = XMLWriter()
            #expect(throws: ParsingError.self) { try writer.raw(text) }
        }
    }
}
