import ArgumentParser
import EPP
import EPPClient

/// `epp contact`: all commands for contacts.
struct ContactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact", abstract: "Commands for contacts.",
        subcommands: [
            ContactCheckCommand.self, ContactInfoCommand.self, ContactCreateCommand.self, ContactUpdateCommand.self,
            ContactDeleteCommand.self, ContactTransferCommand.self,
        ])
}

/// `epp contact check`.
struct ContactCheckCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Ask which contact identifiers can be created.")
    static let title = CheckContact.name

    @Argument(help: "The identifiers.")
    var ids: [String]

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try CheckReport(
            command: Self.title, names: ids,
            describe: {
                CheckedName(key: "id", name: $0.id, isAvailable: $0.isStated ? $0.isAvailable : nil, reason: $0.reason)
            },
            validate: { try CheckContact(ids: [$0]).validate() }, send: { try sender.send(CheckContact(ids: $0)) }
        ).perform(namesPerCheck: sender.profile.namesPerCheck, emit: emit)
    }
}

/// `epp contact info`.
struct ContactInfoCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Ask what the registry knows about a contact.")
    static let title = InfoContact.name

    @Argument(help: "The contact's identifier.")
    var id: String

    @Flag(help: "Show the contact's password, where the registry tells it.")
    var showAuthInfo = false

    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    mutating func prepare() throws { try authorization.prepare(for: .question) }

    var command: InfoContact {
        authorization.value.map { InfoContact(id, authorization: $0) } ?? InfoContact(id)
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        let reply = try sender.send(command)
        guard reply.data != nil || !reply.dataXML.isEmpty else {
            throw RegistryError("the registry told nothing about \(id)", code: reply.code)
        }
        try emit(Report(Self.title, reply, showsResult: false) { $1.add($0, showsSecrets: showAuthInfo) })
    }
}

/// `epp contact create`.
struct ContactCreateCommand: RegistryCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create a contact.")
    static let title = CreateContact.name

    @Argument(help: "The contact's identifier.")
    var id: String

    @OptionGroup var details: ContactDetails
    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    mutating func prepare() throws {
        try authorization.prepare(for: .required)
        _ = try command()
    }

    func command() throws -> CreateContact {
        guard let name = details.name, let email = details.email, let address = try details.address() else {
            throw UsageError("a contact has at least --name, --city, --cc and --email")
        }
        return CreateContact(
            id,
            postalInfo: [
                PostalInfo(details.form, name: name, organization: details.org, address: address),
                try details.local.info(),
            ].compactMap(\.self),
            voice: try details.voice.map(ArgumentValues.phone), fax: try details.fax.map(ArgumentValues.phone),
            email: email, authorization: authorization.value ?? Authorization(""),
            disclosure: try details.disclosure())
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command())) { $1.add($0) })
    }
}

/// `epp contact delete`.
struct ContactDeleteCommand: RegistryCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a contact.")
    static let title = DeleteContact.name

    @Argument(help: "The contact's identifier.")
    var id: String

    @OptionGroup(title: "Registry") var options: RegistryOptions

    var command: DeleteContact { DeleteContact(id) }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { _, _ in })
    }
}

/// `epp contact transfer`.
struct ContactTransferCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Ask for a contact's transfer, or decide on one.")
    static let title = TransferContact.name

    @Argument(help: "What is to be done.")
    var operation: TransferOperation

    @Argument(help: "The contact's identifier.")
    var id: String

    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    mutating func prepare() throws { try authorization.prepare(for: .transfer(operation)) }

    var command: TransferContact {
        authorization.value.map { TransferContact(operation, id, authorization: $0) } ?? TransferContact(operation, id)
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { $1.add($0) })
    }
}
