import EPP
import EPPClient
import Gevent
import GeventTLS

/// What went wrong, with the setting that can mend it.
extension Connection {
    /// Looks whether the registry offers all that was asked for by name.
    func check(_ greeting: Greeting?) throws {
        let offered = greeting?.extensionURIs ?? []
        if let missing = extensions.first(where: { !offered.contains($0) }) {
            throw UsageError("\(sources.find(.extensions)?.origin ?? ""): the registry does not offer \(missing)")
        }
        let languages = greeting?.languages ?? []
        if let found = sources.find(.language), !languages.isEmpty, !languages.contains(found.value) {
            throw UsageError(
                "\(found.origin) is \"\(found.value)\", which the registry does not speak; it speaks "
                    + languages.joined(separator: ", "))
        }
    }

    /// A connection's failure, with what is missing in the settings.
    func explained(_ error: any Error) -> any Error {
        if let error = error as? LoginError {
            return (error.cause as? InvalidValue).flatMap { named($0) } ?? error.asRefusedLogin
        }
        if let error = error as? ParsingError, let name = Self.registry(speaking: error.raw) {
            return TransportError("the registry spells EPP in a way of its own: give --registry \(name) (EPP_REGISTRY)")
        }
        guard let error = error as? TransportError, let cause = error.cause as? TLSError else { return error }
        switch cause.reason {
        case .certificateVerifyFailed where sources.find(.ca) == nil:
            return TransportError("\(error.message); no --ca given: the system's authorities were asked (EPP_CA)")
        case .peerAlert where sources.find(.cert) == nil, .handshakeFailed where sources.find(.cert) == nil:
            return TransportError(
                "\(error.message); no --cert and --key given: registries want a certificate (EPP_CERT)")
        default:
            return error
        }
    }

    /// A value of the login that the protocol cannot carry, by the name of its setting.
    func named(_ error: InvalidValue, newPasswordOrigin: String? = nil) -> UsageError? {
        switch error.field {
        case "pw", "loginSec:pw": UsageError("the password (\(passwordOrigin)) \(error.reason)")
        case "newPW", "loginSec:newPW": UsageError("the new password (\(newPasswordOrigin ?? "")) \(error.reason)")
        case "clID": UsageError("the user (\(sources.find(.user)?.origin ?? "")) \(error.reason)")
        case "lang": UsageError("the language (\(sources.find(.language)?.origin ?? "")) \(error.reason)")
        default: nil
        }
    }
}

extension LoginError {
    /// The error as it is told to somebody who sent a command and no login.
    var asRefusedLogin: LoginError {
        LoginError("login refused: \(message)", code: code, note: note, results: results)
    }
}
