import Glibc

/// A file of profiles:
///
///     # Comments stand on lines of their own.
///     [ote]
///     host = epp.ote.example
///     user = registrar
///     password-file = /etc/epp/ote.password
///
/// Keys are those of `Setting`; a value may stand in double quotes, which keep the spaces at its ends. Nothing else: no
/// escapes, no continued lines.
struct ProfileFile: Sendable {
    let path: String
    private(set) var profiles: [Profile] = []

    /// Reads the text of a file.
    ///
    /// - Throws: `UsageError` with file and line. Quotes no value.
    init(_ text: String, path: String) throws {
        self.path = path
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let number = index + 1
            let line = Self.trim(line)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                try begin(line, number)
            } else {
                try set(line, number)
            }
        }
    }

    private mutating func begin(_ line: Substring, _ number: Int) throws {
        let name = Self.trim(line.dropFirst().dropLast())
        guard line.hasSuffix("]"), !name.isEmpty, !name.contains("]") else {
            throw UsageError("\(path):\(number) is no profile's name, such as [ote]")
        }
        guard self[String(name)] == nil else { throw UsageError("\(path):\(number) has the profile \(name) once more") }
        profiles.append(Profile(name: String(name), path: path))
    }

    private mutating func set(_ line: Substring, _ number: Int) throws {
        guard let equals = line.firstIndex(of: "=") else {
            throw UsageError("\(path):\(number) is neither [profile] nor key = value")
        }
        let key = Self.trim(line[..<equals])
        guard let setting = Setting(rawValue: String(key)) else {
            let keys = Setting.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("\(path):\(number) sets \(key), which is none of \(keys)")
        }
        guard !profiles.isEmpty else { throw UsageError("\(path):\(number) sets \(key) before any [profile]") }
        guard profiles[profiles.count - 1].entries[setting] == nil else {
            throw UsageError("\(path):\(number) sets \(key) once more")
        }
        var value = Self.trim(line[line.index(after: equals)...])
        if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
        guard !value.isEmpty else { throw UsageError("\(path):\(number) sets \(key) to nothing") }
        profiles[profiles.count - 1].entries[setting] = .init(value: String(value), line: number)
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    subscript(name: String) -> Profile? { profiles.first { $0.name == name } }

    // MARK: Which profile

    /// The profile that flags and environment ask for; without any, `default` where there is one.
    ///
    /// - Parameter warn: Is told about a file with secrets that others can read.
    static func choose(
        name: String?, path: String?, environment: (String) -> String? = Environment.value,
        warn: (String) -> Void = Terminal.error
    ) throws -> Profile? {
        let isAsked = name != nil || path != nil || environment("EPP_PROFILE") != nil
        let origin = path == nil ? "EPP_PROFILES" : "--profiles"
        let given = path ?? environment("EPP_PROFILES")
        guard let path = given.map({ expanded($0, environment) }) ?? defaultPath(environment),
            access(path, F_OK) == 0 || isAsked
        else { return nil }
        let file = try ProfileFile(Input.text(of: path, what: given == nil ? "the profiles" : origin), path: path)
        guard let asked = name ?? environment("EPP_PROFILE") else {
            return file["default"].map { file.checked($0, warn) }
        }
        guard let profile = file[asked] else {
            let names = file.profiles.map(\.name).joined(separator: ", ")
            throw UsageError("\(path) has no profile \(asked)\(names.isEmpty ? "" : "; it has \(names)")")
        }
        return file.checked(profile, warn)
    }

    /// A path with the home directory for `~/`.
    static func expanded(_ path: String, _ environment: (String) -> String?) -> String {
        guard path.hasPrefix("~/"), let home = environment("HOME") else { return path }
        return home + path.dropFirst()
    }

    /// `~/.config/epp/profiles`, after the XDG base directories.
    static func defaultPath(_ environment: (String) -> String?) -> String? {
        if let directory = environment("XDG_CONFIG_HOME"), directory.hasPrefix("/") {
            return "\(directory)/epp/profiles"
        }
        return environment("HOME").map { "\($0)/.config/epp/profiles" }
    }

    private func checked(_ profile: Profile, _ warn: (String) -> Void) -> Profile {
        if profile.hasSecret { SecretFile.check(path, warn) }
        return profile
    }
}
