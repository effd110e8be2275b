import EPP

/// What is in the registry without a command: the configuration's objects, and what tests put in later.
extension RegistryCore {
    func seed(at now: Double) {
        for contact in configuration.contacts { put(contact, at: now) }
        for domain in configuration.domains where store.domains[domain.name] == nil { put(domain, at: now) }
        for host in configuration.hosts { put(host, at: now) }
        for message in configuration.messages { store.enqueue(message, at: Timestamp(secondsSince1970: now)) }
        for (client, balance) in configuration.balances { store.setBalance(balance, of: client) }
        store.begin()
    }

    /// Puts in a domain, or another in its place, with what it refers to and nobody has put in.
    func put(_ domain: RegisteredDomain, at now: Double) {
        var domain = domain
        domain.statusDetails.removeAll { !$0.isSetByHand }
        store.put(domain)
        for id in domain.contactIDs.sorted() where store.contacts[id] == nil {
            put(RegisteredContact(id, sponsor: domain.sponsor), at: now)
        }
        // Addresses for documentation, RFC 5737; which one follows from the domain.
        let number = domain.roid.utf8.reduce(0) { ($0 * 31 + Int($1)) % 254 }
        for (index, name) in domain.hostNames.sorted().enumerated() where store.hosts[name] == nil {
            var host = RegisteredHost(name, sponsor: domain.sponsor)
            if superordinate(of: name) != nil {
                host.addresses = [HostAddress("192.0.2.\(1 + (number + index) % 254)")]
            }
            put(host, at: now)
        }
    }

    func put(_ host: RegisteredHost, at now: Double) {
        var host = host
        host.statusDetails.removeAll { !$0.isSetByHand }
        host.superordinate = superordinate(of: host.name)
        host.roid = host.roid ?? store.nextROID("H")
        host.created = host.created ?? Timestamp(secondsSince1970: now)
        store.put(host)
    }

    func put(_ contact: RegisteredContact, at now: Double) {
        var contact = contact
        contact.statusDetails.removeAll { !$0.isSetByHand }
        contact.roid = contact.roid ?? store.nextROID("C")
        contact.created = contact.created ?? Timestamp(secondsSince1970: now)
        store.put(contact)
    }
}

extension ObjectStatus {
    /// Is it one that somebody sets, and not one that follows from the rest?
    fileprivate var isSetByHand: Bool { value.hasPrefix("client") || value.hasPrefix("server") }
}
