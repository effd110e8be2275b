/// Something that can be set: as a flag, in the environment, in a profile.
///
/// The raw value is the key in a profile. Where several of these say something the flag wins, then the environment.
enum Setting: String, CaseIterable {
    case host
    case port
    case user
    case password
    case passwordFile = "password-file"
    case ca
    case cert
    case key
    case keyPassphrase = "key-passphrase"
    case ciphers
    case language = "lang"
    case timeout
    case transformTimeout = "transform-timeout"
    case extensions
    case namestore
    case commandExtension = "command-extension"
    case registry
    case poolSize = "pool-size"
    case borrowTimeout = "borrow-timeout"
    case idlePing = "idle-ping"
    case heartbeat
    case traceFile = "trace-file"

    /// The environment variable; those of the pool are epplibwrapper's.
    var variable: String {
        switch self {
        case .host: "EPP_HOST"
        case .port: "EPP_PORT"
        case .user: "EPP_USER"
        case .password: "EPP_PASSWORD"
        case .passwordFile: "EPP_PASSWORD_FILE"
        case .ca: "EPP_CA"
        case .cert: "EPP_CERT"
        case .key: "EPP_KEY"
        case .keyPassphrase: "EPP_KEY_PASSPHRASE"
        case .ciphers: "EPP_CIPHERS"
        case .language: "EPP_LANG"
        case .timeout: "EPP_CONNECTION_TIMEOUT"
        case .transformTimeout: "EPP_TRANSFORM_TIMEOUT"
        case .extensions: "EPP_EXTENSIONS"
        case .namestore: "EPP_NAMESTORE"
        case .commandExtension: "EPP_COMMAND_EXTENSION"
        case .registry: "EPP_REGISTRY"
        case .poolSize: "EPP_CONNECTION_POOL_SIZE"
        case .borrowTimeout: "EPP_POOL_BORROW_TIMEOUT"
        case .idlePing: "EPP_POOL_IDLE_PING_SECONDS"
        case .heartbeat: "EPP_POOL_HEARTBEAT_INTERVAL"
        case .traceFile: "EPP_TRACE_FILE"
        }
    }

    /// The flag; nil for a secret, which must not stand in a command line, and for what no flag sets.
    var flag: String? {
        switch self {
        case .host, .port, .user, .passwordFile, .ca, .cert, .key, .ciphers, .language, .timeout, .transformTimeout,
            .namestore, .commandExtension, .registry, .traceFile:
            "--\(rawValue)"
        case .extensions: "--extension"
        case .poolSize: "--pool"
        case .password, .keyPassphrase, .borrowTimeout, .idlePing, .heartbeat: nil
        }
    }

    /// Whether it names a file: `~/` in it is the home directory, and in a profile what does not begin at the root begins
    /// where the profile's file is.
    var isPath: Bool { [.passwordFile, .ca, .cert, .key, .commandExtension, .traceFile].contains(self) }

    /// Whether it is a time: seconds, or with a unit.
    var isTime: Bool { [.timeout, .transformTimeout, .borrowTimeout, .idlePing, .heartbeat].contains(self) }

    var isSecret: Bool { self == .password || self == .keyPassphrase }

    /// What to do about one that is missing.
    var advice: String {
        "\(flag.map { "give \($0), " } ?? "")set \(variable) or write \(rawValue) in a profile"
    }
}
