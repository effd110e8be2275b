import EPP

extension ClientMessage.Body {
    /// The command that the registry read, of whatever type it is.
    var typedCommand: AnyHashable? {
        switch self {
        case .hello: Hello()
        case .login(let command): command
        case .logout: Logout()
        case .checkDomain(let command): command
        case .infoDomain(let command): command
        case .createDomain(let command): command
        case .updateDomain(let command): command
        case .deleteDomain(let command): command
        case .renewDomain(let command): command
        case .transferDomain(let command): command
        case .checkHost(let command): command
        case .infoHost(let command): command
        case .createHost(let command): command
        case .updateHost(let command): command
        case .deleteHost(let command): command
        case .checkContact(let command): command
        case .infoContact(let command): command
        case .createContact(let command): command
        case .updateContact(let command): command
        case .deleteContact(let command): command
        case .transferContact(let command): command
        case .poll(let command): command
        case .acknowledge(let command): command
        case .protocolExtension(let command): command
        case .other, .unknownCommand, .invalid: nil
        }
    }
}
