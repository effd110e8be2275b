import Glibc

/// What is read from files and from standard input, before there is a connection that could wait for it.
enum Input {
    /// All of a file, or of standard input for `-`.
    ///
    /// - Parameter what: Who asks for the file, such as a flag: an error begins with it.
    static func bytes(of path: String, what: String? = nil, limit: Int = 16 << 20) throws -> [UInt8] {
        let isStandard = path == "-"
        let descriptor = isStandard ? STDIN_FILENO : try descriptor(of: path, what: what)
        defer { if !isStandard { close(descriptor) } }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while content.count <= limit {
            // Safe: the pointer is used inside the call only.
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw error(path, what: what) }
            if count == 0 { return content }
            content += piece[..<count]
        }
        throw UsageError("\(name(path, what)) has more than \(limit) bytes")
    }

    /// A file that is open for reading; the caller closes it.
    static func descriptor(of path: String, what: String?) throws -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error(path, what: what) }
        return descriptor
    }

    /// A file as text.
    static func text(of path: String, what: String? = nil) throws -> String {
        guard let text = String(validating: try bytes(of: path, what: what), as: UTF8.self) else {
            throw UsageError("\(name(path, what)) is not UTF-8")
        }
        return text
    }

    /// The first line of a file: a secret that stands in it by itself.
    static func firstLine(of path: String, what: String) throws -> String {
        let line = try text(of: path, what: what).prefix { !$0.isNewline }
        guard !line.isEmpty else { throw UsageError("\(name(path, what)) begins with an empty line") }
        return String(line)
    }

    /// What the system says of a file.
    static func error(_ path: String, what: String?) -> UsageError {
        let number = errno
        // Safe: strerror gives a C string, copied at once.
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return UsageError("\(name(path, what)): \(reason)")
    }

    private static func name(_ path: String, _ what: String?) -> String {
        (what.map { "\($0): " } ?? "") + (path == "-" ? "standard input" : path)
    }
}
