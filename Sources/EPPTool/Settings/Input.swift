import Glibc

/// What is read from files and from standard input, before there is a connection that could wait for it.
enum Input {
    /// All of a file, or of standard input for `-`.
    static func bytes(of path: String, limit: Int = 16 << 20) throws -> [UInt8] {
        let isStandard = path == "-"
        let descriptor = isStandard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error(path) }
        defer { if !isStandard { close(descriptor) } }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while content.count <= limit {
            // Safe: the pointer is used inside the call only.
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw error(path) }
            if count == 0 { return content }
            content += piece[..<count]
        }
        throw UsageError("\(isStandard ? "standard input" : path) has more than \(limit) bytes")
    }

    /// A file as text.
    static func text(of path: String) throws -> String {
        guard let text = String(validating: try bytes(of: path), as: UTF8.self) else {
            throw UsageError("\(path == "-" ? "standard input" : path) is not UTF-8")
        }
        return text
    }

    /// The first line of a file: a secret that stands in it by itself.
    static func firstLine(of path: String, what: String) throws -> String {
        let line = try text(of: path).prefix { !$0.isNewline }
        guard !line.isEmpty else {
            throw UsageError("\(what): \(path == "-" ? "standard input" : path) begins with an empty line")
        }
        return String(line)
    }

    private static func error(_ path: String) -> UsageError {
        let number = errno
        // Safe: strerror gives a C string, copied at once.
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return UsageError("\(path == "-" ? "standard input" : path): \(reason)")
    }
}
