import ArgumentParser
import EPP

/// The authorization of an object, its secret among registrars.
struct AuthorizationOptions: ParsableArguments {
    @Option(
        help:
            """
            The object's password (EPP_AUTH_INFO, but for an update, which takes it from here or from a file only). \
            Others on this machine see it in the list of processes: the environment or a file keeps it from them.
            """)
    var authInfo: String?

    @Option(
        help: "A file whose first line is the object's password; - for standard input.", completion: .file())
    var authInfoFile: String?

    @Option(help: "The repository identifier of the contact that the password is of, where it is of one.")
    var authInfoRoid: String?

    /// Read once, since standard input is there once.
    private(set) var value: Authorization?

    private enum CodingKeys: CodingKey { case authInfo, authInfoFile, authInfoRoid }

    func validate() throws {
        guard authInfo == nil || authInfoFile == nil else {
            throw ValidationError("--auth-info and --auth-info-file say the same thing: give one of them")
        }
    }

    /// What an authorization is for.
    enum Use {
        /// The command needs one, and says with the environment's, too, what was meant.
        case required
        /// A question, whose answer may be longer with one.
        case question
        /// A change: only what stands in the command line is meant. A variable that is set for other commands must not
        /// give every object that is touched a new password.
        case change

        /// A transfer's: to ask for one takes an authorization, to answer takes none.
        static func transfer(_ operation: TransferOperation) -> Use {
            switch operation {
            case .request: .required
            case .query: .question
            default: .change
            }
        }
    }

    /// Reads what was given.
    mutating func prepare(for use: Use) throws {
        let given = try authInfo ?? authInfoFile.map { try SecretFile.firstLine(of: $0, what: "--auth-info-file") }
        let password = use == .change ? given : given ?? Environment.value("EPP_AUTH_INFO")
        value = password.map { Authorization($0, roid: authInfoRoid) }
        guard value != nil || use != .required else {
            throw UsageError("no authorization: give --auth-info or --auth-info-file, or set EPP_AUTH_INFO")
        }
        guard value != nil || authInfoRoid == nil else {
            throw UsageError("--auth-info-roid goes with --auth-info or --auth-info-file")
        }
    }
}
