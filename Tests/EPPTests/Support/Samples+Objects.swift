import EPP

extension Samples {
    /// A text of the schemas' type `normalizedString` without white space at its ends.
    mutating func line(_ length: ClosedRange<Int>) -> String {
        let text = token(length)
        return text.count > 4 && chance(4) ? text.prefix(2) + "  " + text.dropFirst(4) : text
    }

    mutating func plain(_ length: ClosedRange<Int>) -> String {
        String(String.UnicodeScalarView(token(length).unicodeScalars.map { $0.isASCII ? $0 : "x" }))
    }

    mutating func localized(_ length: ClosedRange<Int> = 1...40) -> LocalizedText {
        LocalizedText(token(length), language: pick(["en", "en", "de", "pt-BR"]))
    }

    mutating func statuses(_ words: [String], atLeast least: Int = 0) -> [ObjectStatus] {
        var chosen = words.filter { _ in chance(3) }.prefix(7)
        if chosen.count < least { chosen = [pick(words)] }
        return chosen.map { word in
            ObjectStatus(
                wild() ?? word, reason: optional { $0.line(1...30) }, language: wild() ?? pick(["en", "en", "fr"]))
        }
    }

    mutating func period() -> Period {
        let isWild = wildness > 0 && chance(wildness)
        return Period(isWild ? pick([-1, 0, 1, 99, 100]) : number(1...99), pick([.years, .months]))
    }

    mutating func hostAddress() -> HostAddress {
        if let wild = wild() { return chance() ? HostAddress(wild) : HostAddress(wild, version: pick([.v4, .v6])) }
        return chance()
            ? HostAddress("192.0.2.\(number(0...255))")
            : HostAddress("2001:db8::\(String(number(0...65535), radix: 16))")
    }

    static let domainStatuses = ["clientHold", "clientTransferProhibited", "clientUpdateProhibited", "serverHold"]
    static let hostStatuses = ["ok", "linked", "clientDeleteProhibited", "pendingCreate", "serverUpdateProhibited"]
    static let contactStatuses = ["ok", "linked", "clientTransferProhibited", "pendingTransfer"]

    mutating func domainChanges() -> DomainChanges {
        DomainChanges(nameservers: nameservers(), contacts: contacts(), statuses: statuses(Self.domainStatuses))
    }

    mutating func updateDomain() -> UpdateDomain {
        UpdateDomain(
            domain(), adding: chance() ? domainChanges() : DomainChanges(),
            removing: chance() ? domainChanges() : DomainChanges(),
            registrant: optional { $0.chance(4) ? .remove : .set($0.token(3...16)) },
            authorization: optional { $0.chance(4) ? .remove : .set($0.authorization()) })
    }

    mutating func renewDomain() -> RenewDomain {
        RenewDomain(
            domain(), currentExpiry: Timestamp(wild() ?? "20\(number(10...99))-0\(number(1...9))-\(number(10...28))"),
            period: optional { $0.period() })
    }

    mutating func transferDomain() -> TransferDomain {
        var transfer = TransferDomain(
            pick(TransferOperation.allCases), domain(),
            period: optional { $0.period() })
        transfer.authorization = optional { $0.authorization() }
        return transfer
    }

    mutating func updateHost() -> UpdateHost {
        UpdateHost(
            domain(),
            adding: HostChanges(addresses: some(0...3) { $0.hostAddress() }, statuses: statuses(Self.hostStatuses)),
            removing: HostChanges(addresses: some(0...3) { $0.hostAddress() }, statuses: statuses(Self.hostStatuses)),
            newName: optional { $0.domain() })
    }

    mutating func phone() -> PhoneNumber {
        PhoneNumber(
            wild() ?? "+\(number(1...999)).\(number(1...99_999_999_999_999))".prefix(17).description,
            extensionNumber: optional { $0.plain(1...6) })
    }

    mutating func address(_ form: PostalInfo.Form) -> PostalAddress {
        func text(_ samples: inout Samples, _ length: ClosedRange<Int>) -> String {
            form == .local ? samples.line(length) : samples.plain(length)
        }
        return PostalAddress(
            street: some(0...3) { text(&$0, 0...40) }, city: text(&self, 1...40),
            province: optional { text(&$0, 0...20) }, postalCode: optional { $0.plain(0...16) },
            countryCode: wild() ?? pick(["US", "DE", "jp"]))
    }

    mutating func postalInfo() -> [PostalInfo] {
        let forms: [PostalInfo.Form] = pick([[.international], [.local], [.international, .local]])
        return forms.map { form in
            PostalInfo(
                form, name: form == .local ? line(1...60) : plain(1...60),
                organization: optional { form == .local ? $0.line(0...60) : $0.plain(0...60) }, address: address(form))
        }
    }

    mutating func forms() -> Set<PostalInfo.Form> {
        Set(PostalInfo.Form.allCases.filter { _ in chance() })
    }

    mutating func disclosure() -> Disclosure {
        Disclosure(
            isAllowed: chance(), names: forms(), organizations: forms(), addresses: forms(), voice: chance(),
            fax: chance(), email: chance())
    }

    mutating func email() -> String {
        wild() ?? word(1...12) + "@" + domain()
    }

    mutating func createContact() -> CreateContact {
        CreateContact(
            token(3...16), postalInfo: postalInfo(), voice: optional { $0.phone() }, fax: optional { $0.phone() },
            email: email(), authorization: authorization(), disclosure: optional { $0.disclosure() })
    }

    mutating func updateContact() -> UpdateContact {
        UpdateContact(
            token(3...16), adding: statuses(Self.contactStatuses), removing: statuses(Self.contactStatuses),
            postalInfo: postalInfo().map { info in
                PostalChange(
                    info.form, name: optional { _ in info.name }, organization: info.organization,
                    address: optional { _ in info.address })
            }, voice: optional { $0.chance() ? .remove : .set($0.phone()) },
            fax: optional { $0.chance() ? .remove : .set($0.phone()) }, email: optional { $0.email() },
            authorization: optional { $0.authorization() }, disclosure: optional { $0.disclosure() })
    }

    mutating func infoContact() -> InfoContact {
        var info = InfoContact(token(3...16))
        info.authorization = optional { $0.authorization() }
        return info
    }

    mutating func transferContact() -> TransferContact {
        var transfer = TransferContact(pick(TransferOperation.allCases), token(3...16))
        transfer.authorization = optional { $0.authorization() }
        return transfer
    }

    /// One of each command that is answered by a response, but for logout.
    mutating func commands() -> [any TransactionCommand & Hashable] {
        [
            login(), checkDomain(), infoDomain(), createDomain(), updateDomain(), DeleteDomain(domain()),
            renewDomain(), transferDomain(),
            CheckHost(names: some(1...9) { $0.domain() }), InfoHost(domain()),
            CreateHost(domain(), addresses: some(0...4) { $0.hostAddress() }), updateHost(), DeleteHost(domain()),
            CheckContact(ids: some(1...9) { $0.token(3...16) }), infoContact(), createContact(), updateContact(),
            DeleteContact(token(3...16)), transferContact(), Poll(), AcknowledgeMessage(token(1...20)),
        ]
    }
}
