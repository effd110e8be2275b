import Glibc

/// The lines that were entered, kept in a file from one shell to the next. Lines that may have secrets are not.
struct LineHistory {
    private(set) var lines: [String] = []
    private let path: String?
    /// How many are kept.
    static let limit = 1_000

    /// - Parameter path: The file; nil for none.
    init(path: String?) {
        self.path = path
        guard let path, access(path, R_OK) == 0, let text = try? Input.text(of: path) else { return }
        lines = text.split(whereSeparator: \.isNewline).suffix(Self.limit).map(String.init)
    }

    /// `~/.local/state/epp/history`, after the XDG base directories.
    static func defaultPath(_ environment: (String) -> String?) -> String? {
        if let directory = environment("XDG_STATE_HOME"), directory.hasPrefix("/") { return "\(directory)/epp/history" }
        return environment("HOME").map { "\($0)/.local/state/epp/history" }
    }

    /// Keeps a line; one that is the same as the one before is kept once.
    mutating func add(_ line: String) {
        guard !line.allSatisfy(\.isWhitespace), line != lines.last else { return }
        lines.append(line)
        if lines.count > Self.limit { lines.removeFirst() }
    }

    /// Whether a line may be written to a file.
    static func isHarmless(_ line: String) -> Bool {
        guard !line.drop(while: \.isWhitespace).hasPrefix("<") else { return false }
        // A line that has no words, as with a quote left open, is taken for the worst.
        guard let words = try? WordSplitter.words(line) else { return !line.contains("--auth-info") }
        return !words.contains { $0 == "--auth-info" || $0.hasPrefix("--auth-info=") }
    }

    /// Writes the file, for its owner alone. What cannot be written is lost and no more: nobody's work depends on it.
    func save() {
        guard let path else { return }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for end in parts.indices.dropFirst() { mkdir(parts[...end].joined(separator: "/"), 0o700) }
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let text = lines.filter(Self.isHarmless).map { "\($0)\n" }.joined()
        let isWritten = (try? Terminal.write(text, to: descriptor)) != nil
        // A part does not replace the whole that is there.
        guard close(descriptor) == 0, isWritten, rename(temporary, path) == 0 else {
            unlink(temporary)
            return
        }
    }
}
