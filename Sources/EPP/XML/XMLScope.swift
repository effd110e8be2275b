/// The namespace declarations in force at one place of a document: those of an element and of the elements around it.
///
/// They are a chain through the document's declarations, from the newest to the oldest. Few are looked through, many are
/// looked up in a table: what a lookup costs grows with the length of the prefix, and not with how many declarations
/// there are or how deep they stand. The table's hashing is seeded, so that nobody can choose prefixes that collide.
struct XMLScope {
    /// With more declarations than these there is a table.
    private static let fewDeclarations = 8

    /// The newest declaration in force, a place in the document's declarations, or -1.
    private(set) var top: Int32 = -1
    /// How many are in force.
    private(set) var count = 0
    /// How many of them are no default namespace's.
    private(set) var prefixCount = 0
    /// By prefix, its newest declaration. Made at the first time that there are many, and kept up to date from then on.
    private var table: [ExactText: Int32]?
    /// Where there is a table: for each declaration in force, oldest first, the one of the same prefix that it hides.
    private var hidden: [Int32?] = []

    /// Puts the next declaration into force.
    mutating func push(_ place: Int32, of declarations: [XMLTree.Declaration], in bytes: [UInt8]) {
        top = place
        count += 1
        if declarations[Int(place)].hasPrefix { prefixCount += 1 }
        if table != nil {
            enter(declarations[Int(place)], place, in: bytes)
        } else if count > Self.fewDeclarations {
            makeTable(of: declarations, in: bytes)
        }
    }

    /// Takes the newest declaration out of force.
    mutating func pop(of declarations: [XMLTree.Declaration], in bytes: [UInt8]) {
        let declaration = declarations[Int(top)]
        top = declaration.previous
        count -= 1
        if declaration.hasPrefix { prefixCount -= 1 }
        guard table != nil else { return }
        let prefix = key(declaration.prefixStart, declaration.prefixEnd, in: bytes)
        // Safe: as many stand in `hidden` as are in force.
        table?[prefix] = hidden.removeLast()
    }

    /// The declaration of a prefix, the empty one for the default namespace; nil where none is in force.
    func find(
        _ start: Int32, _ end: Int32, of declarations: [XMLTree.Declaration], in bytes: [UInt8]
    ) -> Int32? {
        if table != nil {
            let prefix = key(start, end, in: bytes)
            return table?[prefix]
        }
        var place = top
        while place >= 0 {
            let declaration = declarations[Int(place)]
            XMLCost.spend(1)
            if declaration.prefixEnd - declaration.prefixStart == end - start {
                XMLCost.spend(Int(end - start))
                if XMLReader.isSame(bytes, declaration.prefixStart, declaration.prefixEnd, start) { return place }
            }
            place = declaration.previous
        }
        return nil
    }

    private mutating func makeTable(of declarations: [XMLTree.Declaration], in bytes: [UInt8]) {
        table = [:]
        var places: [Int32] = []
        var place = top
        while place >= 0 {
            places.append(place)
            place = declarations[Int(place)].previous
        }
        for place in places.reversed() { enter(declarations[Int(place)], place, in: bytes) }
    }

    private mutating func enter(_ declaration: XMLTree.Declaration, _ place: Int32, in bytes: [UInt8]) {
        let prefix = key(declaration.prefixStart, declaration.prefixEnd, in: bytes)
        hidden.append(table?.updateValue(place, forKey: prefix))
    }

    private func key(_ start: Int32, _ end: Int32, in bytes: [UInt8]) -> ExactText {
        XMLCost.spend(1 + Int(end - start))
        return ExactText(String(decoding: bytes[Int(start)..<Int(end)], as: UTF8.self))
    }
}
