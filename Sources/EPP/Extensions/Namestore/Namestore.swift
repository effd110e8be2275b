/// Which of its registries a command is for: Verisign wants it with each command about an object. See
/// `RegistryClient.Settings.commandExtensions`.
public struct Namestore: CommandExtension, ResponseExtension, Hashable {
    /// Its namespace.
    public static let uri = "http://www.verisign-grs.com/epp/namestoreExt-1.1"

    /// The registry: `dotCOM`, `dotNET`, …
    public var subProduct: String

    /// For one of the registries.
    public init(subProduct: String) {
        self.subProduct = subProduct
    }

    /// Reads `namestoreExt:namestoreExt`.
    public static func decode(from element: XMLTree.Element) throws -> Namestore? {
        guard element.isNamed("namestoreExt", in: XMLNamespace(uri)) else { return nil }
        return Namestore(subProduct: element.token(of: "subProduct", in: XMLNamespace(uri)) ?? "")
    }

    /// Checks the name.
    public func validate() throws {
        try Validation.token(subProduct, "namestoreExt:subProduct", 1...64)
    }

    /// Writes `namestoreExt:namestoreExt`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("namestoreExt:namestoreExt", .init("xmlns:namestoreExt", Self.uri)) { writer in
            writer.element("namestoreExt:subProduct", subProduct)
        }
    }
}
