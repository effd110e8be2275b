import Glibc

extension RegistryPKI {
    /// The certificates in a directory: `ca.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`. Where none of
    /// them is there they are made, and the directory with them; a private key is for its owner alone (mode 0600).
    ///
    /// The authority's own key is not kept: what it has issued is all that there will be.
    ///
    /// - Throws: `RegistryPKIError` where a file cannot be read or written, or where only some are there.
    public init(directory: String) throws {
        // C would read the part before it.
        guard !directory.utf8.contains(0) else {
            throw RegistryPKIError("a directory with a zero byte: \(directory.debugDescription)")
        }
        let paths = Self.names.map { "\(directory)/\($0)" }
        let present = zip(Self.names, paths).filter { access($1, F_OK) == 0 }.map(\.0)
        if present.isEmpty {
            try self.init()
            try write(to: directory)
            return
        }
        guard present.count == Self.names.count else {
            let missing = Self.names.filter { !present.contains($0) }
            throw RegistryPKIError(
                "\(directory) has \(present.joined(separator: ", ")) but not \(missing.joined(separator: ", ")), "
                    + "which cannot be issued any more: remove all of them, or put back what is missing")
        }
        let contents = try paths.map(Self.read)
        self.init(
            authority: contents[0], serverCertificate: contents[1], serverKey: contents[2],
            clientCertificate: contents[3], clientKey: contents[4])
    }

    private static let names = ["ca.pem", "server.pem", "server.key", "client.pem", "client.key"]

    private func write(to directory: String) throws {
        if mkdir(directory, 0o755) != 0 && errno != EEXIST { throw RegistryPKIError.system(directory) }
        let contents = [authority, serverCertificate, serverKey, clientCertificate, clientKey]
        for (name, content) in zip(Self.names, contents) {
            try Self.write(content, to: "\(directory)/\(name)", mode: name.hasSuffix(".key") ? 0o600 : 0o644)
        }
    }

    /// Writes a new file: one that is there is not written over, and nobody else can read a key even while it is
    /// written.
    private static func write(_ content: [UInt8], to path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw RegistryPKIError.system(path) }
        defer { close(descriptor) }
        var rest = content[...]
        while !rest.isEmpty {
            // Safe: the pointer is used inside the call only.
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let error = RegistryPKIError.system(path)
                // Half a file would be taken for one that is there.
                unlink(path)
                throw error
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RegistryPKIError.system(path) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while content.count <= 1 << 20 {
            // Safe: the pointer is used inside the call only.
            let count = piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw RegistryPKIError.system(path) }
            if count == 0 { return content }
            content += piece[..<count]
        }
        throw RegistryPKIError("\(path) is too long for a PEM file")
    }
}
