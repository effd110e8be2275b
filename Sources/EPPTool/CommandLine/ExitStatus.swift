import ArgumentParser
import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool
import GeventTLS

/// What the exit status of `epp` says. Documented in the command's help.
enum ExitStatus: Int32 {
    case success = 0
    /// The registry answered, and refused.
    case refused = 1
    /// The connection failed: network, TLS, time, a reply that is no EPP.
    case connection = 2
    /// Wrong arguments, settings or files (EX_USAGE, as ArgumentParser has it).
    case usage = 64
    /// A fault of this program (EX_SOFTWARE).
    case software = 70
    /// What it had to tell could not be written (EX_IOERR).
    case output = 74

    init(_ error: any Error) {
        switch error {
        case let error as LoginError where error.cause is InvalidValue:
            self = .usage
        case let error as RegistryError:
            self = error.isTransportError || error.code == nil ? .connection : .refused
        case let error as TransportError:
            self = (error.cause as? TLSError).map(\.isOfSettings) ?? false ? .usage : .connection
        case let error as TLSError:
            self = error.isOfSettings ? .usage : .connection
        case is SocketError, is ParsingError, is FrameError, is PoolExhausted, is Timeout:
            self = .connection
        case is SettingsError, is InvalidValue, is UsageError, is WrongUsage, is RegistryPKIError, is ValidationError:
            self = .usage
        case is OutputError:
            self = .output
        default:
            self = .software
        }
    }

    /// Runs a command's body; what it throws becomes one line on stderr and the exit status, and with `json` an object
    /// on stdout.
    static func reporting(_ title: String = "", json: Bool = false, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as ExitCode {
            throw error
        } catch {
            Terminal.error(String(describing: error))
            if json, !(error is OutputError) {
                do {
                    try Terminal.print(FailureReport(command: title, error: error).json)
                } catch {
                    Terminal.error(String(describing: error))
                }
            }
            throw ExitCode(ExitStatus(error).rawValue)
        }
    }
}

/// Arguments or settings that do not go together.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension TLSError {
    /// Whether the settings are wrong, as opposed to the peer or the network.
    fileprivate var isOfSettings: Bool {
        switch reason {
        case .unreadableFile, .wrongPassphrase, .keyMismatch, .invalidConfiguration, .invalidServerName: true
        default: false
        }
    }
}
