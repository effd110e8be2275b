/// Takes the passwords out of documents that go to a log.
public enum Redaction {
    /// A document as text with the content of each `pw`, `newPW` and `ext` element, whatever its prefix, replaced by
    /// `***`.
    ///
    /// Works on parts of documents and on broken ones as well: from the element on in which the first sign of trouble
    /// stands nothing is shown. A text that speaks of such an element, as a comment or a quoted document does, is not
    /// shown to the end of the element that it stands in. What is not UTF-8 is not shown at all.
    public static func text(of document: [UInt8]) -> String {
        guard !document.contains(0), let whole = String(validating: document, as: UTF8.self) else {
            return "(\(document.count) bytes that are not UTF-8)"
        }
        var redactor = Redactor(document)
        redactor.run()
        return redactor.hasRedacted ? String(decoding: redactor.shown, as: UTF8.self) : whole
    }
}

/// Copies a document without what stands in a secret element. Where these are, the reader says: what is a comment, an
/// instruction or a tag is the same here as where the document is understood.
private struct Redactor {
    let bytes: [UInt8]
    private(set) var shown: [UInt8] = []
    private(set) var hasRedacted = false
    /// What stands before it is copied or left out.
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func run() {
        shown.reserveCapacity(bytes.count)
        // Without markup it is one text, whatever stands in it.
        guard bytes.contains(UInt8(ascii: "<")) else {
            hideSigns(from: 0, to: bytes.count, until: bytes.count)
            return finish()
        }
        var reader = XMLReader(fragment: bytes)
        var end = bytes.count
        do throws(XMLReader.Fault) {
            try reader.readFragment()
        } catch {
            end = reader.innermostContentStart
        }
        hide(in: reader.nodes.prefix { $0.start < end })
        if end < bytes.count, position < bytes.count { hide(from: max(end, position), to: bytes.count) }
        finish()
    }

    private mutating func hide(in nodes: ArraySlice<XMLTree.Node>) {
        /// The elements around a node: where they end as nodes, and their content as bytes.
        var around: [(next: Int, contentEnd: Int)] = []
        for (place, node) in nodes.enumerated() {
            while let last = around.last, last.next <= place { around.removeLast() }
            let isOpen = node.next == 0
            let contentEnd = isOpen ? bytes.count : Int(node.contentEnd)
            let end = around.last?.contentEnd ?? bytes.count
            if node.kind == .element { around.append((isOpen ? nodes.count : Int(node.next), contentEnd)) }
            if Int(node.start) < position { continue }
            guard node.kind == .element else {
                hideSigns(from: Int(node.start), to: Int(node.end), until: end)
                continue
            }
            if isSecret(Int(node.localStart), Int(node.nameEnd)) {
                let isEmptyTag = !isOpen && node.end == node.contentStart
                if !isEmptyTag { hide(from: firstTagEnd(behind: Int(node.nameEnd)), to: contentEnd) }
            } else {
                hideSigns(from: Int(node.nameEnd), to: Int(node.contentStart), until: contentEnd)
            }
        }
    }

    /// Behind the first `>`, though it may stand in an attribute.
    private func firstTagEnd(behind start: Int) -> Int {
        (bytes[start...].firstIndex(of: UInt8(ascii: ">")) ?? bytes.count - 1) + 1
    }

    /// Hides what comes behind a text that looks like the start tag of a secret element, as itself or escaped; and all
    /// of a text in which there is one that looks like its end tag.
    private mutating func hideSigns(from start: Int, to end: Int, until hiddenEnd: Int) {
        XMLCost.spend(end - start)
        var place = start
        while place < end {
            var nameStart = place + 1
            if bytes[place] == UInt8(ascii: "&"),
                let (scalar, length) = XMLReader.reference(in: bytes[..<end], at: nameStart), scalar == "<"
            {
                nameStart += length
            } else if bytes[place] != UInt8(ascii: "<") {
                place += 1
                continue
            }
            let isEndTag = nameStart < end && bytes[nameStart] == UInt8(ascii: "/")
            if isEndTag { nameStart += 1 }
            var nameEnd = nameStart
            var localStart = nameStart
            while nameEnd < end, XMLReader.isNameByte(bytes[nameEnd]) || bytes[nameEnd] == UInt8(ascii: ":") {
                if bytes[nameEnd] == UInt8(ascii: ":") { localStart = nameEnd + 1 }
                nameEnd += 1
            }
            if isSecret(localStart, nameEnd) { return hide(from: isEndTag ? start : nameEnd, to: hiddenEnd) }
            place = nameEnd
        }
    }

    /// `ext` is what an `authInfo` has that is no password.
    private static let secretNames = ["pw", "newpw", "ext"].map { Array($0.utf8) }

    private func isSecret(_ start: Int, _ end: Int) -> Bool {
        guard 2...5 ~= end - start else { return false }
        let folded = bytes[start..<end].map { $0 | 0x20 }
        return Self.secretNames.contains(folded)
    }

    private mutating func hide(from start: Int, to end: Int) {
        shown.append(contentsOf: bytes[position..<start])
        shown.append(contentsOf: Array("***".utf8))
        position = end
        hasRedacted = true
    }

    private mutating func finish() {
        shown.append(contentsOf: bytes[position...])
    }
}
