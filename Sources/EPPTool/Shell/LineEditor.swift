/// A line under the hands of somebody at a terminal: bytes go in, the line and the cursor come out. Does no input and
/// output of its own.
///
/// Keys are those of Emacs and of the arrows. Own, since what Debian has (libedit, readline) reads the terminal by
/// itself and would block every greenlet.
struct LineEditor {
    /// What a byte led to.
    enum Outcome: Equatable {
        /// The line may look different.
        case editing
        /// These would go on with the word.
        case candidates([String])
        /// Return was pressed.
        case line(String)
        /// Ctrl-C: the line is given up.
        case interrupted
        /// Ctrl-D on an empty line.
        case ended
        /// Ctrl-L.
        case clearScreen
    }

    private enum State {
        case plain
        case escape
        /// Behind `ESC [` or `ESC O`, with the parameters so far.
        case sequence(String)
    }

    /// What Ctrl-R looks for.
    private(set) var search: HistorySearch?

    private(set) var characters: [Character] = []
    /// How many characters stand before the cursor.
    private(set) var cursor = 0
    private var state = State.plain
    /// Bytes of a character that is not whole.
    private var partial: [UInt8] = []
    /// The lines before this one, the oldest first.
    private var history: [String]
    /// Which of them is shown; as many as there are for the line itself.
    private var place: Int
    /// The line itself, while another is shown.
    private var draft: [Character] = []
    private var killed: [Character] = []
    private let complete: (String) -> [String]

    /// - Parameter complete: Gives the words that may stand in place of the last one of a text.
    init(history: [String] = [], complete: @escaping (String) -> [String] = { _ in [] }) {
        self.history = history
        self.complete = complete
        place = history.count
    }

    var text: String { String(characters) }

    mutating func feed(_ byte: UInt8) -> Outcome {
        if search != nil, case .plain = state, let outcome = searchKey(byte) { return outcome }
        switch state {
        case .plain: return plain(byte)
        case .escape:
            state = .plain
            escape(byte)
        case .sequence(let parameters):
            if 0x40...0x7E ~= byte {
                state = .plain
                sequence(parameters, byte)
            } else {
                // A sequence that does not end is none.
                state = parameters.utf8.count < 16 ? .sequence(parameters + String(UnicodeScalar(byte))) : .plain
            }
        }
        return .editing
    }

    private mutating func plain(_ byte: UInt8) -> Outcome {
        if !partial.isEmpty || byte >= 0x80 {
            collect(byte)
            return .editing
        }
        switch byte {
        case 0x0A, 0x0D: return .line(text)
        case 0x03: return .interrupted
        case 0x04:
            if characters.isEmpty { return .ended }
            delete(cursor..<min(cursor + 1, characters.count))
        case 0x09: return completeWord()
        case 0x0C: return .clearScreen
        case 0x01: cursor = 0
        case 0x05: cursor = characters.count
        case 0x02: cursor = max(0, cursor - 1)
        case 0x06: cursor = min(characters.count, cursor + 1)
        case 0x12: search = HistorySearch(line: characters, cursor: cursor)
        case 0x10: recall(place - 1)
        case 0x0E: recall(place + 1)
        case 0x08, 0x7F: delete(max(0, cursor - 1)..<cursor)
        case 0x0B: kill(cursor..<characters.count)
        case 0x15: kill(0..<cursor)
        case 0x17: kill(wordStart..<cursor)
        case 0x19: insert(killed)
        case 0x1B: state = .escape
        case 0x20...0x7E: insert([Character(UnicodeScalar(byte))])
        default: break
        }
        return .editing
    }

    /// Keys that send ESC and a byte, most of them Alt with a letter.
    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "O"): state = .sequence("")
        case UInt8(ascii: "b"): cursor = wordStart
        case UInt8(ascii: "f"): cursor = wordEnd
        case UInt8(ascii: "d"): kill(cursor..<wordEnd)
        case 0x7F: kill(wordStart..<cursor)
        default: break
        }
    }

    private mutating func sequence(_ parameters: String, _ final: UInt8) {
        let isByWords = parameters.hasSuffix(";5") || parameters.hasSuffix(";3")
        switch (final, parameters) {
        case (UInt8(ascii: "A"), _): recall(place - 1)
        case (UInt8(ascii: "B"), _): recall(place + 1)
        case (UInt8(ascii: "C"), _): cursor = isByWords ? wordEnd : min(characters.count, cursor + 1)
        case (UInt8(ascii: "D"), _): cursor = isByWords ? wordStart : max(0, cursor - 1)
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): cursor = 0
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): cursor = characters.count
        case (UInt8(ascii: "~"), "3"): delete(cursor..<min(cursor + 1, characters.count))
        default: break
        }
    }

    // MARK: Searching

    /// Takes a key while Ctrl-R looks for a line. Nil for one that ends the search and does what it does otherwise, with
    /// the line that was found.
    private mutating func searchKey(_ byte: UInt8) -> Outcome? {
        guard var search else { return nil }
        defer { self.search = search.isOver ? nil : search }
        switch byte {
        case 0x12: search.goOn(in: history)
        case 0x08, 0x7F: search.removeLast(in: history)
        // Ctrl-G and Ctrl-C give the line back that was there before.
        case 0x03, 0x07:
            search.isOver = true
            (characters, cursor) = (search.line, search.cursor)
            return .editing
        case 0x20...0x7E where partial.isEmpty: search.append(Character(UnicodeScalar(byte)), in: history)
        case 0x80...:
            if let character = collected(byte) { search.append(character, in: history) }
        default:
            search.isOver = true
            return nil
        }
        if let found = search.found {
            characters = Array(history[found])
            cursor = characters.count
            place = found
        }
        return .editing
    }

    // MARK: Editing

    private mutating func collect(_ byte: UInt8) {
        if let character = collected(byte) { insert([character]) }
    }

    /// Takes a byte of a character beyond ASCII, and gives the character once it is whole. What is no UTF-8 is dropped.
    private mutating func collected(_ byte: UInt8) -> Character? {
        partial.append(byte)
        let length =
            switch partial[0] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        guard partial.count >= length || (partial.count > 1 && byte & 0xC0 != 0x80) else { return nil }
        defer { partial = [] }
        return partial.count == length ? String(validating: partial, as: UTF8.self)?.first : nil
    }

    private mutating func insert(_ added: [Character]) {
        // A combining character joins the one before it.
        let before = String(characters[..<cursor]) + String(added)
        let after = characters[cursor...]
        characters = Array(before)
        cursor = characters.count
        characters += after
    }

    private mutating func delete(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private mutating func kill(_ range: Range<Int>) {
        if !range.isEmpty { killed = Array(characters[range]) }
        delete(range)
    }

    private var wordStart: Int {
        var index = cursor
        while index > 0, characters[index - 1].isWhitespace { index -= 1 }
        while index > 0, !characters[index - 1].isWhitespace { index -= 1 }
        return index
    }

    private var wordEnd: Int {
        var index = cursor
        while index < characters.count, characters[index].isWhitespace { index += 1 }
        while index < characters.count, !characters[index].isWhitespace { index += 1 }
        return index
    }

    private mutating func recall(_ new: Int) {
        guard 0...history.count ~= new, new != place else { return }
        if place == history.count { draft = characters }
        place = new
        characters = new == history.count ? draft : Array(history[new])
        cursor = characters.count
    }

    private mutating func completeWord() -> Outcome {
        let before = String(characters[..<cursor])
        let word = WordSplitter.unfinished(before).last
        let candidates = complete(before)
        guard let first = candidates.first else { return .editing }
        let common = candidates.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        // What is in quotes or escaped is longer on the line than the word is; it stays as it is.
        guard before.hasSuffix(word) else { return .candidates(candidates.map(\.printable)) }
        let added = String(common.dropFirst(word.count))
        insert(Array(added))
        if candidates.count == 1 {
            insert([" "])
        } else if added.isEmpty {
            return .candidates(candidates.map(\.printable))
        }
        return .editing
    }

    // MARK: Showing

    /// What shows prompt and line on a terminal's line, the cursor at its place. A line that is too long is shown
    /// around the cursor.
    func rendered(prompt: String, width: Int) -> String {
        let prompt = search.map { "(search '\($0.text.printable)'\($0.isMissing ? ": none" : "")) " } ?? prompt
        let room = max(1, width - prompt.count - 1)
        let first = max(0, cursor - room)
        let shown = String(characters[first..<min(characters.count, first + room)]).printable
        let back = shown.count - (cursor - first)
        return "\r\(prompt)\(shown)\u{1B}[K" + (back > 0 ? "\u{1B}[\(back)D" : "")
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
