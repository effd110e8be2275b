/// A document that a client sent, as a registry reads it.
///
/// Reading is more tolerant than writing: what a client may leave out by habit has its default, and lengths are not
/// checked; `validate()` of the commands does that.
public struct ClientMessage: Sendable {
    /// What is asked.
    public enum Body: Sendable {
        /// The greeting is wanted; there is no transaction identifier.
        case hello
        /// A session is to be opened.
        case login(Login)
        /// The session is to end.
        case logout
        /// Can names be registered?
        case checkDomain(CheckDomain)
        /// What is known about a domain?
        case infoDomain(InfoDomain)
        /// A domain is to be registered.
        case createDomain(CreateDomain)
        /// A domain is to be changed.
        case updateDomain(UpdateDomain)
        /// A domain is to be deleted.
        case deleteDomain(DeleteDomain)
        /// A domain's registration is to be extended.
        case renewDomain(RenewDomain)
        /// A domain's transfer: a question, a request, or its end.
        case transferDomain(TransferDomain)
        /// Can hosts be created?
        case checkHost(CheckHost)
        /// What is known about a host?
        case infoHost(InfoHost)
        /// A host is to be created.
        case createHost(CreateHost)
        /// A host is to be changed.
        case updateHost(UpdateHost)
        /// A host is to be deleted.
        case deleteHost(DeleteHost)
        /// Can contacts be created?
        case checkContact(CheckContact)
        /// What is known about a contact?
        case infoContact(InfoContact)
        /// A contact is to be created.
        case createContact(CreateContact)
        /// A contact is to be changed.
        case updateContact(UpdateContact)
        /// A contact is to be deleted.
        case deleteContact(DeleteContact)
        /// A contact's transfer: a question, a request, or its end.
        case transferContact(TransferContact)
        /// The first message of the queue is wanted.
        case poll(Poll)
        /// The first message is to leave the queue.
        case acknowledge(AcknowledgeMessage)
        /// A command of another protocol, carried as an extension of EPP's.
        case protocolExtension(ProtocolExtension)
        /// A command of EPP that has no type here: 2101, or 2307 where the kind of object is not served at all.
        case other(OtherCommand)
        /// Something that EPP does not have, by its name: 2000.
        case unknownCommand(String)
        /// A command with something missing or wrong in it: the result that says so, 2001, 2003 or 2005.
        case invalid(CommandResult)
    }

    /// A command of EPP as what it says of itself: all that there is of one that has no type here.
    public struct OtherCommand: Sendable {
        /// `update`, `renew`, `poll`, …
        public let verb: String
        /// The attribute `op` of a poll or transfer.
        public let operation: String?
        /// The namespace of the object in it, nil where there is none.
        public let objectURI: String?
        /// The verb's element.
        public let element: XMLTree.Element
    }

    /// An element that stands in a command's `extension`.
    public struct Extension: Sendable, Hashable {
        /// Its namespace.
        public let uri: String
        /// Its name without prefix.
        public let name: String
        let source: ExtensionSource

        /// The element as XML that stands by itself.
        public var xml: String { source.xml }

        /// Are they the same XML, byte for byte?
        public static func == (one: Extension, other: Extension) -> Bool {
            one.xml.hasSameBytes(as: other.xml)
        }

        /// Hashes the bytes of the XML.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(ExactText(xml))
        }
    }

    /// What is asked.
    public let body: Body
    /// The command with its verb and kind of object, whether it has a type here or not; nil where there is none.
    public let command: OtherCommand?
    /// The identifier to give back in the response.
    public let transactionID: String?
    /// What stands in the command's `extension`.
    public let extensions: [Extension]

    /// Reads a document, strictly.
    ///
    /// - Parameters:
    ///   - document: Its bytes.
    ///   - limits: How large it may be.
    ///   - dialect: Which spellings of namespaces are known beside the standard's.
    /// - Throws: `ParsingError` where it is not well-formed or not EPP: 2001, and there is no transaction identifier to
    ///   give back.
    public init(
        _ document: [UInt8], limits: XMLLimits = XMLLimits(), dialect: RegistryDialect = .standard
    ) throws(ParsingError) {
        let root = try XMLTree(document, limits: limits, reading: ReplyReading(dialect: dialect)).root
        guard root.isNamed("epp", in: .epp) else { throw root.error("the document is not EPP") }
        var content = root.children
        guard let element = content.next() else { throw root.error("the document is empty") }
        guard element.isNamed("command", in: .epp) else {
            if element.isNamed("hello", in: .epp) {
                body = .hello
            } else if element.isNamed("extension", in: .epp) {
                var parts = XMLParts(of: element.tree)
                body = .protocolExtension(ProtocolExtension(xml: try parts.children(of: element)))
            } else {
                body = .unknownCommand(element.name)
            }
            command = nil
            transactionID = nil
            extensions = []
            return
        }
        var verb: XMLTree.Element?
        var transactionID: String?
        var extensions: [Extension] = []
        var parts = XMLParts(of: element.tree)
        for child in element.children {
            if child.isNamed("clTRID", in: .epp) {
                transactionID = child.token
            } else if child.isNamed("extension", in: .epp) {
                for item in child.children {
                    let source = ExtensionSource(xml: try parts.xml(of: item), element: item)
                    extensions.append(Extension(uri: item.namespaceURI, name: item.name, source: source))
                }
            } else {
                verb = verb ?? child
            }
        }
        self.extensions = extensions
        let (body, command) =
            verb.map(Self.body) ?? (Self.invalid(.commandSyntaxError, "command", "has no verb"), nil)
        self.command = command
        if let text = transactionID, !text.isEmpty, !(3...64 ~= text.unicodeScalars.count) {
            self.transactionID = nil
            self.body = Self.invalid(.parameterSyntaxError, "clTRID", "has 3 to 64 characters")
        } else {
            self.transactionID = transactionID?.isEmpty == true ? nil : transactionID
            self.body = body
        }
    }

    static func invalid(_ code: ResultCode, _ field: String, _ reason: String) -> Body {
        .invalid(CommandResult(code, details: [.init(value: field, reason: reason)]))
    }
}
