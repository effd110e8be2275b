import ArgumentParser
import EPP

/// The authorization of an object, its secret among registrars.
struct AuthorizationOptions: ParsableArguments {
    @Option(
        help:
            """
            The object's password (EPP_AUTH_INFO). Others on this machine see it in the list of processes: the \
            environment or a file keeps it from them.
            """)
    var authInfo: String?

    @Option(help: "A file whose first line is the object's password; - for standard input.")
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

    /// Reads what was given.
    ///
    /// - Parameter isNeeded: Whether there must be one.
    mutating func prepare(isNeeded: Bool = false) throws {
        let password =
            try authInfo ?? authInfoFile.map { try Input.firstLine(of: $0, what: "--auth-info-file") }
            ?? Environment.value("EPP_AUTH_INFO")
        value = password.map { Authorization($0, roid: authInfoRoid) }
        guard value != nil || !isNeeded else {
            throw UsageError("no authorization: give --auth-info or --auth-info-file, or set EPP_AUTH_INFO")
        }
    }
}
