/// How an embedded registry is set up.
public struct RegistryConfiguration: Sendable {
    /// What the greeting calls the server.
    public var serverID = "Embedded EPP registry"
    /// The passwords by client identifier; by default one client, "registrar", with a password made up.
    public var credentials: [String: String]
    /// The domains that are taken; every other valid name is available. By default `example.gov` and the ten of
    /// `seededDomains(10)`.
    public var domains: [RegisteredDomain]
    /// The objects that the greeting offers. Commands are there for domains.
    public var objectURIs = [
        "urn:ietf:params:xml:ns:domain-1.0", "urn:ietf:params:xml:ns:contact-1.0", "urn:ietf:params:xml:ns:host-1.0",
    ]
    /// The extensions that the greeting offers.
    public var extensionURIs = ["urn:ietf:params:xml:ns:secDNS-1.1"]
    /// The languages that the greeting offers.
    public var languages = ["en"]
    /// How many connections one client certificate may have; 100 by default, as at .gov. One more completes TLS and is
    /// closed without a greeting. Nil: any number.
    public var maximumSessions: Int? = 100
    /// How long a connection may be idle before it is closed without a word; one hour by default. Nil: for ever.
    public var idleTimeout: Duration? = .seconds(3600)
    /// How long a TLS handshake and the sending of one reply may take each; 10 seconds by default.
    public var transferTimeout: Duration = .seconds(10)
    /// How many names one check may ask for; 50 by default.
    public var namesPerCheck = 50
    /// How many logins may fail on one connection; the next failure is 2501 and closes it. 3 by default, as at Nomulus.
    public var failedLogins = 3
    /// The faults that it has from its start; none by default. `EmbeddedRegistry.inject(_:)` adds more.
    public var faults: [RegistryFaultRule] = []
    /// What all that is left to chance follows from: the same seed and the same commands give the same answers.
    public var seed: UInt64 = 0
    /// The longest frame that is accepted, in bytes; 1 MiB by default.
    public var frameLimit = 1 << 20

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
