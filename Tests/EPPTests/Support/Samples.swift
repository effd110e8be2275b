import EPP

/// Random values that the protocol allows.
struct Samples {
    var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func chance(_ oneIn: Int = 2) -> Bool {
        Int.random(in: 0..<oneIn, using: &generator) == 0
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    mutating func pick<T>(_ values: [T]) -> T {
        values[number(0...(values.count - 1))]
    }

    mutating func optional<T>(_ make: (inout Samples) throws -> T) rethrows -> T? {
        chance() ? try make(&self) : nil
    }

    mutating func some<T>(_ count: ClosedRange<Int>, _ make: (inout Samples) -> T) -> [T] {
        (0..<number(count)).map { _ in make(&self) }
    }

    /// A text of the schemas' type `token`, with all that is hard about XML.
    mutating func token(_ length: ClosedRange<Int>) -> String {
        let hard: [Unicode.Scalar] = [
            "<", ">", "&", "\"", "'", "]", "]", ">", "é", "ß", "中", "😀", "\u{10FFFD}", "\u{FFFD}", "\u{E000}", "%", ";",
            "#",
            " ",
        ]
        var scalars: [Unicode.Scalar] = []
        let count = number(length)
        while scalars.count < count {
            let isEdge = scalars.isEmpty || scalars.count == count - 1
            var next = chance(3) ? pick(hard) : Unicode.Scalar(UInt8(number(0x21...0x7E)))
            if next == " ", isEdge || scalars.last == " " { next = "x" }
            scalars.append(next)
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    mutating func word(_ length: ClosedRange<Int>) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<number(length)).map { _ in pick(letters) })
    }

    mutating func domain() -> String {
        let encoded = ["xn--bcher-kva", "xn--mnchen-3ya", "xn--fiqs8s", "XN--80AKHBYKNJ4F"]
        let label = chance(10) ? pick(encoded) : word(1...20)
        return label + "." + pick(["gov", "example", "co.uk", "xn--p1ai"])
    }

    mutating func timestamp() -> Timestamp {
        Timestamp(secondsSince1970: Double(number(0...4_000_000_000)) + (chance() ? 0.25 : 0))
    }

    mutating func roid() -> String {
        word(1...20) + "-" + word(1...8)
    }

    mutating func authorization() -> Authorization {
        if chance(6) {
            return Authorization(xml: "<a:token xmlns:a=\"urn:example:auth\">\(word(1...10)) &amp; co</a:token>")
        }
        return Authorization(token(0...40), roid: optional { $0.roid() })
    }

    mutating func nameservers() -> [Nameserver] {
        guard chance() else { return some(0...4) { .object("ns." + $0.domain()) } }
        return some(0...4) { samples in
            let addresses = samples.some(0...3) { samples in
                samples.chance()
                    ? HostAddress("192.0.2.\(samples.number(0...255))")
                    : HostAddress("2001:db8::\(String(samples.number(0...65535), radix: 16))")
            }
            return .attribute("ns." + samples.domain(), addresses: addresses)
        }
    }

    mutating func contacts() -> [DomainContact] {
        some(0...4) { DomainContact($0.token(3...16), role: $0.optional { $0.pick([.admin, .billing, .tech]) }) }
    }

    mutating func login() -> Login {
        Login(
            clientID: token(3...16), password: token(6...16), newPassword: optional { $0.token(6...16) },
            objectURIs: some(1...4) { "urn:example:" + $0.word(1...9) },
            extensionURIs: some(0...4) { "urn:example:" + $0.word(1...9) }, language: pick(["en", "fr", "pt-BR"]))
    }

    mutating func checkDomain() -> CheckDomain {
        CheckDomain(names: some(1...20) { $0.domain() })
    }

    mutating func infoDomain() -> InfoDomain {
        var info = InfoDomain(domain(), hosts: pick([.all, .delegated, .subordinate, .none]))
        info.authorization = optional { $0.authorization() }
        return info
    }

    mutating func createDomain() -> CreateDomain {
        CreateDomain(
            domain(), period: optional { Period($0.number(1...99), $0.pick([.years, .months])) },
            nameservers: nameservers(), registrant: optional { $0.token(3...16) }, contacts: contacts(),
            authorization: authorization())
    }

    mutating func greeting() -> Greeting {
        Greeting(
            serverID: token(3...64), date: timestamp(), languages: some(1...3) { $0.pick(["en", "de", "fr-CA"]) },
            objectURIs: some(1...4) { "urn:example:" + $0.word(1...9) },
            extensionURIs: some(0...4) { "urn:example:" + $0.word(1...9) })
    }

    mutating func result(of codes: [ResultCode] = ResultCode.all) -> CommandResult {
        CommandResult(
            pick(codes), message: chance(3) ? token(0...80) : nil, language: pick(["en", "en", "fr"]),
            details: some(0...3) { samples in
                let value =
                    samples.chance()
                    ? samples.token(1...30)
                    : "<d:name xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\">\(samples.domain())</d:name>"
                return .init(value: value, reason: samples.optional { $0.token(1...40) })
            })
    }

    mutating func response<Data>(_ data: Data?) -> CommandResponse<Data> {
        CommandResponse(
            results: some(1...3) { $0.result() }, data: data,
            messageQueue: optional { samples in
                let message = samples.optional { $0.token(1...60) }
                return MessageQueue(
                    count: samples.number(0...1000), id: samples.word(1...9),
                    date: samples.optional { $0.timestamp() }, message: message,
                    language: message == nil ? "en" : samples.pick(["en", "fr"]))
            },
            extensions: some(0...2) { samples in
                "<x:\(samples.pick(["a", "b"])) xmlns:x=\"urn:example:x\" v=\"&lt;\">\(samples.word(1...9))<!-- c --></x:a>"
                    .replacingEndTag()
            },
            clientTransactionID: optional { $0.token(3...64) }, serverTransactionID: token(3...64))
    }

    mutating func availabilities() -> [DomainAvailability] {
        some(1...20) { samples in
            DomainAvailability(
                name: samples.domain(), isAvailable: samples.chance(), reason: samples.optional { $0.token(1...32) })
        }
    }

    mutating func domainInfo() -> DomainInfo {
        let all = ["ok", "inactive", "clientHold", "serverHold", "pendingTransfer", "clientTransferProhibited"]
        var info = DomainInfo(name: domain(), roid: roid(), sponsor: token(3...16))
        info.statuses = all.filter { _ in chance() }
        for status in info.statuses where chance() { info.statusMessages[status] = token(1...30) }
        info.registrant = optional { $0.token(3...16) }
        info.contacts = contacts()
        info.delegation = nameservers()
        info.hosts = some(0...3) { "ns." + $0.domain() }
        info.creator = optional { $0.token(3...16) }
        info.created = optional { $0.timestamp() }
        info.updater = optional { $0.token(3...16) }
        info.updated = optional { $0.timestamp() }
        info.expiry = optional { $0.timestamp() }
        info.transferred = optional { $0.timestamp() }
        info.authorization = optional { $0.authorization() }
        return info
    }

    mutating func creation() -> DomainCreation {
        DomainCreation(name: domain(), created: timestamp(), expiry: optional { $0.timestamp() })
    }
}

extension String {
    /// Makes the end tag that of the start tag, for elements that are made by interpolation.
    fileprivate func replacingEndTag() -> String {
        hasPrefix("<x:b") ? String(dropLast("</x:a>".count)) + "</x:b>" : self
    }
}
