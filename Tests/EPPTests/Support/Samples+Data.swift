import EPP

extension Samples {
    mutating func transferStatus() -> TransferStatus {
        pick([.pending, .clientApproved, .clientCancelled, .clientRejected, .serverApproved, .serverCancelled])
    }

    mutating func domainTransfer() -> DomainTransfer {
        DomainTransfer(
            name: domain(), status: transferStatus(), requester: token(3...16), requested: timestamp(),
            actor: token(3...16), acted: timestamp(), expiry: optional { $0.timestamp() })
    }

    mutating func contactTransfer() -> ContactTransfer {
        ContactTransfer(
            id: token(3...16), status: transferStatus(), requester: token(3...16), requested: timestamp(),
            actor: token(3...16), acted: timestamp())
    }

    mutating func hostInfo() -> HostInfo {
        var info = HostInfo(
            name: domain(), roid: roid(), addresses: some(0...4) { $0.hostAddress() }, sponsor: token(3...16))
        info.statusDetails = statuses(Self.hostStatuses, atLeast: 1)
        info.creator = token(3...16)
        info.created = timestamp()
        info.updater = optional { $0.token(3...16) }
        info.updated = optional { $0.timestamp() }
        info.transferred = optional { $0.timestamp() }
        return info
    }

    mutating func contactInfo() -> ContactInfo {
        var info = ContactInfo(
            id: token(3...16), roid: roid(), postalInfo: postalInfo(), email: email(), sponsor: token(3...16))
        info.statusDetails = statuses(Self.contactStatuses, atLeast: 1)
        info.voice = optional { $0.phone() }
        info.fax = optional { $0.phone() }
        info.creator = token(3...16)
        info.created = timestamp()
        info.updater = optional { $0.token(3...16) }
        info.updated = optional { $0.timestamp() }
        info.transferred = optional { $0.timestamp() }
        info.authorization = optional { $0.authorization() }
        info.disclosure = optional { $0.disclosure() }
        return info
    }

    mutating func pendingAction() -> PendingAction {
        PendingAction(
            object: pick([.domain(domain()), .host(domain()), .contact(token(3...16))]), isDone: chance(),
            clientTransactionID: optional { $0.token(3...64) }, serverTransactionID: token(3...64), date: timestamp())
    }

    mutating func hostAvailabilities() -> [HostAvailability] {
        some(1...9) { samples in
            HostAvailability(
                name: samples.domain(), isAvailable: samples.chance(), reason: samples.optional { $0.token(1...32) })
        }
    }

    mutating func contactAvailabilities() -> [ContactAvailability] {
        some(1...9) { samples in
            ContactAvailability(
                id: samples.token(3...16), isAvailable: samples.chance(), reason: samples.optional { $0.token(1...32) })
        }
    }

    /// One of each kind of data.
    mutating func data() -> [any ResponseData & Hashable] {
        let poll: [PollData] = [
            .domainTransfer(domainTransfer()), .contactTransfer(contactTransfer()), .pendingAction(pendingAction()),
            .domainCreation(creation()), .hostCreation(HostCreation(name: domain(), created: timestamp())),
            .contactCreation(ContactCreation(id: token(3...16), created: timestamp())),
            .domainRenewal(DomainRenewal(name: domain(), expiry: optional { $0.timestamp() })),
            .domain(domainInfo()), .host(hostInfo()), .contact(contactInfo()),
            .other(["<x:a xmlns:x=\"urn:example:x\" v=\"1\">a</x:a>", "<x:b xmlns:x=\"urn:example:x\"/>"]),
        ]
        return poll + [
            availabilities(), domainInfo(), creation(), DomainRenewal(name: domain(), expiry: timestamp()),
            domainTransfer(), hostAvailabilities(), hostInfo(), HostCreation(name: domain(), created: timestamp()),
            contactAvailabilities(), contactInfo(), ContactCreation(id: token(3...16), created: timestamp()),
            contactTransfer(),
        ]
    }
}
