/// A document that a registry sent: a greeting or a response. What a command makes its reply of.
public struct ServerMessage: Sendable {
    /// What the document is.
    public enum Kind: Sendable, Hashable {
        /// A greeting.
        case greeting
        /// A response to a command.
        case response
        /// An answer of another protocol, carried as an extension of EPP's.
        case protocolExtension
    }

    /// What the document is.
    public let kind: Kind
    /// The element `greeting`, `response` or `extension`.
    public let element: XMLTree.Element

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - document: Its bytes.
    ///   - limits: How large it may be.
    ///   - reading: Which spellings of namespaces are known, and whether what is broken is read all the same: then a
    ///     response whose result can be read is never an error, and what is wrong with it is among its `flaws`.
    /// - Throws: `ParsingError` where it is not well-formed, or is neither a greeting nor a response.
    public init(
        _ document: [UInt8], limits: XMLLimits = XMLLimits(), reading: ReplyReading = ReplyReading()
    ) throws(ParsingError) {
        let root = try XMLTree(document, limits: limits, reading: reading).root
        guard root.isNamed("epp", in: .epp) else { throw root.error("the document is not EPP") }
        if let response = root.child("response", in: .epp) {
            kind = .response
            element = response
        } else if let greeting = root.child("greeting", in: .epp) {
            kind = .greeting
            element = greeting
        } else if let other = root.child("extension", in: .epp) {
            kind = .protocolExtension
            element = other
        } else {
            throw root.error("the document is neither a greeting nor a response")
        }
    }

    /// The identifier that the client gave the command, as the registry gives it back; nil in a greeting, and where
    /// the registry leaves it out. Another one than the command's means that the stream is out of step.
    public var clientTransactionID: String? {
        guard let text = transaction?.token(of: "clTRID", in: .epp), !text.isEmpty else { return nil }
        return text
    }

    /// The identifier that the registry gave the command.
    public var serverTransactionID: String? {
        transaction?.token(of: "svTRID", in: .epp)
    }

    private var transaction: XMLTree.Element? {
        element.child("trID", in: .epp)
    }

    /// What was wrong with the document and was repaired.
    public var flaws: [ReplyFlaw] { element.tree.flaws }

    /// The namespace of the protocol as the document spells it.
    package var protocolURI: String {
        let tree = element.tree
        let root = tree.root.node
        let prefixEnd = max(root.nameStart, root.localStart - 1)
        for declaration in tree.declarations where declaration.depth == 0 {
            guard declaration.prefixEnd - declaration.prefixStart == prefixEnd - root.nameStart,
                XMLReader.isSame(tree.bytes, declaration.prefixStart, declaration.prefixEnd, root.nameStart)
            else { continue }
            return tree.string(declaration.valueStart, declaration.valueEnd)
        }
        return tree.root.namespaceURI
    }

    /// The greeting.
    ///
    /// - Throws: `ParsingError` where the document is a response, or not as a greeting must be.
    public func greeting() throws(ParsingError) -> Greeting {
        guard kind == .greeting else { throw element.error("a greeting was expected, this is \(kind.name)") }
        return try Greeting(element)
    }

    /// The response, with its data.
    ///
    /// - Throws: `ParsingError` where the document is a greeting, or not as a response must be.
    public func response<Data: ResponseData>(of type: Data.Type = Data.self) throws -> CommandResponse<Data> {
        try response { try Data.decode(from: $0) }
    }

    /// The response, with its data as a closure makes it of the element `resData`, which is called where there is one.
    ///
    /// - Throws: `ParsingError` where the document is a greeting, or not as a response must be.
    public func response<Data: Sendable>(
        decodingData decode: (XMLTree.Element) throws -> Data?
    ) throws -> CommandResponse<Data> {
        guard kind == .response else { throw element.error("a response was expected, this is \(kind.name)") }
        var results: [CommandResult] = []
        var queue: MessageQueue?
        var data: Data?
        var extensions: [String] = []
        var elements: [XMLTree.Element] = []
        var resData: [XMLTree.Element] = []
        var flaws = flaws
        var parts = XMLParts(of: element.tree)
        for child in element.children {
            if child.isNamed("result", in: .epp) {
                results.append(try CommandResult(child, &parts))
            } else if child.isNamed("resData", in: .epp) {
                resData.append(child)
                if data == nil { data = try tolerating(.unreadableData, &flaws) { try decode(child) } }
            } else if child.isNamed("msgQ", in: .epp) {
                queue = try tolerating(.unreadableQueue, &flaws) { try MessageQueue(child, &parts) }
            } else if child.isNamed("extension", in: .epp) {
                let texts = try tolerating(.unreadablePart, &flaws) { try parts.children(of: child) }
                guard let texts else { continue }
                extensions += texts
                elements += child.children
            }
        }
        guard !results.isEmpty else { throw element.error("the response has no result") }
        var response = CommandResponse(
            results: results, data: data, messageQueue: queue, extensions: extensions,
            clientTransactionID: clientTransactionID, serverTransactionID: serverTransactionID)
        if !elements.isEmpty { response.extensionElements.list = elements }
        if !resData.isEmpty { response.source.list = resData }
        response.flaws = flaws
        return response
    }

    /// A part of a response. One that cannot be read is a flaw where the document is read tolerantly: the result counts.
    private func tolerating<Part>(
        _ kind: ReplyFlaw.Kind, _ flaws: inout [ReplyFlaw], _ read: () throws -> Part?
    ) throws -> Part? {
        guard element.tree.isTolerant else { return try read() }
        do {
            return try read()
        } catch let error as ParsingError {
            flaws.append(ReplyFlaw(kind, note: error.reason))
            return nil
        }
    }
}

extension ServerMessage.Kind {
    fileprivate var name: String {
        switch self {
        case .greeting: "a greeting"
        case .response: "a response"
        case .protocolExtension: "an extension of the protocol"
        }
    }
}
