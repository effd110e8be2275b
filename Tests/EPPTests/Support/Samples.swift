import EPP

/// Random values that the protocol allows, and on demand some that it may not.
struct Samples {
    var generator: SeededGenerator
    /// One text in so many is any, of those that a user gives to a command; 0 for none.
    var wildness = 0

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

    /// A text that is right hardly anywhere, or just right; nil most of the time.
    mutating func wild() -> String? {
        guard wildness > 0, chance(wildness) else { return nil }
        return pick(
            Self.wildTexts + [String(repeating: "x", count: number(1...70)), String(repeating: "é", count: 256)])
    }

    private static let wildTexts = [
        "", " ", "a", "ab", " abc", "abc ", "a  b", "a\tb", "a\nb", "a\rb", "\u{7F}abc", "\u{85}abc", "abc\u{FFFE}",
        "abc\u{FFFF}", "a\u{0}bc", "a\u{1}bc", "\u{A0}abc\u{2003}", "\u{FEFF}abc", "é", "e\u{301}e\u{301}", "]]>",
        "&amp;", "-a.gov",
        "a-.gov", "a..gov", ".", "a.", "*.gov", "a_b.gov", "xn--a.gov", "bücher.gov", "2026-02-30", "0000-01-01",
        "0001-01-01", "9999-12-31", "2026-02-28", "2026-2-8", "2026-02-28T23:59:59.999Z", "2026-02-28t00:00:00z",
        "2026-02-28T00:00:00+14:30", "2026-02-28T24:00:00Z", "2026-02-28T23:59:60Z", "2026-02-28 00:00:00", "::", "::1",
        "1.2.3.4", "1.2.3.256", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:255.255.255.255",
        "2001:0db8:0000:0000:0000:ffff:192.168.100.228", "+1.5", "+1.", "+1234.5", "+999.12345678901234", "1.5", "%",
        "%zz",
        "%41", "http://[", "http://[::1]/a", "http://a:b/", "http://a:1/", "a:b", ":", "1:b", "#", "a#b#c", "urn:x y",
        "urn:é", "{a}", "a\\b", "a^b",
        "a|b", "en", "x-", "-x", "a1-b2", "abcdefghi", "SH8013-REP", "é-REP", "a_b-c", "a-b_c", "a-", "😀-x",
        "abc-123456789", "a@b", "@b", "a@", "a b@c", "USA", "us", "2.0", "1.0", "clientHold", "ok",
    ]

    /// A text of the schemas' type `token`, with all that is hard about XML.
    mutating func token(_ length: ClosedRange<Int>) -> String {
        if let wild = wild() { return wild }
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
        if let wild = wild() { return wild }
        let encoded = ["xn--bcher-kva", "xn--mnchen-3ya", "xn--fiqs8s", "XN--80AKHBYKNJ4F"]
        let label = chance(10) ? pick(encoded) : word(1...20)
        return label + "." + pick(["gov", "example", "co.uk", "xn--p1ai"])
    }

    mutating func timestamp() -> Timestamp {
        Timestamp(secondsSince1970: Double(number(0...4_000_000_000)) + (chance() ? 0.25 : 0))
    }

    mutating func roid() -> String {
        wild() ?? word(1...20) + "-" + word(1...8)
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
                samples.hostAddress()
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
            objectURIs: some(1...4) { $0.wild() ?? "urn:example:" + $0.word(1...9) },
            extensionURIs: some(0...4) { $0.wild() ?? "urn:example:" + $0.word(1...9) }, version: wild() ?? "1.0",
            language: wild() ?? pick(["en", "fr", "pt-BR"]))
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
            domain(), period: optional { $0.period() },
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
