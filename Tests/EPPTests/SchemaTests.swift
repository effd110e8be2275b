import EPP
import Foundation
import Testing

/// Documents made at random are valid by the schemas of the RFCs. Takes the directory of the schemas from
/// `EPP_SCHEMAS` and needs `xmllint`; skipped, saying so, where one of them is missing.
@Suite(
    .timeLimit(.minutes(1)),
    .enabled("EPP_SCHEMAS names no directory with all-1.0.xsd, or there is no xmllint") {
        Schemas.directory != nil && Schemas.xmllint != nil
    })
struct SchemaTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func `every command is valid`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        var documents: [[UInt8]] = [try Hello().document(), try Logout().document()]
        for _ in 0..<40 {
            let id = samples.optional { $0.token(3...64) }
            documents.append(try samples.login().document(transactionID: id))
            documents.append(try samples.checkDomain().document(transactionID: id))
            documents.append(try samples.infoDomain().document(transactionID: id))
            documents.append(try samples.createDomain().document(transactionID: id))
        }
        try Schemas.validate(documents)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func `every response is valid`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        var documents: [[UInt8]] = []
        for _ in 0..<40 {
            documents.append(try samples.greeting().document())
            documents.append(try samples.response(samples.availabilities()).document())
            documents.append(try samples.response(samples.domainInfo()).document())
            documents.append(try samples.response(samples.creation()).document())
            documents.append(try (samples.response(nil) as CommandResponse<Never>).document())
        }
        try Schemas.validate(documents)
    }

    @Test func `what is not valid is told apart`() {
        #expect(throws: Schemas.Invalid.self) {
            try Schemas.validate(["<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command/></epp>".bytes])
        }
    }
}

private enum Schemas {
    static let directory: String? = ProcessInfo.processInfo.environment["EPP_SCHEMAS"].flatMap { directory in
        FileManager.default.fileExists(atPath: directory + "/all-1.0.xsd") ? directory : nil
    }

    static let xmllint: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { $0 + "/xmllint" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    struct Invalid: Error {
        var output: String
    }

    static func validate(_ documents: [[UInt8]]) throws {
        let files = FileManager.default.temporaryDirectory.appendingPathComponent("epp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        var names: [String] = []
        for (number, document) in documents.enumerated() {
            names.append("\(number).xml")
            try Data(document).write(to: files.appendingPathComponent("\(number).xml"))
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(xmllint))
        process.currentDirectoryURL = files
        let schema = files.appendingPathComponent("test.xsd").path
        for (name, text) in schemas(in: try #require(directory)) {
            try Data(text.utf8).write(to: files.appendingPathComponent(name))
        }
        process.arguments = ["--noout", "--nonet", "--schema", schema] + names
        let output = Pipe()
        process.standardError = output
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Invalid(
                output: text.split(separator: "\n").filter { !$0.hasSuffix(" validates") }.joined(separator: "\n"))
        }
    }

    /// The schemas of the RFCs, and those of the elements that the samples put where any may stand.
    private static func schemas(in directory: String) -> [String: String] {
        func schema(_ namespace: String, _ content: String) -> String {
            "<schema xmlns='http://www.w3.org/2001/XMLSchema' targetNamespace='\(namespace)'>\(content)</schema>"
        }
        func imported(_ namespace: String, _ location: String) -> String {
            "<import namespace='\(namespace)' schemaLocation='\(location)'/>"
        }
        let extensionType =
            "<complexType><simpleContent><extension base='string'><attribute name='v' type='string'/></extension>"
            + "</simpleContent></complexType>"
        return [
            "test.xsd": schema(
                "urn:example:test",
                imported("urn:ietf:params:xml:ns:all-1.0", directory + "/all-1.0.xsd")
                    + imported("urn:example:auth", "auth.xsd") + imported("urn:example:x", "x.xsd")),
            "auth.xsd": schema("urn:example:auth", "<element name='token' type='string'/>"),
            "x.xsd": schema(
                "urn:example:x",
                "<element name='a'>\(extensionType)</element><element name='b'>\(extensionType)</element>"),
        ]
    }
}
