import ArgumentParser
import EPP
import EPPClient

/// `epp host`: all commands for hosts.
struct HostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host", abstract: "Commands for hosts (name servers).",
        subcommands: [
            HostCheckCommand.self, HostInfoCommand.self, HostCreateCommand.self, HostUpdateCommand.self,
            HostDeleteCommand.self,
        ])
}

/// `epp host check`.
struct HostCheckCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Ask which host names can be created.")
    static let title = CheckHost.name

    @Argument(help: "The host names.")
    var names: [String]

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try CheckReport(
            command: Self.title, names: names,
            describe: {
                CheckedName(name: $0.name, isAvailable: $0.isStated ? $0.isAvailable : nil, reason: $0.reason)
            },
            validate: { _ = try CheckHost(names: [$0]).document(dialect: sender.profile.dialect) },
            send: { try sender.send(CheckHost(names: $0)) }
        ).perform(namesPerCheck: sender.profile.namesPerCheck, emit: emit)
    }
}

/// `epp host info`.
struct HostInfoCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Ask what the registry knows about a host.")
    static let title = InfoHost.name

    @Argument(help: "The host name.")
    var name: String

    @OptionGroup(title: "Registry") var options: RegistryOptions

    var command: InfoHost { InfoHost(name) }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        let reply = try sender.send(command)
        guard reply.data != nil || !reply.dataXML.isEmpty else {
            throw RegistryError("the registry told nothing about \(name)", code: reply.code)
        }
        try emit(Report(Self.title, reply, showsResult: false) { $1.add($0) })
    }
}

/// `epp host create`.
struct HostCreateCommand: RegistryCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create a host.")
    static let title = CreateHost.name

    @Argument(help: "The host name.")
    var name: String

    @Option(help: "An address, IPv4 or IPv6; repeatable. A host under a domain of the registry needs one.")
    var addr: [String] = []

    @OptionGroup(title: "Registry") var options: RegistryOptions

    var command: CreateHost { CreateHost(name, addresses: addr.map { HostAddress($0) }) }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { $1.add($0) })
    }
}

/// `epp host update`.
struct HostUpdateCommand: RegistryCommand {
    static let configuration = CommandConfiguration(commandName: "update", abstract: "Change a host.")
    static let title = UpdateHost.name

    @Argument(help: "The host name.")
    var name: String

    @Option(help: "An address to add; repeatable.")
    var addAddr: [String] = []

    @Option(help: "An address to take away; repeatable.")
    var removeAddr: [String] = []

    @Option(
        help: "A status to set; repeatable.", completion: .list(ClientStatuses.ofHosts),
        transform: ArgumentValues.status)
    var addStatus: [ObjectStatus] = []

    @Option(
        help: "A status to take away; repeatable.", completion: .list(ClientStatuses.ofHosts),
        transform: ArgumentValues.status)
    var removeStatus: [ObjectStatus] = []

    @Option(help: "What the host is to be called.")
    var newName: String?

    @OptionGroup(title: "Registry") var options: RegistryOptions

    func validate() throws {
        guard !adding.isEmpty || !removing.isEmpty || newName != nil else {
            throw ValidationError("nothing to change: give one of --add-…, --remove-…, --new-name")
        }
    }

    private var adding: HostChanges { .init(addresses: addAddr.map { HostAddress($0) }, statuses: addStatus) }
    private var removing: HostChanges { .init(addresses: removeAddr.map { HostAddress($0) }, statuses: removeStatus) }

    var command: UpdateHost { UpdateHost(name, adding: adding, removing: removing, newName: newName) }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { _, _ in })
    }
}

/// `epp host delete`.
struct HostDeleteCommand: RegistryCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a host.")
    static let title = DeleteHost.name

    @Argument(help: "The host name.")
    var name: String

    @OptionGroup(title: "Registry") var options: RegistryOptions

    var command: DeleteHost { DeleteHost(name) }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command)) { _, _ in })
    }
}

extension Fields {
    /// What a registry knows about a host.
    mutating func add(_ host: HostInfo) {
        add("name", host.name)
        add("roid", host.roid)
        add(statuses: host.statusDetails)
        add(addresses: host.addresses)
        add("sponsor", host.sponsor)
        add("creator", host.creator)
        add("created", host.created)
        add("updater", host.updater)
        add("updated", host.updated)
        add("transferred", host.transferred)
    }
}
