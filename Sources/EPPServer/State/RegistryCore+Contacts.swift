import EPP

/// Contacts.
extension RegistryCore {
    func check(_ command: CheckContact, _ call: Call) throws -> Reply {
        try validate(command, names: command.ids.count)
        return Reply(
            data: command.ids.map { id in
                let isTaken = store.contacts[id] != nil
                return ContactAvailability(id: id, isAvailable: !isTaken, reason: isTaken ? "In use" : nil)
            })
    }

    func info(_ command: InfoContact, _ call: Call) throws -> Reply {
        try validate(command)
        let contact = try contact(command.id)
        if let authorization = command.authorization {
            guard proves(authorization, contact.authorization) else {
                throw Refusal(.invalidAuthorization, "contact:authInfo", "is not that of \(contact.id)")
            }
        } else {
            try require(call.client, sponsors: contact.sponsor, "contact:id")
        }
        return Reply(data: describe(contact))
    }

    func describe(_ contact: RegisteredContact) -> ContactInfo {
        var data = ContactInfo(
            id: contact.id, roid: contact.roid, postalInfo: contact.postalInfo, email: contact.email,
            sponsor: contact.sponsor)
        data.statusDetails = statuses(of: contact)
        data.voice = contact.voice
        data.fax = contact.fax
        data.creator = contact.creator
        data.created = contact.created
        data.updater = contact.updater
        data.updated = contact.updated
        data.transferred = contact.transferred
        data.authorization = contact.authorization
        data.disclosure = contact.disclosure
        return data
    }

    func create(_ command: CreateContact, _ call: Call) throws -> Reply {
        try validate(command)
        guard store.contacts[command.id] == nil else {
            throw Refusal(.objectExists, "contact:id", "\(command.id) exists")
        }
        var contact = RegisteredContact(
            command.id, sponsor: call.client, postalInfo: command.postalInfo, email: command.email)
        contact.roid = store.nextROID("C")
        contact.voice = command.voice
        contact.fax = command.fax
        contact.authorization = command.authorization
        contact.disclosure = command.disclosure
        contact.created = call.date
        store.put(contact)
        return Reply(data: ContactCreation(id: contact.id, created: call.date))
    }

    func delete(_ command: DeleteContact, _ call: Call) throws -> Reply {
        try validate(command)
        let contact = try contact(command.id)
        try require(call.client, sponsors: contact.sponsor, "contact:id")
        try prohibit(
            [.clientDeleteProhibited, .serverDeleteProhibited, .pendingTransfer], in: statuses(of: contact),
            "contact:id")
        if let domain = store.domains(referringTo: contact.id).min() {
            throw Refusal(.associationProhibitsOperation, "contact:id", "\(domain) refers to it")
        }
        store.remove(contact: contact.id)
        return Reply()
    }

    func update(_ command: UpdateContact, _ call: Call) throws -> Reply {
        try validate(command)
        var contact = try contact(command.id)
        try require(call.client, sponsors: contact.sponsor, "contact:id")
        guard !command.isBare else {
            throw Refusal(.requiredParameterMissing, "contact:update", "changes nothing")
        }
        try prohibit([.serverUpdateProhibited, .pendingTransfer], in: statuses(of: contact), "contact:id")
        if !command.removing.contains(where: { $0.value == ObjectStatus.clientUpdateProhibited.value }) {
            try prohibit([.clientUpdateProhibited], in: contact.statusDetails, "contact:id")
        }
        try changeStatuses(
            &contact.statusDetails, adding: command.adding, removing: command.removing, "contact:status")
        for change in command.postalInfo { try apply(change, to: &contact) }
        switch command.voice {
        case .set(let number): contact.voice = number
        case .remove: contact.voice = nil
        case nil: break
        }
        switch command.fax {
        case .set(let number): contact.fax = number
        case .remove: contact.fax = nil
        case nil: break
        }
        contact.email = command.email ?? contact.email
        contact.authorization = command.authorization ?? contact.authorization
        contact.disclosure = command.disclosure ?? contact.disclosure
        contact.updater = call.client
        contact.updated = call.date
        store.put(contact)
        return Reply()
    }

    /// A form that the contact has not yet needs a name and an address.
    private func apply(_ change: PostalChange, to contact: inout RegisteredContact) throws {
        guard let index = contact.postalInfo.firstIndex(where: { $0.form == change.form }) else {
            guard let name = change.name, let address = change.address else {
                throw Refusal(
                    .requiredParameterMissing, "contact:postalInfo", "a form that is new has a name and an address")
            }
            contact.postalInfo.append(
                PostalInfo(change.form, name: name, organization: change.organization, address: address))
            return
        }
        contact.postalInfo[index].name = change.name ?? contact.postalInfo[index].name
        if let organization = change.organization {
            contact.postalInfo[index].organization = organization.isEmpty ? nil : organization
        }
        contact.postalInfo[index].address = change.address ?? contact.postalInfo[index].address
    }
}

extension UpdateContact {
    fileprivate var isBare: Bool {
        adding.isEmpty && removing.isEmpty && postalInfo.isEmpty && voice == nil && fax == nil && email == nil
            && authorization == nil && disclosure == nil
    }
}
