public import EPP

/// How an embedded registry is set up.
public struct RegistryConfiguration: Sendable {
    /// What the greeting calls the server.
    public var serverID = "Embedded EPP registry"
    /// What the registry calls itself where it acts on its own.
    public var operatorID = "registry"
    /// The passwords by client identifier; by default one client, "registrar", with a password made up.
    public var credentials: [String: String]

    // What it holds at first.

    /// The domains; every other valid name is available. By default `example.gov` and the ten of `seededDomains(10)`.
    /// Contacts and hosts that they refer to and that are not here are made up.
    public var domains: [RegisteredDomain]
    /// The hosts.
    public var hosts: [RegisteredHost] = []
    /// The contacts.
    public var contacts: [RegisteredContact] = []
    /// The messages in the registrars' queues.
    public var messages: [RegisteredMessage] = []
    /// What registrars have, in hundredths of the currency; one that is not here can spend what it likes.
    public var balances: [String: Int] = [:]
    /// The date and time at its start, from which on it follows the hub's clock; nil for the system's.
    public var startDate: Timestamp?
    /// What all that is left to chance follows from: the same seed and the same commands give the same answers.
    public var seed: UInt64 = 0

    // What it offers.

    /// The objects that the greeting offers.
    public var objectURIs = [XMLNamespace.domain.uri, XMLNamespace.contact.uri, XMLNamespace.host.uri]
    /// The extensions that the greeting offers: DNSSEC, grace periods, fees, changes in the queue, long passwords. One
    /// that is taken out is answered with 2103; there are no more.
    public var extensionURIs = [
        XMLNamespace.secDNS.uri, XMLNamespace.gracePeriod.uri, XMLNamespace.fee.uri, XMLNamespace.changePoll.uri,
        XMLNamespace.loginSecurity.uri,
    ]
    /// The launch that is on; nil, the default, for none. While there is one the greeting offers its extension.
    public var launch: RegistryLaunch? {
        didSet {
            extensionURIs.removeAll { $0 == XMLNamespace.launch.uri }
            if launch != nil { extensionURIs.append(XMLNamespace.launch.uri) }
        }
    }
    /// The languages that the greeting offers.
    public var languages = ["en"]

    /// How it behaves on the wire; as the RFCs say by default. `behave(like:)` sets it with a registry's limits.
    public internal(set) var personality = RegistryPersonality.plain

    // Its rules.

    /// The zones, such as `gov`: domains are one label beneath one, and a host in one needs its domain. Empty by
    /// default: any name of two labels or more can be a domain.
    public var zones: [String] = []
    /// Names that nobody can register.
    public var reservedNames: Set<String> = []
    /// Whether a domain needs a registrant and contacts for administration and technical matters; no by default.
    public var requiresContacts = false
    /// Whether hosts may be part of a domain's own data, beside hosts that are objects; yes by default.
    public var takesHostAttributes = true
    /// For how many years a domain is registered at most, and how many a registration may end ahead; 10 by default.
    public var maximumYears = 10
    /// How long before its end a registration can be renewed: earlier is 2105. Nil, the default: any time.
    public var renewalWindow: Duration?
    /// How long after its creation a domain cannot be transferred: 2106. Nil, the default: no time.
    public var transferLock: Duration?
    /// How long things take.
    public var periods = RegistryPeriods()
    /// What commands cost.
    public var prices = RegistryPrices()
    /// How many names one check may ask for; 50 by default.
    public var namesPerCheck = 50

    // Its limits.

    /// How many connections one client certificate may have; 100 by default, as at .gov. One more completes TLS and is
    /// closed without a greeting. Nil: any number.
    public var maximumSessions: Int? = 100
    /// How many sessions one client identifier may have: one more login is 2502. Nil, the default: any number.
    public var sessionsPerClient: Int?
    /// How long a connection may be idle before it is closed without a word; one hour by default. Nil: for ever.
    public var idleTimeout: Duration? = .seconds(3600)
    /// How long a connection may last before it is closed without a word. Nil, the default: for ever.
    public var maximumAge: Duration?
    /// How many commands a session may have: behind the answer to the last the connection is closed. The login counts,
    /// hellos do not. Nil, the default: any number.
    public var commandsPerSession: Int?
    /// How many logins a client identifier may try in a minute: one more is 2502. Nil, the default: any number.
    public var loginsPerMinute: Int?
    /// How many commands a client identifier may send in a minute over all its sessions: one more is 2502. Logins count.
    /// Nil, the default: any number.
    public var commandsPerMinute: Int?
    /// How many connections may be in their TLS handshake at once; further ones wait in the system's queue. 256 by
    /// default.
    public var maximumHandshakes = 256
    /// How long a TLS handshake, the arrival of one command from its first byte on, and the sending of one reply may take
    /// each; 10 seconds by default. A command has no more time than ``idleTimeout`` either.
    public var transferTimeout: Duration = .seconds(10)
    /// How many logins may fail on one connection; the next failure is 2501 and closes it. 3 by default, as at Nomulus.
    public var failedLogins = 3
    /// The longest frame that is accepted, in bytes; 1 MiB by default.
    public var frameLimit = 1 << 20
    /// The faults that it has from its start; none by default. `EmbeddedRegistry.inject(_:)` adds more.
    public var faults: [RegistryFaultRule] = []

    /// The defaults.
    public init() {
        let client = "registrar"
        credentials = [client: Self.makePassword()]
        domains =
            [RegisteredDomain("example.gov", sponsor: client, number: 1)] + Self.seededDomains(10, sponsor: client)
    }

    /// The defaults, changed by a closure.
    public init(_ configure: (inout RegistryConfiguration) -> Void) {
        self.init()
        configure(&self)
    }

    /// Domains that follow from their number alone: `taken-1.gov`, `taken-2.gov`, …
    public static func seededDomains(_ count: Int, sponsor: String = "registrar") -> [RegisteredDomain] {
        (0..<count).map { RegisteredDomain("taken-\($0 + 1).gov", sponsor: sponsor, number: $0 + 2) }
    }

    /// A password of the 16 characters that the protocol allows at most, from the system's generator.
    public static func makePassword() -> String {
        let alphabet = Array("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        return String((0..<16).map { _ in alphabet[Int.random(in: alphabet.indices)] })
    }
}
