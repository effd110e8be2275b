extension Login {
    /// The login with RFC 8807's extension: passwords of more than 16 characters move into it, so they may be as long as
    /// the registry takes. The extension is named among the login's own.
    ///
    /// - Parameters:
    ///   - userAgent: What the client is.
    ///   - movesAll: Whether short passwords move as well, which some registries want; false by default.
    public func secured(
        by userAgent: LoginSecurity.UserAgent? = nil, movesAll: Bool = false
    ) -> ExtendedCommand<Login> {
        var login = self
        var security = LoginSecurity(userAgent: userAgent)
        if movesAll || password.unicodeScalars.count > 16 {
            security.password = password
            login.password = LoginSecurity.placeholder
        }
        if let newPassword, movesAll || newPassword.unicodeScalars.count > 16 {
            security.newPassword = newPassword
            login.newPassword = LoginSecurity.placeholder
        }
        let uri = XMLNamespace.loginSecurity.uri
        if !login.extensionURIs.containsExactly(uri) { login.extensionURIs.append(uri) }
        return login.with(security)
    }
}
