extension CommandResponse {
    /// Each element of `resData`, as XML that stands by itself: what has no type is here, and what could not be read.
    /// Empty for a response that was not read from a document.
    public var dataXML: [String] {
        guard let first = source.list?.first else { return [] }
        var parts = XMLParts(of: first.tree)
        return (source.list ?? []).flatMap { (try? parts.children(of: $0)) ?? [$0.innerXML] }
    }

    /// Other data of the same `resData`: what a registry sends beside the command's own, or in its place.
    ///
    /// - Throws: `ParsingError` where it is this data but not as it must be.
    public func decodeData<Other: ResponseData>(_ type: Other.Type = Other.self) throws -> Other? {
        for element in source.list ?? [] {
            if let data = try Other.decode(from: element) { return data }
        }
        return nil
    }

    /// The response with its data as XML, each element of it: what a `RawCommand` would have been answered.
    public var raw: CommandResponse<String> {
        let data = dataXML.joined()
        var raw = CommandResponse<String>(
            results: results, data: data.isEmpty ? nil : data, messageQueue: messageQueue, extensions: extensions,
            clientTransactionID: clientTransactionID, serverTransactionID: serverTransactionID)
        raw.flaws = flaws
        raw.extensionElements = extensionElements
        raw.source = source
        return raw
    }

    /// What the extensions say for people: the texts of those that have no type here, one line each, with the codes that
    /// stand beside them. Registries put the reason for a refusal there.
    public var extensionNotes: [String] {
        var notes: [String] = []
        for source in extensionSources {
            guard let root = source.element ?? (try? XMLTree(Array(source.xml.utf8)).root),
                !Self.isTyped(root)
            else { continue }
            Self.collect(root, into: &notes)
        }
        return notes
    }

    private static func isTyped(_ element: XMLTree.Element) -> Bool {
        [.secDNS, .gracePeriod, .fee, .launch, .changePoll, .loginSecurity].contains { element.isIn($0) }
    }

    /// An element with text and no elements is a note. Those beside a message with a code belong to it.
    private static func collect(_ element: XMLTree.Element, into notes: inout [String]) {
        var open = [element]
        while let next = open.popLast() {
            let text = next.token
            if !text.isEmpty || (!next.hasChildren && next.node.attributesStart < next.node.attributesEnd) {
                let labels = next.labels.joined(separator: ", ")
                notes.append(labels.isEmpty ? text : text.isEmpty ? labels : "\(labels): \(text)")
            } else if next.hasChildren, !next.labels.isEmpty {
                notes.append(next.labels.joined(separator: ", "))
            }
            open.append(contentsOf: Array(next.children).reversed())
        }
    }
}

extension CommandResponse<PollData> {
    /// What each element of the message's data says, in order: some registries send two, such as the end of a transfer
    /// and of the command that asked for it. One that is not known, or cannot be read, is `PollData.other`.
    public var elements: [PollData] {
        (source.list ?? []).flatMap { PollData.decodeAll(from: $0) }
    }
}

extension XMLTree.Element {
    /// What its attributes say, but for language and schema.
    fileprivate var labels: [String] {
        let node = node
        return tree.attributes[Int(node.attributesStart)..<Int(node.attributesEnd)].compactMap { attribute in
            guard attribute.namespace == 0, !tree.matches(attribute.nameStart, attribute.nameEnd, "lang") else {
                return nil
            }
            let value = XMLTree.value(of: attribute, in: tree.bytes)
            return value.isEmpty ? nil : value
        }
    }
}
