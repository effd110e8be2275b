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
            """, completion: .file())
    var passwordFile: String?

    @Option(
        help: "The authorities to trust, a PEM file (EPP_CA; the system's).",
        completion: .file())
    var ca: String?

    @Option(
        help: "The client's certificate, a PEM file (EPP_CERT).",
        completion: .file())
    var cert: String?

    @Option(
        help: "The client's key, a PEM file (EPP_KEY). Its passphrase comes from EPP_KEY_PASSPHRASE.",
        completion: .file())
    var key: String?

    @Option(
        help: "The ciphers of TLS 1.2: modern, or legacy for a registry that has no better (EPP_CIPHERS; modern).",
        completion: .list(["modern", "legacy"]))
    var ciphers: String?

    @Option(help: "The language to ask for at login (EPP_LANG; en).")
    var lang: String?

    @Option(
        help: "How long connecting, sending and receiving may take each: 5, 5s, 500ms, 2m (EPP_CONNECTION_TIMEOUT; 5s)."
    )
    var timeout: String?

    @Option(
        help: """
            How long the answer to a command that changes something may take (EPP_TRANSFORM_TIMEOUT; six times \
            --timeout).
            """)
    var transformTimeout: String?

    @Option(
        help: "Which of Verisign's registries each command is for: dotCOM, dotNET, … (EPP_NAMESTORE).")
    var namestore: String?

    @Option(
        help: """
            A file with an element, as XML, that the registry wants in the extension of every command about an object \
            (EPP_COMMAND_EXTENSION).
            """, completion: .file())
    var commandExtension: String?

    @Option(
        name: .customLong("extension"),
        help: "One more extension to ask for at login, by its URI; repeatable (EPP_EXTENSIONS).")
    var extensions: [String] = []

    @Option(
        help: """
            The registry whose spelling of namespaces and names is used, and whose limits on names in a check, and on \
            sessions, idle time, commands and pace of shell, load and poll --follow are kept: \
            \(Connection.registryNames.joined(separator: ", ")) (EPP_REGISTRY).
            """, completion: .list(Connection.registryNames))
    var registry: String?

    @Option(help: "The profile to take settings from (EPP_PROFILE; default).")
    var profile: String?

    @Option(
        help: "The file of profiles (EPP_PROFILES; ~/.config/epp/profiles).",
        completion: .file())
    var profiles: String?

    @Flag(help: "Print one JSON object for each result.")
    var json = false

    @Flag(help: "Print the registry's whole responses as XML, passwords hidden.")
    var xml = false

    @Flag(help: "Show every document that is sent (>) or received (<) on standard error, passwords hidden.")
    var trace = false

    @Option(
        help: "Write every document with its time to the end of a file, passwords hidden (EPP_TRACE_FILE).",
        completion: .file())
    var traceFile: String?

    func validate() throws {
        guard !json || !xml else { throw ValidationError("--json and --xml are two forms of output: give one of them") }
    }

    /// The flags that were given, beside those about output.
    var given: [Setting: String] {
        let flags: [(Setting, String?)] = [
            (.host, host), (.port, port), (.user, user), (.passwordFile, passwordFile), (.ca, ca), (.cert, cert),
            (.key, key), (.ciphers, ciphers), (.language, lang), (.timeout, timeout), (.registry, registry),
            (.transformTimeout, transformTimeout), (.namestore, namestore), (.commandExtension, commandExtension),
            (.traceFile, traceFile),
            (.extensions, extensions.isEmpty ? nil : extensions.joined(separator: " ")),
        ]
        return Dictionary(uniqueKeysWithValues: flags.compactMap { flag in flag.1.map { (flag.0, $0) } })
    }

    /// Those of a command without any.
    static var standard: RegistryOptions {
        var options = RegistryOptions()
        (options.extensions, options.json, options.xml, options.trace) = ([], false, false, false)
        return options
    }

    /// Whether a flag says which registry is meant, or how to get there.
    var choosesRegistry: Bool { !given.isEmpty || profile != nil || profiles != nil }

    /// The connection that flags, environment and profile describe together.
    func connection(needsLogin: Bool = true, flags: [Setting: String] = [:]) throws -> Connection {
        let sources = SettingSources(
            flags: given.merging(flags) { $1 }, profile: try ProfileFile.choose(name: profile, path: profiles))
        var connection = try Connection(sources, needsLogin: needsLogin)
        let file = sources.find(.traceFile)
        if trace || xml || file != nil {
            connection.frames = try FrameLog(file: file)
            connection.frames?.isTracing = trace
        }
        return connection
    }

    /// Prints a report the way that was asked for.
    func print(_ report: Report, _ frames: FrameLog?, to output: (String) throws -> Void = Terminal.print) throws {
        if xml, let frames {
            for document in frames.takeReceived() { try output(document.visible) }
        } else {
            try output(json ? report.json : report.text(.standardOutput))
        }
    }
}
