import EPP
import Gevent
import GeventConnPool

/// Gives whatever a command failed with as the error that the caller of `RegistryClient` sees, in epplibwrapper's
/// words.
enum CommandFailure {
    /// - Returns: What to throw in place of `error`.
    /// - Throws: `error` itself where it is the caller's own affair: an interruption, a value that cannot be sent, a
    ///   closed pool.
    static func describe(_ error: any Error, command: String) throws -> any Error {
        try rethrowInterruption(error)
        switch error {
        case is InvalidValue, is PoolClosed, is ConcurrentObjectUseError:
            throw error
        case let error as LoginError:
            return LoginError(
                "\(command) failed to execute due to a registry login error", code: error.code,
                note: String(describing: error), results: error.results, cause: error)
        case let error as RegistryError:
            return error
        case let error as PoolExhausted:
            return exhausted(error, command: command)
        case let error as PoolUnavailable:
            return RegistryError(
                "\(command) failed to execute due to a connection error", code: .transport,
                note: String(describing: error), cause: error, isFinal: true)
        case let error as ParsingError:
            return RegistryError(
                "\(command) failed to execute due to some syntax error", code: nil, note: error.description,
                cause: error,
                isFinal: true)
        case let error as SocketError:
            return RegistryError(
                "\(command) failed to execute due to a connection error", code: .transport,
                note: String(describing: error), cause: error)
        default:
            return RegistryError(
                "\(command) failed to execute due to an unknown error", code: nil, note: String(describing: error),
                cause: error)
        }
    }

    /// A reply that is EPP but does not say what it must.
    static func unreadable(_ what: String, command: String) -> RegistryError {
        RegistryError(
            "\(command) failed to execute due to some syntax error", code: nil, note: what, cause: nil, isFinal: true)
    }

    /// The registry's pace has no room for the command in time.
    static func tooFast(_ pace: Pace, within time: Duration, command: String) -> RegistryError {
        RegistryError(
            "\(command) failed: the registry's pace leaves no room for it.", code: nil,
            note: "\(pace) allowed, and no room within \(time)", cause: nil, isFinal: true)
    }

    /// No session came free in time: because all are busy, or because none could be made at all. The second is what its
    /// cause is, and only that is worth another attempt... but the time for connecting is used up, so neither is.
    private static func exhausted(_ error: PoolExhausted, command: String) -> RegistryError {
        let hasSessions = error.statistics.idle + error.statistics.leased + error.statistics.checking > 0
        if !hasSessions, let reason = error.lastConnectError {
            if let refusal = reason as? LoginError {
                return LoginError(
                    "\(command) failed to execute due to a registry login error", code: refusal.code,
                    note: String(describing: refusal), results: refusal.results, cause: refusal, isFinal: true)
            }
            return RegistryError(
                "\(command) failed to execute due to a connection error", code: .transport,
                note: "no session: \(reason)", cause: error, isFinal: true)
        }
        return RegistryError(
            "\(command) failed: all pooled EPP connections are busy.", code: nil, note: String(describing: error),
            cause: error, isFinal: true)
    }
}
