import Glibc

/// What a command had to tell cannot be written.
struct OutputError: Error, CustomStringConvertible {
    /// The system's number.
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    var description: String {
        // Safe: strerror gives a C string, copied at once.
        "cannot write: \(strerror(number).map { String(cString: $0) } ?? "error \(number)")"
    }
}
