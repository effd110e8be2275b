import ArgumentParser
import EPP

/// `epp domain update`.
struct DomainUpdateCommand: RegistryCommand {
    static let configuration = CommandConfiguration(commandName: "update", abstract: "Change a domain.")
    static let title = UpdateDomain.name

    @Argument(help: "The domain name.")
    var name: String

    @Option(help: "A name server to add; repeatable.", transform: ArgumentValues.nameserver)
    var addNs: [Nameserver] = []

    @Option(help: "A name server to take away; repeatable.", transform: ArgumentValues.nameserver)
    var removeNs: [Nameserver] = []

    @Option(help: "A contact to add, such as tech=ID; repeatable.", transform: ArgumentValues.contact)
    var addContact: [DomainContact] = []

    @Option(help: "A contact to take away; repeatable.", transform: ArgumentValues.contact)
    var removeContact: [DomainContact] = []

    @Option(
        help: "A status to set, such as clientHold or 'clientHold=not paid'; repeatable.",
        completion: .list(ClientStatuses.ofDomains), transform: ArgumentValues.status)
    var addStatus: [ObjectStatus] = []

    @Option(
        help: "A status to take away; repeatable.", completion: .list(ClientStatuses.ofDomains),
        transform: ArgumentValues.status)
    var removeStatus: [ObjectStatus] = []

    @Option(help: "The new registrant's contact identifier; empty for none.")
    var registrant: String?

    @Option(help: "DS data to add, 'TAG ALGORITHM TYPE DIGEST'; repeatable.", transform: ArgumentValues.dsData)
    var addDs: [DSData] = []

    @Option(help: "DS data to take away; repeatable.", transform: ArgumentValues.dsData)
    var removeDs: [DSData] = []

    @Option(name: .customLong("add-dnskey"), help: "A key to add; repeatable.", transform: ArgumentValues.keyData)
    var addKeys: [DNSKeyData] = []

    @Option(
        name: .customLong("remove-dnskey"), help: "A key to take away; repeatable.", transform: ArgumentValues.keyData)
    var removeKeys: [DNSKeyData] = []

    @Flag(help: "Take all DS data and keys away, before any are added.")
    var removeAllDs = false

    @Option(help: "For how long signatures are valid at most, in seconds.")
    var maxSigLife: Int?

    @Flag(help: "Ask for the DNSSEC change to be done with priority.")
    var urgent = false

    @OptionGroup var fees: FeeOptions
    @OptionGroup var launch: LaunchApplicationOptions
    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    func validate() throws {
        guard (addDs.isEmpty && removeDs.isEmpty) || (addKeys.isEmpty && removeKeys.isEmpty) else {
            throw ValidationError("DS data and keys exclude each other: a registry takes one of the two")
        }
        guard !removeAllDs || (removeDs.isEmpty && removeKeys.isEmpty) else {
            throw ValidationError("--remove-all-ds leaves nothing for --remove-ds and --remove-dnskey")
        }
        guard !urgent || security != nil else { throw ValidationError("--urgent goes with a DNSSEC change") }
    }

    mutating func prepare() throws {
        try authorization.prepare(for: .change)
        guard !adding.isEmpty || !removing.isEmpty || registrant != nil || authorization.value != nil || security != nil
        else { throw UsageError("nothing to change: give one of --add-…, --remove-…, --registrant, --auth-info") }
    }

    private var adding: DomainChanges { .init(nameservers: addNs, contacts: addContact, statuses: addStatus) }
    private var removing: DomainChanges {
        .init(nameservers: removeNs, contacts: removeContact, statuses: removeStatus)
    }

    var command: UpdateDomain {
        UpdateDomain(
            name, adding: adding, removing: removing,
            registrant: registrant.map { $0.isEmpty ? .remove : .set($0) },
            authorization: authorization.value.map { .set($0) })
    }

    var security: SecDNSUpdate? {
        let removal: SecDNSUpdate.Removal? =
            if removeAllDs {
                .all
            } else if !removeDs.isEmpty {
                .data(.signers(removeDs))
            } else {
                removeKeys.isEmpty ? nil : .data(.keys(removeKeys))
            }
        let addition: SecDNSData? =
            addDs.isEmpty ? (addKeys.isEmpty ? nil : .keys(addKeys)) : .signers(addDs)
        guard removal != nil || addition != nil || maxSigLife != nil else { return nil }
        return SecDNSUpdate(removing: removal, adding: addition, maximumSignatureLife: maxSigLife, isUrgent: urgent)
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        let extensions: [any CommandExtension] =
            (security.map { [$0] } ?? []) + fees.extensions(of: .update) + launch.extensions(of: .update)
        let reply = try sender.send(ExtendedCommand(command, extensions: extensions))
        try emit(Report(Self.title, reply) { _, _ in })
    }
}
