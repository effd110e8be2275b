import EPP
import EPPSchema
import Foundation
import Testing

/// With schemas of the test's own: what libxml2 says, and what it is kept from doing.
@Suite(
    .enabled("EPPSchema was built without libxml2: libxml2-dev is missing") { SchemaSet.isAvailable })
struct `A set of schemas` {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("epp schemas é-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// A schema whose root is a `login` of a name and a password, and of elements of other schemas.
    private static let login = """
        <schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x:login" xmlns:l="urn:x:login"
          elementFormDefault="qualified">
          <element name="login"><complexType><sequence>
            <element name="name" maxOccurs="unbounded"><simpleType><restriction base="token">
              <minLength value="3"/></restriction></simpleType></element>
            <element name="pw"><simpleType><restriction base="token"><minLength value="6"/></restriction></simpleType>
              </element>
            <any namespace="##other" minOccurs="0" maxOccurs="unbounded"/>
          </sequence><attribute name="kind" type="l:kind"/></complexType></element>
          <simpleType name="kind"><restriction base="token"><enumeration value="a"/></restriction></simpleType>
        </schema>
        """
    private static let note = """
        <schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x:note"><element name="note" type="int"/>
        </schema>
        """

    private func file(_ name: String, _ text: String) throws -> String {
        let file = directory.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    private func schemas() throws -> SchemaSet {
        _ = try file("b.xsd", Self.login)
        _ = try file("a.xsd", Self.note)
        _ = try file("read me.txt", "not a schema")
        return try SchemaSet(directory: directory.path)
    }

    private func document(
        name: String = "abc", password: String = "secret", attributes: String = "", more: String = ""
    ) -> [UInt8] {
        let text = "<name>\(name)</name><pw>\(password)</pw>\(more)"
        return Array("<login xmlns='urn:x:login' \(attributes)>\(text)</login>".utf8)
    }

    private func problems(_ document: [UInt8], _ schemas: SchemaSet) -> [InvalidValue] {
        #expect(throws: SchemaViolation.self) { try schemas.validate(document) }?.problems ?? []
    }

    @Test func `may be made by many threads at once, in a process that has made none before`() async {
        await #expect(processExitsWith: .success) {
            // Against hanging only.
            alarm(300)
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent("epp-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            try Data(Self.note.utf8).write(to: directory.appendingPathComponent("note.xsd"))
            let (path, start, done) = (directory.path, DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            for _ in 0..<16 {
                Thread.detachNewThread {
                    start.wait()
                    if (try? SchemaSet(directory: path)) == nil { abort() }
                    done.signal()
                }
            }
            for _ in 0..<16 { start.signal() }
            for _ in 0..<16 { done.wait() }
        }
    }

    @Test func `takes what is valid, extensions with a schema included`() throws {
        let schemas = try schemas()
        try schemas.validate(document(attributes: "kind='a'", more: "<n:note xmlns:n='urn:x:note'>7</n:note>"))
    }

    @Test func `names the field and the rule of each thing that is not valid`() throws {
        let schemas = try schemas()
        let short = problems(document(name: "ab", attributes: "kind='b'"), schemas)
        #expect(short.map(\.field) == ["login kind", "name"])
        #expect(short.last?.reason.contains("minLength") == true, "\(short)")
        let prefixed = "<l:login xmlns:l='urn:x:login'><l:name>a</l:name><l:pw>secret</l:pw></l:login>"
        #expect(problems(Array(prefixed.utf8), schemas).first?.field == "l:name")
        let misplaced = problems(document(more: "<name>abc</name>"), schemas)
        #expect(misplaced.first?.field == "name" && misplaced.first?.reason.contains("not expected") == true)
        #expect(problems(document(more: "<n:note xmlns:n='urn:x:note'>x</n:note>"), schemas).first?.field == "n:note")
        // No schema, no mercy.
        #expect(!problems(document(more: "<u:u xmlns:u='urn:x:unknown'/>"), schemas).isEmpty)
        #expect(!problems(Array("<login/>".utf8), schemas).isEmpty)
    }

    @Test func `quotes no password`() throws {
        let violation = SchemaViolationText(problems(document(password: "hush"), try schemas()))
        #expect(violation.text.contains("pw: "))
        #expect(!violation.text.contains("hush"))
    }

    private struct SchemaViolationText {
        let text: String

        init(_ problems: [InvalidValue]) {
            text = problems.map(\.description).joined(separator: "; ")
        }
    }

    @Test func `is not led to other schemas by the document`() throws {
        let schemas = try schemas()
        let lax = try file(
            "lax.xml",
            "<schema xmlns='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:x:lax'><element name='lax'/></schema>"
        )
        let hint = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='urn:x:lax \(lax)'"
        #expect(!problems(document(attributes: hint, more: "<x:lax xmlns:x='urn:x:lax'/>"), schemas).isEmpty)
        #expect(!problems(document(more: "<x:lax xmlns:x='urn:x:lax' \(hint)/>"), schemas).isEmpty)
        // Registries write such hints, and they are no fault.
        try schemas.validate(document(attributes: hint))
    }

    @Test func `refuses a DOCTYPE, what is no XML and what is beyond a limit before libxml2 sees it`() throws {
        let schemas = try schemas()
        for text in ["<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a>", "", "\u{0}"] {
            #expect(throws: ParsingError.self) { try schemas.validate(Array(text.utf8)) }
        }
        #expect(throws: ParsingError.self) { try schemas.validate(document(), limits: XMLLimits { $0.depth = 1 }) }
    }

    @Test func `is the same in whatever order its files stand`() throws {
        let files = try [file("b.xsd", Self.login), file("a.xsd", Self.note)]
        for files in [files, files.reversed(), files + files] {
            try SchemaSet(files: files).validate(document(more: "<n:note xmlns:n='urn:x:note'>7</n:note>"))
        }
    }

    @Test func `is not made of what is no schema`() throws {
        func reason(_ make: () throws -> SchemaSet) -> String {
            #expect(throws: SchemaError.self) { _ = try make() }?.description ?? ""
        }
        #expect(reason { try SchemaSet(directory: directory.path + "/none") }.hasSuffix("none: is no directory"))
        #expect(reason { try SchemaSet(directory: directory.path) }.contains("no file that ends in .xsd"))
        #expect(reason { try SchemaSet(files: []) } == "no schema is named")
        #expect(reason { try SchemaSet(files: ["/nothing/here.xsd"]) }.hasPrefix("/nothing/here.xsd: "))
        let text = try file("text.xsd", "no XML")
        #expect(reason { try SchemaSet(files: [text]) }.contains("no well-formed XML"))
        let other = try file("other.xsd", "<a targetNamespace='urn:x'/>")
        #expect(reason { try SchemaSet(files: [other]) }.contains("is no schema"))
        let broken = try file(
            "broken.xsd", Self.login.replacingOccurrences(of: "type=\"l:kind\"", with: "type=\"l:x\""))
        #expect(reason { try SchemaSet(files: [broken]) }.contains("broken.xsd: "))
        let fetching = try file(
            "fetching.xsd",
            "<schema xmlns='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:x'>"
                + "<import namespace='urn:y' schemaLocation='http://example.org/y.xsd'/></schema>")
        #expect(reason { try SchemaSet(files: [fetching]) }.contains("nothing is fetched over the network"))
    }

    @Test func `serves many threads`() async throws {
        let schemas = try schemas()
        let valid = document()
        let invalid = document(name: "a")
        let failures = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var failures = 0
                    for _ in 0..<50 {
                        try? schemas.validate(valid)
                        do { try schemas.validate(invalid) } catch is SchemaViolation { failures += 1 } catch {}
                    }
                    return failures
                }
            }
            return await group.reduce(0, +)
        }
        #expect(failures == 400)
        try schemas.validate(valid)
    }
}
