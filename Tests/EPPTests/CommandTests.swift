import EPP
import Testing

@Suite
struct CommandTests {
    private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">"

    /// What stands in the document, or in its command, after it was seen that the rest is as it must be.
    private func content(_ command: some Command, id: String? = nil) throws -> String {
        let text = String(decoding: try command.document(transactionID: id), as: UTF8.self)
        #expect(text.hasPrefix(Self.head) && text.hasSuffix("</epp>"))
        return String(text.dropFirst(Self.head.count).dropLast("</epp>".count))
    }

    @Test func `documents are on one line, with the default namespace and the customary prefixes`() throws {
        #expect(try content(Hello()) == "<hello/>")
        #expect(try content(Logout(), id: "a-1") == "<command><logout/><clTRID>a-1</clTRID></command>")
        #expect(
            try content(CheckDomain("a.gov", "b.gov"), id: "a-1")
                == "<command><check><domain:check xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">"
                + "<domain:name>a.gov</domain:name><domain:name>b.gov</domain:name></domain:check></check>"
                + "<clTRID>a-1</clTRID></command>")
        #expect(
            try content(InfoDomain("a.gov", hosts: .delegated, authorization: "2<3"))
                == "<command><info><domain:info xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">"
                + "<domain:name hosts=\"del\">a.gov</domain:name>"
                + "<domain:authInfo><domain:pw>2&lt;3</domain:pw></domain:authInfo></domain:info></info></command>")
    }

    @Test func `a login has its elements in the order of the schema`() throws {
        let login = Login(
            clientID: "client", password: "secret", newPassword: "secret2", objectURIs: ["urn:o"],
            extensionURIs: ["urn:e"], language: "fr")
        #expect(
            try content(login)
                == "<command><login><clID>client</clID><pw>secret</pw><newPW>secret2</newPW>"
                + "<options><version>1.0</version><lang>fr</lang></options>"
                + "<svcs><objURI>urn:o</objURI><svcExtension><extURI>urn:e</extURI></svcExtension></svcs>"
                + "</login></command>")
    }

    @Test func `a login without object URIs asks for domains and contacts`() throws {
        let text = try content(Login(clientID: "client", password: "secret"))
        #expect(
            text.contains(
                "<svcs><objURI>urn:ietf:params:xml:ns:domain-1.0</objURI>"
                    + "<objURI>urn:ietf:params:xml:ns:contact-1.0</objURI></svcs>"))
    }

    @Test func `a login takes from the greeting what both have`() {
        let greeting = Greeting(serverID: "server", objectURIs: ["a", "b"], extensionURIs: ["x", "y"])
        let all = Login(clientID: "client", password: "secret").adapted(to: greeting)
        #expect(all.objectURIs == ["a", "b"] && all.extensionURIs == [])
        let some = Login(clientID: "client", password: "secret", objectURIs: ["b", "c"], extensionURIs: ["z", "x"])
        #expect(some.adapted(to: greeting).objectURIs == ["b"])
        #expect(some.adapted(to: greeting).extensionURIs == ["x"])
    }

    @Test func `a create has its elements in the order of the schema`() throws {
        let create = CreateDomain(
            "a.gov", period: .years(2),
            nameservers: [.attribute("ns.a.gov", addresses: [.init("192.0.2.1"), .init("::1")])],
            registrant: "jd1234", contacts: [.admin("ad1"), .init("xx1")], authorization: "2fooBAR")
        #expect(
            try content(create)
                == "<command><create><domain:create xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">"
                + "<domain:name>a.gov</domain:name><domain:period unit=\"y\">2</domain:period>"
                + "<domain:ns><domain:hostAttr><domain:hostName>ns.a.gov</domain:hostName>"
                + "<domain:hostAddr ip=\"v4\">192.0.2.1</domain:hostAddr><domain:hostAddr ip=\"v6\">::1</domain:hostAddr>"
                + "</domain:hostAttr></domain:ns><domain:registrant>jd1234</domain:registrant>"
                + "<domain:contact type=\"admin\">ad1</domain:contact><domain:contact>xx1</domain:contact>"
                + "<domain:authInfo><domain:pw>2fooBAR</domain:pw></domain:authInfo></domain:create></create></command>"
        )
    }

    @Test func `only what changes nothing is read-only`() {
        let all: [any Command] = [
            Hello(), CheckDomain("a.gov"), InfoDomain("a.gov"), Login(clientID: "c", password: "p"), Logout(),
            CreateDomain("a.gov", authorization: "p"),
        ]
        #expect(all.map(\.isReadOnly) == [true, true, true, false, false, false])
        #expect(
            all.map { type(of: $0).name }
                == ["Hello", "CheckDomain", "InfoDomain", "Login", "Logout", "CreateDomain"])
    }

    @Test func `an extension stands behind the verb`() throws {
        let command = CheckWithFee(names: ["a.gov"], currency: "A&B")
        #expect(
            try content(command, id: "a-1").hasSuffix(
                "</check><extension><fee:check xmlns:fee=\"urn:fee\"><fee:currency>A&amp;B</fee:currency></fee:check>"
                    + "</extension><clTRID>a-1</clTRID></command>"))
    }

    @Test func `a command of one's own gets data of its own`() throws {
        let response = CommandResponse(
            results: [CommandResult(.success)], data: [HostAvailability(name: "ns.a.gov", isAvailable: true)])
        let read = try CheckHost(hosts: ["ns.a.gov"]).decode(ServerMessage(response.document()))
        #expect(read.data == [HostAvailability(name: "ns.a.gov", isAvailable: true)])
        let message = try ClientMessage(CheckHost(hosts: ["ns.a.gov"]).document())
        guard case .checkHost(EPP.CheckHost("ns.a.gov")) = message.body else {
            Issue.record("a host check is another command")
            return
        }
        #expect(message.command?.verb == "check" && message.command?.objectURI == XMLNamespace.host.uri)
        #expect(message.command?.element.child("check", in: .host)?.tokens(of: "name", in: .host) == ["ns.a.gov"])
    }
}

private struct CheckWithFee: TransactionCommand {
    typealias ReplyData = [DomainAvailability]
    static let name = "CheckWithFee"
    var isReadOnly: Bool { true }
    var names: [String]
    var currency: String

    func encodeVerb(to writer: inout XMLWriter) throws {
        try CheckDomain(names: names).encodeVerb(to: &writer)
    }

    func encodeExtensions(to writer: inout XMLWriter) {
        writer.element("fee:check", .init("xmlns:fee", "urn:fee")) { $0.element("fee:currency", currency) }
    }
}

private struct CheckHost: TransactionCommand {
    typealias ReplyData = [HostAvailability]
    static let name = "CheckHost"
    var isReadOnly: Bool { true }
    var hosts: [String]

    func encodeVerb(to writer: inout XMLWriter) {
        writer.element("check") { writer in
            writer.element("host:check", .init("xmlns:host", .host)) { writer in
                for host in hosts { writer.element("host:name", host) }
            }
        }
    }
}

private struct HostAvailability: CheckData, Equatable {
    var name: String
    var isAvailable: Bool

    static func decodeAll(from resData: XMLTree.Element) throws -> [HostAvailability]? {
        guard let data = resData.child("chkData", in: .host) else { return nil }
        return try data.children.map { entry in
            let name = try entry.requiredChild("name", in: .host)
            return HostAvailability(name: name.token, isAvailable: name.attribute("avail") == "1")
        }
    }

    static func encodeAll(_ entries: [HostAvailability], to writer: inout XMLWriter) {
        writer.element("host:chkData", .init("xmlns:host", .host)) { writer in
            for entry in entries {
                writer.element("host:cd") { writer in
                    writer.element("host:name", .init("avail", entry.isAvailable ? "1" : "0"), text: entry.name)
                }
            }
        }
    }
}
