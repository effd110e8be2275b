/// Passwords of more than 16 characters, and what the client is. An extension of `Login`, RFC 8807. Printing it does not
/// show the passwords. `Login.secured(by:)` makes it.
public struct LoginSecurity: CommandExtension, Hashable {
    /// What the client is.
    public struct UserAgent: Sendable, Hashable {
        /// The program and its version.
        public var application: String?
        /// What it is built with.
        public var technology: String?
        /// The operating system.
        public var system: String?

        /// What a client is; at least one has to be there.
        public init(application: String? = nil, technology: String? = nil, system: String? = nil) {
            self.application = application
            self.technology = technology
            self.system = system
        }
    }

    /// What stands in the login in place of a password that is here.
    public static let placeholder = "[LOGIN-SECURITY]"

    /// What the client is.
    public var userAgent: UserAgent?
    private var secret: Secret?
    private var newSecret: Secret?

    /// What goes with a login.
    public init(userAgent: UserAgent? = nil, password: String? = nil, newPassword: String? = nil) {
        self.userAgent = userAgent
        secret = password.map(Secret.init)
        newSecret = newPassword.map(Secret.init)
    }

    /// The password; nil where it stands in the login.
    public var password: String? {
        get { secret?.value }
        set { secret = newValue.map(Secret.init) }
    }

    /// The new password; nil where it stands in the login, or there is none.
    public var newPassword: String? {
        get { newSecret?.value }
        set { newSecret = newValue.map(Secret.init) }
    }

    /// Reads `loginSec:loginSec`.
    public static func decode(from element: XMLTree.Element) throws -> LoginSecurity? {
        guard element.isNamed("loginSec", in: .loginSecurity) else { return nil }
        let agent = element.child("userAgent", in: .loginSecurity)
        return LoginSecurity(
            userAgent: agent.map { agent in
                UserAgent(
                    application: agent.token(of: "app", in: .loginSecurity),
                    technology: agent.token(of: "tech", in: .loginSecurity),
                    system: agent.token(of: "os", in: .loginSecurity))
            }, password: element.token(of: "pw", in: .loginSecurity),
            newPassword: element.token(of: "newPW", in: .loginSecurity))
    }

    /// Checks all values.
    public func validate() throws {
        if let password { try Validation.token(password, "loginSec:pw", 6...Int.max) }
        if let newPassword { try Validation.token(newPassword, "loginSec:newPW", 6...Int.max) }
        guard let userAgent else { return }
        let parts = [userAgent.application, userAgent.technology, userAgent.system]
        guard parts.contains(where: { $0 != nil }) else {
            throw InvalidValue(field: "loginSec:userAgent", reason: "is empty")
        }
        for case let part? in parts { try Validation.token(part, "loginSec:userAgent", 1...255) }
    }

    /// Writes `loginSec:loginSec`.
    public func encode(to writer: inout XMLWriter) throws {
        writer.element("loginSec:loginSec", .init("xmlns:loginSec", .loginSecurity)) { writer in
            if let userAgent {
                writer.element("loginSec:userAgent") { writer in
                    writer.element("loginSec:app", ifPresent: userAgent.application)
                    writer.element("loginSec:tech", ifPresent: userAgent.technology)
                    writer.element("loginSec:os", ifPresent: userAgent.system)
                }
            }
            writer.element("loginSec:pw", ifPresent: password)
            writer.element("loginSec:newPW", ifPresent: newPassword)
        }
    }
}
