/// Takes the passwords out of documents that go to a log.
public enum Redaction {
    /// A document as text with the content of each `pw`, `newPW` and `ext` element, whatever its prefix, replaced by `***`.
    ///
    /// Works on documents that are cut or broken as well, and then takes out too much rather than too little. What is
    /// not UTF-8 is not shown at all.
    public static func text(of document: [UInt8]) -> String {
        guard !document.contains(0), let whole = String(validating: document, as: UTF8.self) else {
            return "(\(document.count) bytes that are not UTF-8)"
        }
        var scanner = Scanner(bytes: document)
        let shown = scanner.run()
        return scanner.hasRedacted ? String(decoding: shown, as: UTF8.self) : whole
    }

    /// Copies the document, leaving out what stands in a secret element.
    private struct Scanner {
        let bytes: [UInt8]
        var position = 0
        var hasRedacted = false

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        mutating func run() -> [UInt8] {
            var shown: [UInt8] = []
            shown.reserveCapacity(bytes.count)
            while position < bytes.count {
                let start = position
                guard bytes[position] == UInt8(ascii: "<"), let name = secretName(at: position + 1) else {
                    shown.append(bytes[position])
                    position += 1
                    continue
                }
                position = start + 1 + name.count
                let isClosed = skipStartTag()
                shown.append(contentsOf: bytes[start..<position])
                if isClosed { continue }
                hasRedacted = true
                shown.append(contentsOf: Array("***".utf8))
                skipContent(of: name)
            }
            return shown
        }

        /// `ext` is what an `authInfo` has that is no password.
        private static let secretNames = ["pw", "newpw", "ext"].map { Array($0.utf8) }

        /// The qualified name at this place if it is that of a secret.
        private func secretName(at start: Int) -> ArraySlice<UInt8>? {
            var end = start
            while end < bytes.count, !Self.endsName(bytes[end]) { end += 1 }
            let name = bytes[start..<end]
            let local = name.lastIndex(of: UInt8(ascii: ":")).map { name[($0 + 1)...] } ?? name
            let folded = local.map { $0 | 0x20 }
            return Self.secretNames.contains(folded) ? name : nil
        }

        /// Moves behind the first `>`, though it may stand in an attribute: where quotes are broken, what follows is
        /// better taken out. Is the element empty, `<pw/>`?
        private mutating func skipStartTag() -> Bool {
            var quote: UInt8?
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: ">") { return quote == nil && bytes[position - 2] == UInt8(ascii: "/") }
                if let open = quote {
                    if byte == open { quote = nil }
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                }
            }
            return false
        }

        /// Moves to the end tag that belongs to `name`, or to the end of the document.
        private mutating func skipContent(of name: ArraySlice<UInt8>) {
            var depth = 1
            while position < bytes.count {
                if matches("<![CDATA[") {
                    skip(past: "]]>")
                } else if matches("<!--") {
                    skip(past: "-->")
                } else if matches("</"), hasName(name, at: position + 2) {
                    depth -= 1
                    if depth == 0 { return }
                    position += 2
                } else if matches("<"), hasName(name, at: position + 1) {
                    position += 1 + name.count
                    if !skipStartTag() { depth += 1 }
                } else {
                    position += 1
                }
            }
        }

        private func hasName(_ name: ArraySlice<UInt8>, at start: Int) -> Bool {
            let end = start + name.count
            return end < bytes.count && bytes[start..<end] == name && Self.endsName(bytes[end])
        }

        private func matches(_ text: StaticString) -> Bool {
            text.withUTF8Buffer { bytes[position...].starts(with: $0) }
        }

        private mutating func skip(past text: StaticString) {
            while position < bytes.count, !matches(text) { position += 1 }
            position = min(bytes.count, position + text.utf8CodeUnitCount)
        }

        private static func endsName(_ byte: UInt8) -> Bool {
            byte <= 0x20 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "<")
        }
    }
}
