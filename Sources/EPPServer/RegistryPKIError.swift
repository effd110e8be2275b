import Glibc

/// The certificates of an embedded registry cannot be read or written.
public struct RegistryPKIError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, with the path.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// What errno says about a path.
    static func system(_ path: String) -> RegistryPKIError {
        let number = errno
        // Safe: strerror gives a C string, copied at once.
        return RegistryPKIError("\(path): \(strerror(number).map { String(cString: $0) } ?? "error \(number)")")
    }
}
