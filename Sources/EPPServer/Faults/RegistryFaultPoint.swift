/// Where a fault strikes.
public enum RegistryFaultPoint: Sendable, Hashable {
    /// On the greeting of a new connection.
    case greeting
    /// On the answer to a login.
    case login
    /// On the answer to any other command.
    case command
    /// On the answer to commands of one verb: `check`, `hello`, `poll`, or of one verb for one kind of object,
    /// `domain:check`.
    case verb(String)
    /// On everything: greetings, logins and commands.
    case all
}

extension RegistryFaultPoint {
    /// What is about to be sent, as far as a fault has to know.
    struct Target {
        /// Nil for the greeting of a new connection, and for what could not be read.
        var verb: String?
        /// `domain`, `host`, `contact`.
        var object: String?
        var isGreeting = false

        static let greeting = Target(isGreeting: true)
    }

    func matches(_ target: Target) -> Bool {
        switch self {
        case .all: true
        case .greeting: target.isGreeting
        case .login: target.verb == "login"
        case .command: !target.isGreeting && target.verb != "login"
        case .verb(let name):
            target.verb.map { verb in name == verb || target.object.map { "\($0):\(verb)" == name } == true } ?? false
        }
    }

    static let verbs: Set<String> = [
        "hello", "login", "logout", "check", "info", "create", "update", "delete", "renew", "transfer", "poll",
    ]

    /// Reads `greeting`, `login`, `command` (or several: `greetings`), `all`, a verb, or a verb for a kind of object.
    init?(_ text: String) {
        switch text {
        case "greeting", "greetings": self = .greeting
        case "login", "logins": self = .login
        case "command", "commands": self = .command
        case "all": self = .all
        default:
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard let verb = parts.last, Self.verbs.contains(verb), parts.count <= 2,
                parts.count == 1 || ["domain", "host", "contact"].contains(parts[0])
            else { return nil }
            self = .verb(text)
        }
    }

    var text: String {
        switch self {
        case .greeting: "greeting"
        case .login: "login"
        case .command: "command"
        case .all: "all"
        case .verb(let name): name
        }
    }
}
