import Glibc

/// Files that hold a secret: a password, a private key, a profile with one of them in it.
enum SecretFile {
    /// The first line of a file, `-` for standard input; a file that is not for its owner alone is warned of.
    static func firstLine(
        of path: String, what: String, warn: (String) -> Void = Terminal.error
    ) throws -> String {
        let line = try Input.firstLine(of: path, what: what)
        check(path, warn)
        return line
    }

    /// Warns of a file that others than its owner can read or write. A link's target counts, not the link.
    static func check(_ path: String, _ warn: (String) -> Void = Terminal.error) {
        var information = stat()
        // Safe: the pointer is used inside the call only.
        guard path != "-", stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_mode & 0o077 != 0
        else { return }
        warn("warning: \(path) holds a secret and is not for its owner alone: chmod 600 \(path)")
    }
}
