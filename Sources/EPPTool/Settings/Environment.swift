import Glibc

/// The environment of this process.
enum Environment {
    /// The variable's value, nil where it is unset or empty.
    static func value(_ name: String) -> String? {
        // Safe: getenv gives nil or a C string, copied at once; nothing here changes the environment.
        guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        return text
    }
}
