public import EPP

extension EPPSession {
    /// Logs in with what the greeting offers. Parks the calling greenlet.
    ///
    /// Of the objects and extensions that the login names only those are asked for that the greeting offers; with no
    /// objects named, all that it offers. A password of more than 16 characters goes into the login security extension
    /// (RFC 8807) where the greeting offers it. A `newPassword` in the login is the password from then on, if the reply
    /// is a success.
    ///
    ///     let login = Login(clientID: "me", password: old, newPassword: new)
    ///     guard try session.login(login).isSuccess else { … }
    ///
    /// - Parameters:
    ///   - login: Who logs in, and what for.
    ///   - userAgent: What the client is; sent where the greeting offers the login security extension.
    ///   - securesPassword: Whether a short password goes into that extension too, which some registries want; false by
    ///     default.
    /// - Returns: The reply, which may be a refusal.
    /// - Throws: `InvalidValue` for a password that is too long for this registry, `LoginError` where it offers none of
    ///   the objects (nothing was sent); `TransportError`, `ParsingError`.
    @available(*, noasync) @discardableResult
    public func login(
        _ login: Login, userAgent: LoginSecurity.UserAgent? = nil, securesPassword: Bool = false
    ) throws -> CommandResponse<Never> {
        try exchangeLogin(login, userAgent: userAgent, securesPassword: securesPassword).reply
    }

    /// Logs out and closes. Parks the calling greenlet.
    ///
    /// - Returns: The reply, 1500 by the protocol.
    /// - Throws: `TransportError`, `ParsingError`; the session is closed all the same.
    @available(*, noasync) @discardableResult
    public func logout() throws -> CommandResponse<Never> {
        defer { close() }
        return try send(Logout())
    }

    /// `login` with what the reply says beside the data.
    func exchangeLogin(
        _ login: Login, userAgent: LoginSecurity.UserAgent?, securesPassword: Bool = false
    ) throws -> Exchange<CommandResponse<Never>> {
        guard let greeting else { return try exchange(login) }
        var adapted = adapted(login, to: greeting)
        if adapted.objectURIs.isEmpty {
            guard greeting.objectURIs.isEmpty else {
                let offered = greeting.objectURIs.joined(separator: ", ")
                throw LoginError(
                    "the registry offers none of the objects to log in for", code: .unimplementedObjectService,
                    note: "it offers \(offered)")
            }
            // A greeting without a menu says nothing.
            adapted.objectURIs = login.objectURIs
        }
        let isLong = [login.password, login.newPassword ?? ""].contains { $0.unicodeScalars.count > 16 }
        if greeting.extensionURIs.contains(XMLNamespace.loginSecurity.uri),
            isLong || userAgent != nil || securesPassword
        {
            return try exchange(adapted.secured(by: userAgent, movesAll: securesPassword))
        }
        return try exchange(adapted)
    }
}
