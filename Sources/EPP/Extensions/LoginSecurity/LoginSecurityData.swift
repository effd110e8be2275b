/// What a registry warns of at login: a password or certificate that expires, weak ciphers. An extension of the answer
/// to `Login`, RFC 8807.
public struct LoginSecurityData: ResponseExtension, Hashable {
    /// One warning or error.
    public struct Event: Sendable, Hashable {
        /// What it is about.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// The password expires.
            case password
            /// The client's certificate expires.
            case certificate
            /// The cipher is weak.
            case cipher
            /// The version of TLS is weak.
            case tlsProtocol
            /// The new password is refused.
            case newPW
            /// A figure, such as failed logins.
            case stat
            /// Something else, by its own name.
            case custom
        }

        /// What it is about.
        public var kind: Kind
        /// The name of a custom event or of a figure.
        public var name: String?
        /// Is it an error, and not a warning?
        public var isError: Bool
        /// When the thing expires.
        public var expiry: Timestamp?
        /// The thing, or the figure.
        public var value: String?
        /// The time that the figure is over, as a duration of ISO 8601.
        public var duration: String?
        /// What is said for people.
        public var message: LocalizedText

        /// An event.
        public init(
            _ kind: Kind, name: String? = nil, isError: Bool = false, expiry: Timestamp? = nil, value: String? = nil,
            duration: String? = nil, message: LocalizedText = ""
        ) {
            self.kind = kind
            self.name = name
            self.isError = isError
            self.expiry = expiry
            self.value = value
            self.duration = duration
            self.message = message
        }
    }

    /// The events.
    public var events: [Event]

    /// What a registry warns of.
    public init(_ events: [Event]) {
        self.events = events
    }

    /// Reads `loginSec:loginSecData`.
    public static func decode(from element: XMLTree.Element) throws -> LoginSecurityData? {
        guard element.isNamed("loginSecData", in: .loginSecurity) else { return nil }
        var events: [Event] = []
        for child in element.children where child.isNamed("event", in: .loginSecurity) {
            events.append(
                Event(
                    try child.choice("type"), name: child.tokenAttribute("name"),
                    isError: child.tokenAttribute("level") == "error",
                    expiry: child.tokenAttribute("exDate").map(Timestamp.init), value: child.tokenAttribute("value"),
                    duration: child.tokenAttribute("duration"), message: LocalizedText(child)))
        }
        return LoginSecurityData(events)
    }

    /// Checks all values.
    public func validate() throws {
        guard !events.isEmpty else { throw InvalidValue(field: "loginSec:event", reason: "is missing") }
        for event in events {
            if let name = event.name { try Validation.token(name, "loginSec:event name", 1...Int.max) }
            if let expiry = event.expiry { try Validation.dateTime(expiry, "loginSec:event exDate") }
            if let value = event.value { try Validation.token(value, "loginSec:event value", 0...Int.max) }
            if let duration = event.duration { try Validation.duration(duration, "loginSec:event duration") }
            try event.message.validate("loginSec:event", 0...Int.max)
        }
    }

    /// Writes `loginSec:loginSecData`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("loginSec:loginSecData", .init("xmlns:loginSec", .loginSecurity)) { writer in
            for event in events {
                writer.element(
                    "loginSec:event",
                    attributes: [
                        .init("type", event.kind.rawValue), .init("name", ifPresent: event.name),
                        .init("level", event.isError ? "error" : "warning"),
                        .init("exDate", ifPresent: event.expiry?.text), .init("value", ifPresent: event.value),
                        .init("duration", ifPresent: event.duration), event.message.languageAttribute,
                    ], text: event.message.text)
            }
        }
    }
}
