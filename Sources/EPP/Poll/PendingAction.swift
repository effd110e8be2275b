/// How a command that was accepted with 1001 ended.
public struct PendingAction: Sendable, Hashable {
    /// What the command was about.
    public enum Object: Sendable, Hashable {
        /// A domain, by its name.
        case domain(String)
        /// A host, by its name.
        case host(String)
        /// A contact, by its identifier.
        case contact(String)
    }

    /// What it was about.
    public var object: Object
    /// Was it done?
    public var isDone: Bool
    /// The identifier that the client gave the command.
    public var clientTransactionID: String?
    /// The identifier that the registry gave the command; empty where it leaves it out.
    public var serverTransactionID: String
    /// When it ended; empty where the registry leaves it out.
    public var date: Timestamp

    /// The end of a command.
    public init(
        object: Object, isDone: Bool, clientTransactionID: String? = nil, serverTransactionID: String, date: Timestamp
    ) {
        self.object = object
        self.isDone = isDone
        self.clientTransactionID = clientTransactionID
        self.serverTransactionID = serverTransactionID
        self.date = date
    }
}

extension PendingAction: ResponseData {
    /// Reads a `panData` of any of the three mappings.
    public static func decode(from resData: XMLTree.Element) throws -> PendingAction? {
        if let data = resData.child("panData", in: .domain) {
            return try PendingAction(data, "name", in: .domain) { .domain($0) }
        }
        if let data = resData.child("panData", in: .host) {
            return try PendingAction(data, "name", in: .host) { .host($0) }
        }
        guard let data = resData.child("panData", in: .contact) else { return nil }
        return try PendingAction(data, "id", in: .contact) { .contact($0) }
    }

    private init(
        _ data: XMLTree.Element, _ name: StaticString, in namespace: XMLNamespace, object: (String) -> Object
    ) throws {
        let key = try data.requiredChild(name, in: namespace)
        let transaction = data.child("paTRID", in: namespace)
        self.init(
            object: object(key.token), isDone: try key.flag("paResult"),
            clientTransactionID: transaction?.token(of: "clTRID", in: .epp),
            serverTransactionID: transaction?.token(of: "svTRID", in: .epp) ?? "",
            date: data.date(of: "paDate", in: namespace) ?? .unknown)
    }

    /// Writes a `panData`.
    public func encode(to writer: inout XMLWriter) throws {
        let result = XMLWriter.Attribute("paResult", isDone ? "1" : "0")
        switch object {
        case .domain(let name):
            writer.element("domain:panData", .init("xmlns:domain", .domain)) { writer in
                writer.element("domain:name", result, text: name)
                encodeTransaction("domain:paTRID", "domain:paDate", to: &writer)
            }
        case .host(let name):
            writer.element("host:panData", .init("xmlns:host", .host)) { writer in
                writer.element("host:name", result, text: name)
                encodeTransaction("host:paTRID", "host:paDate", to: &writer)
            }
        case .contact(let id):
            writer.element("contact:panData", .init("xmlns:contact", .contact)) { writer in
                writer.element("contact:id", result, text: id)
                encodeTransaction("contact:paTRID", "contact:paDate", to: &writer)
            }
        }
    }

    private func encodeTransaction(_ name: StaticString, _ dateName: StaticString, to writer: inout XMLWriter) {
        writer.element(name) { writer in
            writer.element("clTRID", ifPresent: clientTransactionID)
            writer.element("svTRID", ifPresent: serverTransactionID.isEmpty ? nil : serverTransactionID)
        }
        writer.element(dateName, ifPresent: date.known)
    }
}
