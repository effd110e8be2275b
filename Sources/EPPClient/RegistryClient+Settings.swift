import EPP

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

        /// The objects to ask for at login; by default domain-1.0 and contact-1.0.
        public var objectURIs = ["urn:ietf:params:xml:ns:domain-1.0", "urn:ietf:params:xml:ns:contact-1.0"]
        /// The extensions to ask for at login; none by default. One that the registry does not offer is refused by it.
        public var extensionURIs: [String] = []
        /// The language to ask for at login.
        public var language = "en"

        /// How many sessions are kept open; 1 by default. Registries count them: .gov allows 100 for each set of
        /// credentials, over all processes.
        public var poolSize = 1
        /// How long a command waits for a free session, connecting included; 10 seconds by default. Zero: not at all.
        public var borrowTimeout: Duration = .seconds(10)
        /// How long connecting, shaking hands, sending and receiving may take each; 5 seconds by default.
        public var connectionTimeout: Duration = .seconds(5)
        /// A session that has been idle for longer is asked with a hello before it carries a command; 60 seconds by
        /// default. Nil: never.
        public var idlePing: Duration? = .seconds(60)
        /// Each idle session is kept alive by a hello once in this time; 30 seconds by default. Nil: never.
        public var heartbeatInterval: Duration? = .seconds(30)

        /// How often a command that may be repeated is tried in all; 4 by default.
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

extension RegistryClient.Settings: CustomStringConvertible, CustomReflectable {
    /// Host, port and client, without the password.
    public var description: String { "\(clientID) at \(host):\(port), \(poolSize) sessions" }

    /// What `dump` shows: not the password.
    public var customMirror: Mirror {
        Mirror(self, children: ["host": host, "port": port, "clientID": clientID, "poolSize": poolSize])
    }
}
