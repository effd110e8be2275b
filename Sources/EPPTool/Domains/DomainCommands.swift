import ArgumentParser
import EPP

/// `epp domain`: all commands for domains.
struct DomainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain", abstract: "Commands for domains.",
        subcommands: [
            DomainCheckCommand.self, DomainInfoCommand.self, DomainCreateCommand.self, DomainUpdateCommand.self,
            DomainDeleteCommand.self, DomainRenewCommand.self, DomainTransferCommand.self, DomainRestoreCommand.self,
        ])
}

/// `epp domain delete`.
struct DomainDeleteCommand: RegistryCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a domain.")
    static let title = DeleteDomain.name

    @Argument(help: "The domain name.")
    var name: String

    @OptionGroup var launch: LaunchApplicationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    var command: ExtendedCommand<DeleteDomain> {
        ExtendedCommand(DeleteDomain(name), extensions: launch.extensions(of: .delete))
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { _, _ in })
    }
}

/// `epp domain renew`.
struct DomainRenewCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Extend a domain's registration.",
        discussion: """
            The date at which the registration ends by now (`epp info` tells it) is a guard: sent twice, the command \
            extends it once.
            """)
    static let title = RenewDomain.name

    @Argument(help: "The domain name.")
    var name: String

    @Option(help: "The date at which it ends by now, such as 2027-03-01.", transform: ArgumentValues.date)
    var expires: Timestamp

    @Option(help: "For how long, such as 2y or 6m (the registry's default).", transform: ArgumentValues.period)
    var period: Period?

    @OptionGroup var fees: FeeOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    var command: ExtendedCommand<RenewDomain> {
        ExtendedCommand(
            RenewDomain(name, currentExpiry: expires, period: period), extensions: fees.extensions(of: .renew))
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { $1.add($0) })
    }
}

/// `epp transfer`, `epp domain transfer`.
struct DomainTransferCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Ask for a domain's transfer, or decide on one.")
    static let title = TransferDomain.name

    @Argument(help: "What is to be done.")
    var operation: TransferOperation

    @Argument(help: "The domain name.")
    var name: String

    @Option(help: "For how long a request extends the registration, such as 1y.", transform: ArgumentValues.period)
    var period: Period?

    @OptionGroup var fees: FeeOptions
    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    func validate() throws {
        guard fees.fee == nil || operation == .request else { throw ValidationError("--fee goes with a request") }
    }

    mutating func prepare() throws { try authorization.prepare(for: .transfer(operation)) }

    var command: ExtendedCommand<TransferDomain> {
        var command = TransferDomain(operation, name, period: period)
        command.authorization = authorization.value
        return ExtendedCommand(command, extensions: fees.extensions(of: .transfer))
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { $1.add($0) })
    }
}

/// `epp domain restore`: RFC 3915.
struct DomainRestoreCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Take a deleted domain back, or report on that.",
        discussion: """
            By itself it asks for the restore. With --deleted, --restored, --reason and two --statement it is the \
            report that registries want afterwards; --before and --after are files with the registration data.
            """)
    static let title = UpdateDomain.name

    @Argument(help: "The domain name.")
    var name: String

    @Option(help: "When it was deleted, such as 2027-03-01T10:00:00Z.", transform: ArgumentValues.date)
    var deleted: Timestamp?

    @Option(help: "When the restore was asked for.", transform: ArgumentValues.date)
    var restored: Timestamp?

    @Option(help: "Why.")
    var reason: String?

    @Option(help: "A statement that the registry asks for; two in all.")
    var statement: [String] = []

    @Option(help: "A file with the registration data before the deletion.", completion: .file())
    var before: String?

    @Option(help: "A file with the registration data now.", completion: .file())
    var after: String?

    @Option(help: "What else there is to say.")
    var other: String?

    @OptionGroup var fees: FeeOptions

    @OptionGroup(title: "Registry") var options: RegistryOptions

    private var report: RestoreReport?

    private enum CodingKeys: CodingKey {
        case name, deleted, restored, reason, statement, before, after, other, fees, options
    }

    mutating func prepare() throws {
        let given = [deleted != nil, restored != nil, reason != nil, before != nil, after != nil, !statement.isEmpty]
        guard given.contains(true) || other != nil else { return }
        guard let deleted, let restored, let reason, let before, let after, !statement.isEmpty else {
            throw UsageError("a report has --deleted, --restored, --reason, --statement, --before and --after")
        }
        report = RestoreReport(
            before: try Input.text(of: before, what: "--before"), after: try Input.text(of: after, what: "--after"),
            deleted: deleted, restored: restored,
            reason: LocalizedText(reason), statements: statement.map { LocalizedText($0) }, other: other)
    }

    var command: ExtendedCommand<UpdateDomain> {
        ExtendedCommand(
            UpdateDomain(name), extensions: [RestoreDomain(report: report)] + fees.extensions(of: .update))
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { _, _ in })
    }
}
