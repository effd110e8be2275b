public import EPP
import Synchronization

/// XML schemas to hold messages against: those of the IETF, and those of a registry's extensions.
///
///     let schemas = try SchemaSet(directory: "schemas")
///     try schemas.validate(CheckDomain("example.gov").document())
///
/// The package has no schemas with it: they are in the RFCs, and registries give theirs out. A set is read once, which
/// takes some milliseconds, and can then be used from any thread, by one at a time. Validating never waits for anything
/// but another validation: it can be called in a greenlet.
public final class SchemaSet: Sendable {
    /// Was this module built with libxml2? Where libxml2-dev was missing, every set refuses to be made.
    public static var isAvailable: Bool { CompiledSchemas.isAvailable }

    private let schemas: Mutex<CompiledSchemas>

    /// The schemas of all files of a directory whose names end in `.xsd`.
    ///
    /// - Throws: `SchemaError` where there are none, where one cannot be read or refers to what is not there, and where
    ///   the module was built without libxml2.
    public convenience init(directory: String) throws(SchemaError) {
        try self.init(files: SchemaFiles.all(in: directory))
    }

    /// The schemas of some files, in any order, and of those that they refer to. Nothing is fetched over the network.
    ///
    /// - Throws: `SchemaError` where there are none, where one cannot be read or refers to what is not there, and where
    ///   the module was built without libxml2.
    public init(files: [String]) throws(SchemaError) {
        guard !files.isEmpty else { throw SchemaError(file: "", reason: "no schema is named") }
        schemas = Mutex(try CompiledSchemas(files: files))
    }

    /// Holds a document against the schemas.
    ///
    /// An element that stands where any may, an extension, must have its schema in the set. What a document says of
    /// where its schemas are (`xsi:schemaLocation`) is not followed.
    ///
    /// - Parameters:
    ///   - document: A whole document, of either side.
    ///   - limits: What is refused before libxml2 sees it. A DOCTYPE always is.
    /// - Throws: `ParsingError` where it is not well-formed or beyond a limit, `SchemaViolation` where it is not valid.
    public func validate(_ document: [UInt8], limits: XMLLimits = XMLLimits()) throws {
        _ = try XMLTree(document, limits: limits)
        let problems = schemas.withLock { $0.problems(in: document) }
        guard problems.isEmpty else { throw SchemaViolation(problems: problems) }
    }
}
