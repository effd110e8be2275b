import EPPClient

/// Where settings come from: flags before the environment, the environment before the profile.
struct SettingSources {
    /// A setting's value and who said so.
    struct Found {
        let value: String
        /// The flag, the variable, or the key with its profile.
        let origin: String
    }

    var flags: [Setting: String] = [:]
    var environment: (String) -> String? = Environment.value
    var profile: Profile?

    /// The value that is in force; nil where nobody set it.
    func find(_ setting: Setting) -> Found? { places.lazy.compactMap { $0(setting) }.first }

    func value(_ setting: Setting) -> String? { find(setting)?.value }

    /// Where a setting is looked up, one after the other.
    private var places: [(Setting) -> Found?] { [inFlags, inEnvironment, inProfile] }

    private func inFlags(_ setting: Setting) -> Found? {
        guard let value = flags[setting], let flag = setting.flag else { return nil }
        return Found(value: setting.isPath ? path(value) : value, origin: flag)
    }

    private func inEnvironment(_ setting: Setting) -> Found? {
        guard let value = environment(setting.variable), !value.isEmpty else { return nil }
        return Found(value: setting.isPath ? path(value) : value, origin: setting.variable)
    }

    private func inProfile(_ setting: Setting) -> Found? {
        guard let profile, let entry = profile.entries[setting] else { return nil }
        let directory = profile.path.lastIndex(of: "/").map { profile.path[...$0] }
        return Found(
            value: setting.isPath ? path(entry.value, from: directory ?? "") : entry.value,
            origin: "\(setting.rawValue) (\(profile.path):\(entry.line))")
    }

    /// A path with the home directory for `~/`, from a directory on.
    private func path(_ value: String, from directory: Substring = "") -> String {
        let path = ProfileFile.expanded(value, environment)
        return path.hasPrefix("/") || path == "-" ? path : directory + path
    }

    /// The first source that has a password or names a file with one, each source asked for both.
    func password(prompt: () throws -> String?) throws -> Found {
        for place in places {
            if let password = place(.password) { return password }
            guard let file = place(.passwordFile) else { continue }
            return Found(
                value: try SecretFile.firstLine(of: file.value, what: file.origin),
                origin: "\(file.origin): \(file.value == "-" ? "standard input" : file.value)")
        }
        if let password = try prompt() { return Found(value: password, origin: "as it was typed") }
        throw UsageError("no password: set EPP_PASSWORD or EPP_PASSWORD_FILE, or write one of them in a profile")
    }

    /// The client's settings; what is wrong is told with the name of who said so.
    ///
    /// - Parameters:
    ///   - user: Whom to log in as; nil where nobody logs in.
    ///   - password: With what.
    func clientSettings(user: String?, password: String?) throws -> RegistryClient.Settings {
        var values: [String: String] = [:]
        for setting in Setting.allCases where !setting.isSecret {
            values[setting.variable] = setting.isTime ? try seconds(setting) : value(setting)
        }
        values[Setting.user.variable] = user ?? "nobody"
        values[Setting.password.variable] = password ?? "nothing"
        do {
            var settings = try RegistryClient.Settings(environment: values)
            settings.transformTimeout = try time(.transformTimeout)
            return settings
        } catch let error as SettingsError {
            guard let setting = Setting.allCases.first(where: { $0.variable == error.variable }) else { throw error }
            guard let origin = find(setting)?.origin else {
                throw UsageError("no \(setting.rawValue): \(setting.advice)")
            }
            throw UsageError("\(origin) \(error.reason)")
        }
    }

    /// A time in seconds, as the library reads it.
    private func seconds(_ setting: Setting) throws -> String? { try time(setting).map { String($0 / .seconds(1)) } }

    private func time(_ setting: Setting) throws -> Duration? {
        guard let found = find(setting) else { return nil }
        let isAboveZero = setting == .timeout || setting == .transformTimeout
        let range = isAboveZero ? "above 0, up to a day" : "from 0 to a day"
        guard let time = Duration(argument: found.value), time <= .seconds(86_400), !isAboveZero || time > .zero else {
            throw UsageError("\(found.origin) is \"\(found.value)\", not a time \(range), such as 5, 500ms or 2m")
        }
        return time
    }
}
