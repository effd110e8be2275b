public import EPP
import Gevent

extension RegistryClient {
    /// Where the registry is, who logs in there, and how the pool of sessions behaves.
    ///
    /// The defaults are epplibwrapper's. Prints without the password.
    public struct Settings: Sendable {
        /// The registry's host name or address.
        public var host: String
        /// The registry's port; 700 by default.
        public var port: Int
        /// The client identifier to log in with.
        public var clientID: String
        /// The password to log in with.
        public var password: String

        /// The objects to ask for at login, as far as the registry offers them; by default domain-1.0 and contact-1.0.
        public var objectURIs = ["urn:ietf:params:xml:ns:domain-1.0", "urn:ietf:params:xml:ns:contact-1.0"]
        /// The extensions to ask for at login, as far as the registry offers them; none by default.
        public var extensionURIs: [String] = []
        /// What goes into the extension of every command about an object, as Verisign's `Namestore`; nothing by default.
        /// The login asks for these extensions too.
        public var commandExtensions: [any CommandExtension] = []
        /// The language to ask for at login.
        public var language = "en"
        /// What the client is, sent at login where the registry offers the login security extension; nil by default. A
        /// password of more than 16 characters goes there in any case.
        public var userAgent: LoginSecurity.UserAgent?
        /// Whether a password of up to 16 characters goes into the login security extension too, where the registry offers
        /// it; false by default.
        public var securesPassword = false

        /// What the registry allows; by default no limit is known. There are presets: `.gov`, `.nominet`, `.co`, `.ee`,
        /// `.lv`, `.no`.
        public var profile = RegistryProfile()
        /// How many sessions are kept open; 1 by default, and no more than the profile's `maximumSessions`. Registries
        /// count them: .gov allows 100 for each set of credentials, over all processes.
        public var poolSize = 1
        /// How long a command waits for a free session, connecting included; 10 seconds by default. Zero: not at all.
        public var borrowTimeout: Duration = .seconds(10)
        /// How long connecting, shaking hands, sending and receiving may take each; 5 seconds by default.
        public var connectionTimeout: Duration = .seconds(5)
        /// A time limit for each of these steps, in place of `connectionTimeout`; nil by default.
        public var timeouts: TransportTimeouts?
        /// How long the reply to a command that changes something may take, since creates and transfers take 5 to 10
        /// seconds at some registries. nil, the default: as the profile has it, else six times the limit for other
        /// replies, 30 seconds.
        public var transformTimeout: Duration?
        /// A session that has been idle for longer is asked with the `heartbeatCommand` before it carries a command; 60
        /// seconds by default. Nil: never.
        public var idlePing: Duration? = .seconds(60)
        /// Each idle session is kept alive by the `heartbeatCommand` once in this time, or thrice in the profile's
        /// `idleLimit` where that is more often; 30 seconds by default. Nil: never.
        public var heartbeatInterval: Duration? = .seconds(30)
        /// What keeps idle sessions alive; a hello by default. That is answered without a login too, so it proves the
        /// connection alone. Any command that only reads, such as `Poll()` or a `CheckDomain`, proves the session too:
        /// one that turns out to be logged out is logged in again before a caller meets it.
        public var heartbeatCommand: any Command = Hello()
        /// Whether the logger gets every document at trace level, passwords taken out; false by default.
        public var logsFrames = false

        /// How often a command that may be repeated is tried in all; 4 by default, at least 1.
        public var attempts = 4
        /// How long to wait after the first failed attempt; each further one waits so much longer. 50 milliseconds by
        /// default: 50, 100, 150.
        public var retryInterval: Duration = .milliseconds(50)

        /// Settings with epplibwrapper's defaults.
        public init(host: String, port: Int = 700, clientID: String, password: String) {
            self.host = host
            self.port = port
            self.clientID = clientID
            self.password = password
        }

        /// Settings from environment variables.
        ///
        /// `EPP_HOST`, `EPP_PORT` (700), `EPP_USER`, `EPP_PASSWORD`, and epplibwrapper's `EPP_CONNECTION_POOL_SIZE`
        /// (1), `EPP_POOL_BORROW_TIMEOUT` (10), `EPP_POOL_IDLE_PING_SECONDS` (60), `EPP_POOL_HEARTBEAT_INTERVAL` (30)
        /// and `EPP_CONNECTION_TIMEOUT` (5), all in seconds. An empty variable counts as unset; 0 turns idle pings and
        /// heartbeats off.
        ///
        /// - Throws: `SettingsError` that names the variable.
        public init(environment: [String: String]) throws {
            let reader = EnvironmentReader(environment)
            self.init(
                host: try reader.text("EPP_HOST"),
                port: try reader.integer("EPP_PORT", in: 1...65_535) ?? 700,
                clientID: try reader.text("EPP_USER"),
                password: try reader.text("EPP_PASSWORD"))
            if let size = try reader.integer("EPP_CONNECTION_POOL_SIZE", in: 1...10_000) { poolSize = size }
            if let time = try reader.seconds("EPP_POOL_BORROW_TIMEOUT", allowsZero: true) { borrowTimeout = time }
            if let time = try reader.seconds("EPP_POOL_IDLE_PING_SECONDS", allowsZero: true) {
                idlePing = time == .zero ? nil : time
            }
            if let time = try reader.seconds("EPP_POOL_HEARTBEAT_INTERVAL", allowsZero: true) {
                heartbeatInterval = time == .zero ? nil : time
            }
            if let time = try reader.seconds("EPP_CONNECTION_TIMEOUT", allowsZero: false) { connectionTimeout = time }
        }
    }
}

extension RegistryClient.Settings {
    /// The limit for the reply to a command that changes something; nil for none.
    package var effectiveTransformTimeout: Duration? {
        transformTimeout ?? profile.transformTimeout ?? effectiveTimeouts.receive.map { $0 * 6 }
    }

    /// `extensionURIs`, and those of the command extensions.
    package var allExtensionURIs: [String] {
        var uris = extensionURIs
        for item in commandExtensions {
            guard let xml = try? item.xml(), let root = try? XMLTree(Array(xml.utf8)).root else { continue }
            if !uris.containsExactly(root.namespaceURI) { uris.append(root.namespaceURI) }
        }
        return uris
    }

    var effectiveTimeouts: TransportTimeouts { timeouts ?? TransportTimeouts(connectionTimeout) }

    var effectivePoolSize: Int { min(poolSize, profile.maximumSessions ?? poolSize) }

    /// Thrice in the time after which the registry would close: one that is lost or late is no harm.
    var effectiveHeartbeatInterval: Duration? {
        heartbeatInterval.map { interval in min(interval, profile.idleLimit.map { $0 / 3 } ?? interval).bounded }
    }

    /// Stops the program where a setting cannot be.
    func check() {
        require(poolSize >= 1, "a registry client's poolSize must be at least 1, not \(poolSize)")
        require(attempts >= 1, "a registry client's attempts must be at least 1, not \(attempts)")
        require(heartbeatCommand.isReadOnly, "a heartbeatCommand must change nothing")
        let limits = effectiveTimeouts
        require(
            [limits.connect, limits.handshake, limits.send, limits.receive].allSatisfy { $0 ?? .zero >= .zero },
            "a registry client's time limits must not be negative")
        profile.check()
    }
}

extension RegistryClient.Settings: CustomStringConvertible, CustomReflectable {
    /// Host, port and client, without the password.
    public var description: String { "\(clientID) at \(host):\(port), \(poolSize) sessions" }

    /// What `dump` shows: not the password.
    public var customMirror: Mirror {
        Mirror(self, children: ["host": host, "port": port, "clientID": clientID, "poolSize": poolSize])
    }
}
