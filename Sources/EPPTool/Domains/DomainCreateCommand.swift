import ArgumentParser
import EPP

/// `epp domain create`.
struct DomainCreateCommand: RegistryCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Register a domain.")
    static let title = CreateDomain.name

    @Argument(help: "The domain name.")
    var name: String

    @Option(help: "For how long, such as 2y or 6m (the registry's default).", transform: ArgumentValues.period)
    var period: Period?

    @Option(help: "The registrant's contact identifier.")
    var registrant: String?

    @Option(help: "A contact, such as admin=ID, tech=ID or billing=ID; repeatable.", transform: ArgumentValues.contact)
    var contact: [DomainContact] = []

    @Option(
        help: "A name server, with =ADDRESS,ADDRESS where the registry's hosts are no objects; repeatable.",
        transform: ArgumentValues.nameserver)
    var ns: [Nameserver] = []

    @Option(
        help: "DS data, 'TAG ALGORITHM TYPE DIGEST'; repeatable.", transform: ArgumentValues.dsData)
    var ds: [DSData] = []

    @Option(
        name: .customLong("dnskey"), help: "A key in place of DS data, 'FLAGS PROTOCOL ALGORITHM KEY'; repeatable.",
        transform: ArgumentValues.keyData)
    var keys: [DNSKeyData] = []

    @Option(help: "For how long signatures are valid at most, in seconds.")
    var maxSigLife: Int?

    @OptionGroup var fees: FeeOptions
    @OptionGroup var launch: LaunchCreateOptions
    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    func validate() throws {
        guard ds.isEmpty || keys.isEmpty else {
            throw ValidationError("--ds and --dnskey exclude each other: a registry takes one of the two")
        }
        guard maxSigLife == nil || !ds.isEmpty || !keys.isEmpty else {
            throw ValidationError("--max-sig-life goes with --ds or --dnskey")
        }
    }

    mutating func prepare() throws {
        try authorization.prepare(for: .required)
        try launch.prepare()
    }

    var command: CreateDomain {
        CreateDomain(
            name, period: period, nameservers: ns, registrant: registrant, contacts: contact,
            authorization: authorization.value ?? Authorization(""))
    }

    var security: SecDNSCreate? {
        guard !ds.isEmpty || !keys.isEmpty else { return nil }
        return SecDNSCreate(keys.isEmpty ? .signers(ds) : .keys(keys), maximumSignatureLife: maxSigLife)
    }

    private var extensions: [any CommandExtension] {
        (security.map { [$0] } ?? []) + fees.extensions(of: .create) + launch.extensions
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        let reply = try sender.send(ExtendedCommand(command, extensions: extensions))
        try emit(Report(Self.title, reply) { $1.add($0) })
    }
}
