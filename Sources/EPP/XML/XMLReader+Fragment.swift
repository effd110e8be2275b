extension XMLReader {
    /// Reads markup and text to the end of the bytes, or to the first sign of trouble. The bytes must be UTF-8. Elements
    /// may be left open: `nodes` then have them with a `next` of 0.
    mutating func readFragment() throws(Fault) {
        XMLCost.spend(bytes.count)
        guard bytes.count < Int(Int32.max) else { throw fault("too long", at: 0) }
        if starts(with: "\u{FEFF}") { position = 3 }
        if starts(with: "<?xml"), position + 5 < bytes.count, Self.isSpace(bytes[position + 5]) {
            try readDeclaration()
        }
        while position < bytes.count { try readContent() }
    }

    /// Where the content of the innermost open element starts; 0 where none is open.
    var innermostContentStart: Int {
        open.last.map { Int(nodes[$0].contentStart) } ?? 0
    }
}
