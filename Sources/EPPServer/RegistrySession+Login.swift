import EPP

/// The checks that Nomulus makes at a login, in its order, and the limits.
extension RegistrySession {
    func judge(_ login: Login, _ message: ClientMessage) -> Reply {
        do throws(Refusal) {
            return try open(login, message)
        } catch {
            return Reply(error)
        }
    }

    private func open(_ login: Login, _ message: ClientMessage) throws(Refusal) -> Reply {
        let configuration = registry.configuration
        guard client == nil else {
            throw Refusal(CommandResult(.commandUseError, message: "Registrar is already logged in."))
        }
        guard login.version == "1.0" else {
            throw Refusal(.unimplementedVersion, "version", "\(login.version) is not spoken here")
        }
        guard configuration.languages.containsExactly(login.language) else {
            throw Refusal(.parameterPolicyError, "lang", "\(login.language) is not spoken here")
        }
        if let uri = login.objectURIs.first(where: {
            !configuration.objectURIs.containsExactly(personality.standard($0))
        }) {
            throw Refusal(.unimplementedObjectService, "objURI", "\(uri) is not offered")
        }
        if let uri = login.extensionURIs.first(where: { !configuration.extensionURIs.containsExactly($0) }) {
            throw Refusal(.unimplementedExtension, "extURI", "\(uri) is not offered")
        }
        try pace(login.clientID)
        let security = try security(of: login, message)
        let password = login.password == LoginSecurity.placeholder ? security?.password : login.password
        guard let password, registry.accounts.admits(login.clientID, password) else {
            registry.counters.count { $0.refusedLogins += 1 }
            failedLogins += 1
            throw Refusal(
                CommandResult(
                    failedLogins > configuration.failedLogins ? .authenticationErrorClosing : .authenticationError))
        }
        let newPassword = try newPassword(of: login, security)
        guard registry.accounts.beginSession(of: login.clientID, limit: configuration.sessionsPerClient) else {
            registry.counters.count { $0.overQuota += 1 }
            throw Refusal(.sessionLimitClosing, "clID", "\(login.clientID) has as many sessions as it may have")
        }
        if let newPassword { registry.accounts.passwords[login.clientID] = newPassword }
        begin(as: login.clientID, extensions: login.extensionURIs)
        registry.counters.count { $0.logins += 1 }
        var reply = Reply()
        reply.queue = registry.core.queue(of: login.clientID)
        return reply
    }

    private func pace(_ client: String) throws(Refusal) {
        let now = registry.clock.now
        guard registry.accounts.takeLogin(client, limit: registry.configuration.loginsPerMinute, at: now),
            registry.accounts.takeCommand(client, limit: registry.configuration.commandsPerMinute, at: now)
        else {
            registry.counters.count { $0.overPace += 1 }
            throw Refusal(.sessionLimitClosing, "clID", "\(client) logs in too often")
        }
    }

    /// RFC 8807's extension; the only one that a login has.
    private func security(of login: Login, _ message: ClientMessage) throws(Refusal) -> LoginSecurity? {
        guard let element = message.extensions.first else { return nil }
        for element in message.extensions {
            guard element.uri.hasSameBytes(as: XMLNamespace.loginSecurity.uri),
                registry.configuration.extensionURIs.containsExactly(element.uri)
            else { throw Refusal(.unimplementedExtension, element.uri, "is not there for a login") }
            guard login.extensionURIs.containsExactly(element.uri) else {
                throw Refusal(.commandUseError, element.uri, "is not named in the login")
            }
        }
        do {
            guard let security = try message.decodeExtension(LoginSecurity.self) else {
                throw Refusal(.commandSyntaxError, element.name, "does not belong to a login")
            }
            try security.validate()
            return security
        } catch let error as InvalidValue {
            throw Refusal(error)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(.parameterSyntaxError, element.name, "is not as it must be")
        }
    }

    private func newPassword(of login: Login, _ security: LoginSecurity?) throws(Refusal) -> String? {
        guard let password = login.newPassword else { return nil }
        guard password == LoginSecurity.placeholder else {
            guard 6...16 ~= password.unicodeScalars.count else {
                throw Refusal(.parameterRangeError, "newPW", "has 6 to 16 characters")
            }
            return password
        }
        guard let long = security?.newPassword else {
            throw Refusal(.requiredParameterMissing, "loginSec:newPW", "is missing")
        }
        return long
    }
}
