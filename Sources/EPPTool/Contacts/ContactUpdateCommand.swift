import ArgumentParser
import EPP

/// `epp contact update`.
struct ContactUpdateCommand: RegistryCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change a contact.",
        discussion: """
            What is not given stays. An empty --voice, --fax or --org takes the number or the organisation away. An \
            address is replaced as a whole.
            """)
    static let title = UpdateContact.name

    @Argument(help: "The contact's identifier.")
    var id: String

    @Option(
        help: "A status to set; repeatable.", completion: .list(ClientStatuses.ofContacts),
        transform: ArgumentValues.status)
    var addStatus: [ObjectStatus] = []

    @Option(
        help: "A status to take away; repeatable.", completion: .list(ClientStatuses.ofContacts),
        transform: ArgumentValues.status)
    var removeStatus: [ObjectStatus] = []

    @OptionGroup var details: ContactDetails
    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup(title: "Registry") var options: RegistryOptions

    mutating func prepare() throws {
        try authorization.prepare(for: .change)
        guard try command() != UpdateContact(id) else {
            throw UsageError("nothing to change: give what is to be new, or --add-status, --remove-status")
        }
    }

    func command() throws -> UpdateContact {
        let change = PostalChange(
            details.form, name: details.name, organization: details.org, address: try details.address())
        return UpdateContact(
            id, adding: addStatus, removing: removeStatus,
            postalInfo: [change == PostalChange(details.form) ? nil : change, try details.local.change()]
                .compactMap(\.self),
            voice: try Self.change(details.voice), fax: try Self.change(details.fax), email: details.email,
            authorization: authorization.value, disclosure: try details.disclosure())
    }

    private static func change(_ number: String?) throws -> Change<PhoneNumber>? {
        try number.map { $0.isEmpty ? .remove : .set(try ArgumentValues.phone($0)) }
    }

    func perform(_ sender: any CommandSender, emit: (Report) throws -> Void) throws {
        try emit(Report(Self.title, try sender.send(command())) { _, _ in })
    }
}

extension Fields {
    /// What a registry knows about a contact.
    ///
    /// - Parameter showsSecrets: Whether its password is among that.
    mutating func add(_ contact: ContactInfo, showsSecrets: Bool = false) {
        add("id", contact.id)
        add("roid", contact.roid)
        add(statuses: contact.statusDetails)
        let postal = contact.postalInfo.map { Self.postal($0) }
        add(
            "postalInfo", json: .array(postal.map(\.json)), lines: postal.flatMap(\.lines))
        add("voice", contact.voice.map(Self.number))
        add("fax", contact.fax.map(Self.number))
        add("email", contact.email)
        add("sponsor", contact.sponsor)
        add("creator", contact.creator)
        add("created", contact.created)
        add("updater", contact.updater)
        add("updated", contact.updated)
        add("transferred", contact.transferred)
        if showsSecrets { add("authInfo", contact.authorization?.password) }
        guard let disclosure = contact.disclosure else { return }
        let words = Self.words(disclosure)
        let key = disclosure.isAllowed ? "disclose" : "hide"
        add(
            key, json: .array(words.map { .string($0) }),
            lines: [Line(label: key, text: words.joined(separator: ","))])
    }

    private static func postal(_ info: PostalInfo) -> Fields {
        var fields = Fields()
        fields.add("form", info.form.rawValue)
        fields.add("name", info.name)
        fields.add("org", info.organization)
        fields.add("street", each: "street", info.address.street)
        fields.add("city", info.address.city)
        fields.add("sp", info.address.province)
        fields.add("pc", info.address.postalCode)
        fields.add("cc", info.address.countryCode)
        return fields
    }

    private static func number(_ number: PhoneNumber) -> String {
        number.number + (number.extensionNumber.map { "x\($0)" } ?? "")
    }

    private static func words(_ disclosure: Disclosure) -> [String] {
        let words: [(Bool, String)] = [
            (!disclosure.names.isEmpty, "name"), (!disclosure.organizations.isEmpty, "org"),
            (!disclosure.addresses.isEmpty, "addr"), (disclosure.voice, "voice"), (disclosure.fax, "fax"),
            (disclosure.email, "email"),
        ]
        return words.filter(\.0).map(\.1)
    }
}
