import EPP

/// Creates that were refused since the object is there (2302) although an attempt before was cut. An earlier attempt made
/// it only where that is proved: it is this client's, is as asked, and was made when the first attempt had been sent. Of
/// two systems with the same credentials each would else take the other's object for its own.
extension Repetition {
    /// What the registry shows of an object that was there already.
    struct Found {
        var sponsor: String?
        var creator: String?
        var created: Timestamp?
        /// Is each part that the registry shows as the command wants it?
        var isAsAsked: Bool
    }

    func settleCreate<Data: ResponseData>(
        _ found: Found?, _ data: (Timestamp) -> Data
    ) -> Settlement<Data> {
        guard code == .objectExists else { return .refused }
        guard let found else { return .unknown("the registry does not show whose it is") }
        guard let client else { return .unknown("the client does not know its own name") }
        guard let sponsor = found.sponsor else { return .unknown("the registry does not show its sponsor") }
        guard client.hasSameBytes(as: sponsor), client.hasSameBytes(as: found.creator ?? client), found.isAsAsked else {
            return .refused
        }
        guard let created = found.created else { return .unknown("the registry does not show when it was made") }
        switch isNew(created) {
        case true?: return .success(data(created))
        case false?: return .refused
        case nil: return .unknown("it is this client's, but may have been made before")
        }
    }

    /// Was an object made after the first attempt was sent? nil where that cannot be told: dates without a time zone or
    /// a time, and a moment so close before it that clocks may round it.
    private func isNew(_ created: Timestamp) -> Bool? {
        guard let start, let made = created.secondsSince1970 else { return nil }
        // Registries cut fractions of seconds off.
        let earliest = start.rounded(.down)
        guard created.isExact else { return made + 86_400 + 50_400 < earliest ? false : nil }
        if made >= earliest { return true }
        return made < earliest - 2 ? false : nil
    }
}

/// Does the registry show nothing, or what was asked for?
private func agrees(_ shown: String?, _ wanted: String?) -> Bool {
    guard let shown, let wanted, !shown.isEmpty else { return true }
    return shown.lowercased().hasSameBytes(as: wanted.lowercased())
}

private func agrees(_ shown: Authorization?, _ wanted: Authorization) -> Bool {
    // An empty password is one that is not shown.
    shown.map { $0 == wanted || $0.password?.isEmpty == true } ?? true
}

/// Is all that was asked for among what is shown, if anything is? A registry may add some of its own.
private func agrees(_ shown: [String], _ wanted: [String]) -> Bool {
    let shown = Set(shown.map { ExactText($0.lowercased()) })
    return shown.isEmpty || wanted.allSatisfy { shown.contains(ExactText($0.lowercased())) }
}

extension CreateDomain: RepeatedTransform {
    func settle(_ repetition: Repetition) throws -> Settlement<DomainCreation> {
        guard repetition.code == .objectExists else { return .refused }
        let info = try repetition.ask(InfoDomain(name))
        let found = info.map { info in
            let isAsAsked =
                agrees(info.authorization, authorization) && agrees(info.registrant, registrant)
                && agrees(
                    info.contacts.map { "\($0.role?.rawValue ?? "") \($0.id)" },
                    contacts.map { "\($0.role?.rawValue ?? "") \($0.id)" })
                && agrees(info.nameservers, nameservers.map(\.name))
            return Repetition.Found(
                sponsor: info.sponsor, creator: info.creator, created: info.created, isAsAsked: isAsAsked)
        }
        return repetition.settleCreate(found) {
            DomainCreation(name: info?.name ?? name, created: $0, expiry: info?.expiry)
        }
    }
}

extension CreateContact: RepeatedTransform {
    func settle(_ repetition: Repetition) throws -> Settlement<ContactCreation> {
        guard repetition.code == .objectExists else { return .refused }
        let info = try repetition.ask(InfoContact(id))
        let found = info.map { info in
            let names = postalInfo.map(\.name)
            let isAsAsked =
                agrees(info.authorization, authorization) && agrees(info.email, email)
                && agrees(info.postalInfo.map(\.name).filter { !$0.isEmpty }, names)
            return Repetition.Found(
                sponsor: info.sponsor, creator: info.creator, created: info.created, isAsAsked: isAsAsked)
        }
        return repetition.settleCreate(found) { ContactCreation(id: info?.id ?? id, created: $0) }
    }
}

extension CreateHost: RepeatedTransform {
    func settle(_ repetition: Repetition) throws -> Settlement<HostCreation> {
        guard repetition.code == .objectExists else { return .refused }
        let info = try repetition.ask(InfoHost(name))
        let found = info.map { info in
            Repetition.Found(
                sponsor: info.sponsor, creator: info.creator, created: info.created,
                isAsAsked: Set(info.addresses) == Set(addresses))
        }
        return repetition.settleCreate(found) { HostCreation(name: info?.name ?? name, created: $0) }
    }
}
