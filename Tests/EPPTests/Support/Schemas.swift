import EPP
import EPPSchema
import Foundation

/// The schemas of the RFCs, from the directory that `EPP_SCHEMAS` names, and those of the elements that the samples put
/// where any may stand.
enum Schemas {
    static let directory: String? = ProcessInfo.processInfo.environment["EPP_SCHEMAS"].flatMap { directory in
        FileManager.default.fileExists(atPath: directory + "/epp-1.0.xsd") ? directory : nil
    }

    /// What a suite that needs them is enabled by.
    static var isThere: Bool {
        SchemaSet.isAvailable && directory != nil
    }

    static let whyNot = "EPP_SCHEMAS names no directory with epp-1.0.xsd, or EPPSchema was built without libxml2-dev"

    static func set() throws -> SchemaSet {
        try made.get()
    }

    private static let made = Result { () throws -> SchemaSet in
        let there = directory ?? ""
        let own = FileManager.default.temporaryDirectory.appendingPathComponent("epp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: own) }
        for (name, text) in placeholders(besides: there) {
            try Data(text.utf8).write(to: own.appendingPathComponent(name))
        }
        let files = try [there, own.path].flatMap { directory in
            try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".xsd") }.sorted()
                .map { "\(directory)/\($0)" }
        }
        return try SchemaSet(files: files)
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

    /// Schemas of what has none in the directory: there only what stands around the element is looked at.
    private static func placeholders(besides directory: String) -> [String: String] {
        func schema(_ namespace: String, _ content: String) -> String {
            "<schema xmlns='http://www.w3.org/2001/XMLSchema' targetNamespace='\(namespace)'>\(content)</schema>"
        }
        let text =
            "<complexType><simpleContent><extension base='string'><attribute name='v' type='string'/></extension>"
            + "</simpleContent></complexType>"
        var schemas = [
            "auth.xsd": schema("urn:example:auth", "<element name='token' type='string'/>"),
            "x.xsd": schema(
                "urn:example:x", "<element name='a'>\(text)</element><element name='b'>\(text)</element>"),
        ]
        for (namespace, file, elements) in extensions
        where !FileManager.default.fileExists(atPath: "\(directory)/\(file)") {
            schemas[file] = schema(namespace, elements.map { "<element name='\($0)'/>" }.joined())
        }
        return schemas
    }
}
