import EPP
import Foundation
import Testing

/// Documents made at random are valid by the schemas of the RFCs. Takes the directory of the schemas from
/// `EPP_SCHEMAS` and needs `xmllint`; skipped, saying so, where one of them is missing.
@Suite(
    .timeLimit(.minutes(4)),
    .enabled("EPP_SCHEMAS names no directory with all-1.0.xsd, or there is no xmllint") {
        Schemas.directory != nil && Schemas.xmllint != nil
    })
struct SchemaTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func `every command is valid`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        var documents: [[UInt8]] = [try Hello().document(), try Logout().document()]
        for _ in 0..<12 {
            let id = samples.optional { $0.token(3...64) }
            for command in samples.commands() { documents.append(try command.document(transactionID: id)) }
        }
        documents.append(
            try ProtocolExtension("<x:a xmlns:x=\"urn:example:x\" v=\"1\">a</x:a>").document())
        try Schemas.validate(documents)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func `every response is valid`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        var documents: [[UInt8]] = []
        for _ in 0..<12 {
            documents.append(try samples.greeting().document())
            for data in samples.data() { documents.append(try document(data, &samples)) }
            documents.append(try (samples.response(nil) as CommandResponse<Never>).document())
        }
        try Schemas.validate(documents)
    }

    private func document<Data: ResponseData>(_ data: Data, _ samples: inout Samples) throws -> [UInt8] {
        try samples.response(data).document()
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func `every extension is valid`(seed: UInt64) throws {
        var samples = Samples(seed: seed)
        var documents: [[UInt8]] = []
        for _ in 0..<12 {
            for item in samples.commandExtensions() {
                documents.append(try samples.updateDomain().with(item).document())
            }
            for item in samples.responseExtensions() {
                var response: CommandResponse<Never> = samples.response(nil)
                try response.appendExtension(item)
                documents.append(try response.document())
            }
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

    /// The extensions whose schemas may be in the directory: namespace, file, and the elements that messages have.
    private static let extensions: [(String, String, [String])] = [
        (XMLNamespace.gracePeriod.uri, "rgp-1.0.xsd", ["update", "infData", "upData"]),
        (
            XMLNamespace.fee.uri, "fee-1.0.xsd",
            [
                "check", "chkData", "create", "creData", "renew", "renData", "transfer", "trnData", "update", "updData",
                "delete", "delData",
            ]
        ),
        (
            XMLNamespace.launch.uri, "launch-1.0.xsd",
            ["check", "chkData", "create", "creData", "info", "infData", "update", "delete"]
        ),
        (XMLNamespace.changePoll.uri, "changePoll-1.0.xsd", ["changeData"]),
        (XMLNamespace.loginSecurity.uri, "loginSec-1.0.xsd", ["loginSec", "loginSecData"]),
        ("urn:ietf:params:xml:ns:mark-1.0", "mark-1.0.xsd", ["mark"]),
        ("urn:ietf:params:xml:ns:signedMark-1.0", "signedMark-1.0.xsd", ["encodedSignedMark"]),
    ]

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
        var schemas: [String: String] = [:]
        var extensionImports = ""
        for (namespace, file, elements) in extensions {
            if FileManager.default.fileExists(atPath: "\(directory)/\(file)") {
                extensionImports += imported(namespace, "\(directory)/\(file)")
            } else {
                // Without the schema only what stands around the extension is looked at.
                schemas[file] = schema(namespace, elements.map { "<element name='\($0)'/>" }.joined())
                extensionImports += imported(namespace, file)
            }
        }
        let own = [
            "test.xsd": schema(
                "urn:example:test",
                imported("urn:ietf:params:xml:ns:all-1.0", directory + "/all-1.0.xsd") + extensionImports
                    + imported("urn:example:auth", "auth.xsd") + imported("urn:example:x", "x.xsd")),
            "auth.xsd": schema("urn:example:auth", "<element name='token' type='string'/>"),
            "x.xsd": schema(
                "urn:example:x",
                "<element name='a'>\(extensionType)</element><element name='b'>\(extensionType)</element>"),
        ]
        return schemas.merging(own) { $1 }
    }
}
