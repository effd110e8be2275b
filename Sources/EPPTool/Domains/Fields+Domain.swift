import EPP

extension Fields {
    /// What a registry knows about a domain.
    ///
    /// - Parameter showsSecrets: Whether its password is among that.
    mutating func add(_ domain: DomainInfo, showsSecrets: Bool = false) {
        add("name", domain.name)
        add("roid", domain.roid)
        add(statuses: domain.statusDetails)
        add("registrant", domain.registrant)
        add(
            "contacts", domain.contacts, label: { $0.role?.rawValue ?? "contact" }, text: \.id,
            json: { .present(["id": .string($0.id), "role": $0.role.map { .string($0.rawValue) }]) })
        add(
            "nameservers", domain.delegation, label: { _ in "nameserver" },
            text: { ([$0.name] + $0.addresses.map(\.text)).joined(separator: " ") },
            json: { server in
                .present([
                    "name": .string(server.name),
                    "addresses": .array(server.addresses.map { .string($0.text) }),
                ])
            })
        add("hosts", each: "host", domain.hosts)
        add("sponsor", domain.sponsor)
        add("creator", domain.creator)
        add("created", domain.created)
        add("updater", domain.updater)
        add("updated", domain.updated)
        add("expires", domain.expiry)
        add("transferred", domain.transferred)
        if showsSecrets { add("authInfo", domain.authorization?.password) }
    }
}
