import EPP
import Testing

/// What the protocol cannot carry is refused before it is sent, with the name of the field.
@Suite
struct ValidationTests {
    private func field(_ command: some Command, id: String? = nil) -> String? {
        do {
            _ = try command.document(transactionID: id)
            return nil
        } catch {
            return (error as? InvalidValue)?.field ?? "\(error)"
        }
    }

    private func length(_ count: Int) -> String {
        String(repeating: "é", count: count)
    }

    @Test func `a transaction identifier has 3 to 64 characters`() {
        for (count, isValid) in [(0, false), (2, false), (3, true), (64, true), (65, false)] {
            #expect(field(Logout(), id: length(count)) == (isValid ? nil : "clTRID"), "\(count)")
        }
        for id in [" abc", "abc ", "a  b", "a\tb", "a\nb", "abc\u{7F}"] { #expect(field(Logout(), id: id) == "clTRID") }
        #expect(field(Logout(), id: "a b") == nil)
    }

    @Test func `a login's values have their lengths`() {
        let valid = Login(clientID: "client", password: "secret")
        #expect(field(valid) == nil)
        func with(_ change: (inout Login) -> Void) -> String? {
            var login = valid
            change(&login)
            return field(login)
        }
        for count in [2, 17] { #expect(with { $0.clientID = length(count) } == "clID") }
        for count in [3, 16] { #expect(with { $0.clientID = length(count) } == nil) }
        for count in [5, 17] { #expect(with { $0.password = length(count) } == "pw") }
        for count in [6, 16] { #expect(with { $0.password = length(count) } == nil) }
        for count in [5, 17] { #expect(with { $0.newPassword = length(count) } == "newPW") }
        #expect(with { $0.password = "sec  ret" } == "pw")
        #expect(with { $0.objectURIs = [""] } == "objURI")
        #expect(with { $0.extensionURIs = ["a b"] } == "extURI")
        for language in ["", "e1-", "1e", "toolonglang", "en_US", "en-"] {
            #expect(with { $0.language = language } == "lang", "\(language)")
        }
        #expect(with { $0.language = "zh-Hant-TW" } == nil)
        #expect(with { $0.version = "" } == "version")
    }

    @Test(arguments: [
        "a.gov", "A.GOV", "a-b.gov", "1.gov", "gov", "xn--bcher-kva.example", "a--b.gov",
        String(repeating: "a", count: 63) + ".gov",
        Array(repeating: String(repeating: "a", count: 62), count: 4).joined(separator: ".") + ".g",
    ]) func `a domain name in ASCII is accepted`(name: String) {
        #expect(field(CheckDomain(name)) == nil)
        #expect(field(InfoDomain(name)) == nil)
    }

    @Test(arguments: [
        "", ".", ".gov", "a.gov.", "a..gov", "-a.gov", "a-.gov", "a.gov-", "a b.gov", " a.gov", "a_b.gov",
        "bücher.example",
        "a.gov\n", "<a>.gov", "a/b.gov", "*.gov", String(repeating: "a", count: 64) + ".gov",
        Array(repeating: String(repeating: "a", count: 62), count: 4).joined(separator: ".") + ".gov",
    ]) func `what is no domain name is refused`(name: String) {
        #expect(field(CheckDomain("ok.gov", name)) == "domain:name")
        #expect(field(InfoDomain(name)) == "domain:name")
        #expect(field(CreateDomain(name, authorization: "secret")) == "domain:name")
    }

    @Test func `a check of nothing is refused`() {
        #expect(field(CheckDomain(names: [])) == "domain:name")
    }

    @Test func `a create's values are checked one by one`() {
        func with(_ change: (inout CreateDomain) -> Void) -> String? {
            var create = CreateDomain("a.gov", authorization: "secret")
            change(&create)
            return field(create)
        }
        #expect(with { _ in } == nil)
        for count in [0, -1, 100] { #expect(with { $0.period = .years(count) } == "domain:period") }
        for count in [1, 99] { #expect(with { $0.period = .months(count) } == nil) }
        #expect(with { $0.registrant = "ab" } == "domain:registrant")
        #expect(with { $0.contacts = [.tech("a")] } == "domain:contact")
        #expect(with { $0.contacts = [.init("abc", role: .init(rawValue: "x"))] } == "domain:contact type")
        #expect(with { $0.nameservers = [.object("-")] } == "domain:hostObj")
        #expect(with { $0.nameservers = [.attribute("-")] } == "domain:hostName")
        #expect(with { $0.nameservers = [.object("a.gov"), .attribute("b.gov")] } == "domain:ns")
        #expect(with { $0.nameservers = [.attribute("b.gov", addresses: [.init("1.2.3")])] } == "domain:hostAddr")
        #expect(with { $0.authorization = Authorization("a\nb") } == "domain:pw")
        #expect(with { $0.authorization = Authorization("a", roid: "x") } == "domain:pw roid")
        #expect(with { $0.authorization = Authorization("a", roid: "SH8013-REP") } == nil)
    }

    @Test(arguments: [
        "urn:ietf:params:xml:ns:domain-1.0", "http://www.verisign.com/epp/rgp-poll-1.0", "https://a.gov:700/x?y=z#w",
        "http://user:word@a.gov/", "secDNS-1.1", "a/b:c", "%41", "urn:é",
    ])
    func `a URI is accepted`(uri: String) {
        #expect(field(Login(clientID: "abc", password: "secret", objectURIs: [uri], extensionURIs: [uri])) == nil)
    }

    @Test(arguments: [
        "", "urn:x y", "1:b", ":", "::1", "#a#b", "%", "%4", "%zz", "http://[", "{a}", "a\\b", "a^b", "a|b", "<a>",
        "http://a:b/",
    ])
    func `what is no URI is refused`(uri: String) {
        #expect(field(Login(clientID: "abc", password: "secret", objectURIs: [uri])) == "objURI")
        #expect(field(Login(clientID: "abc", password: "secret", extensionURIs: [uri])) == "extURI")
    }

    @Test(arguments: [
        "0.0.0.0", "192.0.2.1", "255.255.255.255", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "ABCD:ef01::",
    ])
    func `an address is accepted`(address: String) {
        let servers = [Nameserver.attribute("ns.a.gov", addresses: [HostAddress(address)])]
        #expect(field(CreateDomain("a.gov", nameservers: servers, authorization: "secret")) == nil)
    }

    @Test(arguments: [
        "", "1", "::", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", "a.b.c.d", ":", ":::", "1:2", "1:::2",
        "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",
        "12345::",
        "g::", "::1.2.3", "::1.2.3.4.5", "1.2.3.4::", "fe80::1%eth0", "1:2:3:4:5:6:7:1.2.3.4", "::1 ",
    ])
    func `what is no address is refused`(address: String) {
        let servers = [Nameserver.attribute("ns.a.gov", addresses: [HostAddress(address)])]
        #expect(field(CreateDomain("a.gov", nameservers: servers, authorization: "secret")) == "domain:hostAddr")
    }

    @Test func `a greeting is checked before it is sent`() {
        let now = Timestamp(secondsSince1970: 0)
        func field(_ greeting: Greeting) -> String? {
            #expect(throws: InvalidValue.self) { try greeting.document() }?.field
        }
        #expect(field(Greeting(serverID: "ab", date: now)) == "svID")
        #expect(field(Greeting(serverID: "abc")) == "svDate")
        #expect(field(Greeting(serverID: "abc", date: Timestamp("today"))) == "svDate")
        #expect(field(Greeting(serverID: "abc", date: Timestamp("2026-03-01"))) == "svDate")
        #expect(field(Greeting(serverID: "abc", date: now, versions: ["1.0", "2.0"])) == "version")
        #expect(field(Greeting(serverID: "abc", date: now, objectURIs: [])) == "objURI")
        #expect(throws: ParsingError.self) {
            try Greeting(serverID: "abc", date: now, dataCollectionPolicy: "<dcp>").document()
        }
    }

    @Test func `an error names field and reason`() {
        let error = #expect(throws: InvalidValue.self) { try CheckDomain("bücher.example").document() }
        #expect(error?.description == "domain:name: has a character beyond ASCII: it is to be an A-label, xn--…")
    }
}
