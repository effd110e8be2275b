import ArgumentParser
import EPP
import EPPClient

/// Where the registry is, how to get in, and how results are printed.
struct RegistryOptions: ParsableArguments {
    @Option(help: "The registry's host name or address (EPP_HOST).")
    var host: String?

    @Option(help: "The registry's port (EPP_PORT; 700).")
    var port: String?

    @Option(help: "The client identifier to log in with (EPP_USER).")
    var user: String?

    @Option(
        help:
            """
            A file whose first line is the password, - for standard input (EPP_PASSWORD_FILE, or the password itself \
            in EPP_PASSWORD). At a terminal it is asked for.
            """)
    var passwordFile: String?

    @Option(help: "The authorities to trust, a PEM file (EPP_CA; the system's).")
    var ca: String?

    @Option(help: "The client's certificate, a PEM file (EPP_CERT).")
    var cert: String?

    @Option(help: "The client's key, a PEM file (EPP_KEY). Its passphrase comes from EPP_KEY_PASSPHRASE.")
    var key: String?

    @Option(help: "The ciphers of TLS 1.2: modern, or legacy for a registry that has no better (EPP_CIPHERS; modern).")
    var ciphers: String?

    @Option(help: "How long connecting, sending and receiving may take each, in seconds (EPP_CONNECTION_TIMEOUT; 5).")
    var timeout: String?

    @Option(
        name: .customLong("extension"),
        help: "One more extension to ask for at login, by its URI; repeatable (EPP_EXTENSIONS).")
    var extensions: [String] = []

    @Option(
        help: """
            The registry whose limits on sessions, idle time, commands and pace the pools of shell, load and poll \
            --follow keep: gov, nominet, co, ee, lv or no (EPP_REGISTRY).
            """)
    var registry: String?

    @Option(help: "The profile to take settings from (EPP_PROFILE; default).")
    var profile: String?

    @Option(help: "The file of profiles (EPP_PROFILES; ~/.config/epp/profiles).")
    var profiles: String?

    @Flag(help: "Print one JSON object for each result.")
    var json = false

    /// The flags that were given, beside those about output.
    var given: [Setting: String] {
        let flags: [(Setting, String?)] = [
            (.host, host), (.port, port), (.user, user), (.passwordFile, passwordFile), (.ca, ca), (.cert, cert),
            (.key, key), (.ciphers, ciphers), (.timeout, timeout), (.registry, registry),
            (.extensions, extensions.isEmpty ? nil : extensions.joined(separator: " ")),
        ]
        return Dictionary(uniqueKeysWithValues: flags.compactMap { flag in flag.1.map { (flag.0, $0) } })
    }

    /// Whether a flag says which registry is meant, or how to get there.
    var choosesRegistry: Bool { !given.isEmpty || profile != nil || profiles != nil }

    /// The connection that flags, environment and profile describe together.
    func connection(needsLogin: Bool = true, flags: [Setting: String] = [:]) throws -> Connection {
        let sources = SettingSources(
            flags: given.merging(flags) { $1 }, profile: try ProfileFile.choose(name: profile, path: profiles))
        return try Connection(sources, needsLogin: needsLogin)
    }

    /// Prints a report the way that was asked for.
    var emit: (Report) throws -> Void {
        let json = json
        return { try Terminal.print(json ? $0.json : $0.text(.standardOutput)) }
    }
}
