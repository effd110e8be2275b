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
    func find(_ setting: Setting) -> Found? {
        if let value = flags[setting], let flag = setting.flag { return Found(value: value, origin: flag) }
        if let value = environment(setting.variable), !value.isEmpty {
            return Found(value: value, origin: setting.variable)
        }
        guard let profile, let entry = profile.entries[setting] else { return nil }
        return Found(value: entry.value, origin: "\(setting.rawValue) (\(profile.path):\(entry.line))")
    }

    func value(_ setting: Setting) -> String? { find(setting)?.value }

    /// The first source that has a password or names a file with one, each source asked for both.
    func password(prompt: () throws -> String?) throws -> String {
        let origins: [(Setting) -> Found?] = [
            { flags[$0].map { Found(value: $0, origin: "--password-file") } },
            { setting in
                environment(setting.variable).flatMap { $0.isEmpty ? nil : Found(value: $0, origin: setting.variable) }
            },
            { SettingSources(environment: { _ in nil }, profile: profile).find($0) },
        ]
        for source in origins {
            if let password = source(.password) { return password.value }
            guard let file = source(.passwordFile) else { continue }
            return try SecretFile.firstLine(of: file.value, what: file.origin)
        }
        if let password = try prompt() { return password }
        throw UsageError("no password: set EPP_PASSWORD or EPP_PASSWORD_FILE, or write one of them in a profile")
    }

    /// The client's settings; what is wrong is told with the name of who said so.
    ///
    /// - Parameters:
    ///   - user: Whom to log in as; nil where nobody logs in.
    ///   - password: With what.
    func clientSettings(user: String?, password: String?) throws -> RegistryClient.Settings {
        var values: [String: String] = [:]
        for setting in Setting.allCases where !setting.isSecret { values[setting.variable] = value(setting) }
        values[Setting.user.variable] = user ?? "nobody"
        values[Setting.password.variable] = password ?? "nothing"
        do {
            return try RegistryClient.Settings(environment: values)
        } catch let error as SettingsError {
            guard let setting = Setting.allCases.first(where: { $0.variable == error.variable }) else { throw error }
            guard let origin = find(setting)?.origin else {
                throw UsageError("no \(setting.rawValue): \(setting.advice)")
            }
            throw UsageError("\(origin) \(error.reason)")
        }
    }
}
