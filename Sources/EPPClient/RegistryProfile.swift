public import EPP
import Gevent

/// What a registry allows, as a value: `RegistryClient.Settings.profile`.
///
///     settings.profile = .nominet
///     settings.profile = RegistryProfile {
///         $0.idleLimit = .seconds(600)
///         $0.commandPace = Pace(100, per: .seconds(60))
///     }
///
/// A client keeps to it in what it does by itself; it cannot know of other processes with the same credentials.
public struct RegistryProfile: Sendable, Hashable {
    /// How many sessions the credentials may have, over all processes; a larger pool is made smaller. nil, the default:
    /// any number.
    public var maximumSessions: Int?
    /// The registry closes a session that is idle for so long; over zero. Heartbeats, where there are any, come thrice
    /// in this time, and a session without is replaced before it ends. nil, the default: none is known.
    public var idleLimit: Duration?
    /// The registry closes a session that is older; over zero. The pool replaces it after nine tenths of that. nil, the
    /// default: none is known.
    public var sessionLifetime: Duration?
    /// The registry closes a session after so many commands, login, hellos and logout included; at least 3. The pool
    /// logs it out when all but the last are used. nil, the default: none is known.
    public var commandsPerSession: Int?
    /// How many objects one check may ask for; at least 1. By default 50, which most registries take.
    public var namesPerCheck = 50
    /// How often a command may be sent. Whoever would have to wait for longer than for a session gets a `RegistryError`;
    /// heartbeats give way. nil, the default: as often as the sessions allow.
    public var commandPace: Pace?
    /// How often a login may be tried. nil, the default: as often as sessions are to be made.
    public var loginPace: Pace?
    /// Whether a login counts as a command in `commandPace`; false by default.
    public var loginsAreCommands = false

    /// How the registry spells namespaces and names; the standard's way by default.
    public var dialect = RegistryDialect.standard
    /// How long the registry may take for a command that changes something; over zero. nil, the default: none is known.
    public var transformTimeout: Duration?

    /// No limit but the 50 objects of a check.
    public init() {}

    /// The same, as `configure` changes it.
    public init(_ configure: (inout RegistryProfile) -> Void) {
        self.init()
        configure(&self)
    }

    /// Stops the program where a limit lets nothing happen.
    func check() {
        require(maximumSessions ?? 1 >= 1, "a profile's maximumSessions must be at least 1")
        require(commandsPerSession ?? 3 >= 3, "a profile's commandsPerSession must be at least 3")
        require(namesPerCheck >= 1, "a profile's namesPerCheck must be at least 1")
        require(idleLimit ?? .seconds(1) > .zero, "a profile's idleLimit must be over zero")
        require(transformTimeout ?? .seconds(1) > .zero, "a profile's transformTimeout must be over zero")
        require(sessionLifetime ?? .seconds(1) > .zero, "a profile's sessionLifetime must be over zero")
    }
}

/// What is known of some registries. Where one says "a few" or nothing, the number is a careful one.
extension RegistryProfile {
    /// `.gov`: 100 sessions, idle for an hour.
    public static var gov: RegistryProfile {
        RegistryProfile {
            $0.maximumSessions = 100
            $0.idleLimit = .seconds(3_600)
        }
    }

    /// Nominet's generic top-level domains: 5 sessions, idle for 30 minutes; TLS 1.2 or later.
    public static var nominet: RegistryProfile {
        RegistryProfile {
            $0.maximumSessions = 5
            $0.idleLimit = .seconds(1_800)
        }
    }

    /// `.co`: 100 sessions, idle for 300 seconds, 50 names a check, logins one by one: here one a second.
    public static var co: RegistryProfile {
        RegistryProfile {
            $0.maximumSessions = 100
            $0.idleLimit = .seconds(300)
            $0.namesPerCheck = 50
            $0.loginPace = Pace(1, per: .seconds(1))
        }
    }

    /// `.ee`: namespaces of its own, 4 sessions, idle for 5 minutes, 100 commands a minute, of which logins are some.
    public static var ee: RegistryProfile {
        RegistryProfile {
            $0.dialect = .ee
            $0.maximumSessions = 4
            $0.idleLimit = .seconds(300)
            $0.commandPace = Pace(100, per: .seconds(60))
            $0.loginsAreCommands = true
        }
    }

    /// `.lv`: a few sessions (here 2), idle for 10 minutes, 5 days old at most.
    public static var lv: RegistryProfile {
        RegistryProfile {
            $0.maximumSessions = 2
            $0.idleLimit = .seconds(600)
            $0.sessionLifetime = .seconds(5 * 86_400)
        }
    }

    /// `.no`: up to 9 sessions by contract, idle for 120 seconds, cut after 1200 commands, at times after 900.
    public static var no: RegistryProfile {
        RegistryProfile {
            $0.maximumSessions = 9
            $0.idleLimit = .seconds(120)
            $0.commandsPerSession = 900
        }
    }
}

/// Registries of which no limit is known, but how they spell and what they take time for.
extension RegistryProfile {
    /// NASK, `.pl`: namespaces of its own, nameservers as plain text.
    public static var pl: RegistryProfile {
        RegistryProfile { $0.dialect = .pl }
    }

    /// `.ru` and `.su`: namespaces of its own.
    public static var ru: RegistryProfile {
        RegistryProfile { $0.dialect = .ru }
    }

    /// SIDN, `.nl`: white space before the XML declaration, reasons for a refusal in an extension.
    public static var sidn: RegistryProfile { RegistryProfile() }

    /// `.fi`: transfers without the client that is to act and its date.
    public static var fi: RegistryProfile { RegistryProfile() }

    /// Verisign: each command about an object wants a `Namestore` among the settings' `commandExtensions`.
    public static var verisign: RegistryProfile { RegistryProfile() }

    /// EURid, `.eu`: names beyond ASCII are sent as they are.
    public static var eu: RegistryProfile {
        RegistryProfile { $0.dialect.names = .sent }
    }
}
