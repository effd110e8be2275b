import EPP
import Testing

/// Registries with namespaces of their own, and names beyond ASCII.
@Suite
struct `A dialect` {
    static let all: [(name: String, dialect: RegistryDialect)] = [
        ("standard", .standard), (".ee", .ee), (".pl", .pl), (".ru", .ru),
    ]

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(arguments: all.map(\.name)) func `writes every command so that it is read as the same, in the same bytes`(
        name: String
    ) throws {
        let dialect = try #require(Self.all.first { $0.name == name }).dialect
        var samples = Samples(seed: 7)
        for _ in 0..<20 {
            for command in samples.commands() {
                // Where nameservers are plain text their addresses are lost.
                if dialect.hasPlainNameservers, command is CreateDomain || command is UpdateDomain { continue }
                let document = try command.document(transactionID: "abc-1", dialect: dialect)
                let message = try ClientMessage(document, dialect: dialect)
                guard message.body.typedCommand == AnyHashable(command) || command is Login else {
                    throw Difference(text(document))
                }
                let again = try #require(message.body.typedCommand?.base as? any Command)
                let copy = try again.document(transactionID: message.transactionID, dialect: dialect)
                guard copy == document else { throw Difference("\(text(document))\n\(text(copy))") }
                if name != "standard" {
                    #expect(!text(document).contains("urn:ietf:params:xml:ns:epp-1.0"))
                    #expect(throws: ParsingError.self) { try ClientMessage(document) }
                }
            }
        }
    }

    private struct Difference: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    @Test(arguments: all.map(\.name)) func `reads its own replies and the standard's`(name: String) throws {
        let dialect = try #require(Self.all.first { $0.name == name }).dialect
        var samples = Samples(seed: 8)
        let info = samples.domainInfo()
        let reply = CommandResponse(results: [CommandResult(.success)], data: info)
        let reading = ReplyReading(dialect: dialect)
        for spelling in [dialect, .standard] where !(spelling.hasPlainNameservers && !info.delegation.isEmpty) {
            let read = try ServerMessage(reply.document(dialect: spelling), reading: reading).response(
                of: DomainInfo.self)
            #expect(read.data == info)
        }
    }

    @Test func `of .ee has its own root, domain and contact`() throws {
        let document = text(try InfoDomain("a.ee").document(dialect: .ee))
        #expect(document.contains("<epp xmlns=\"https://epp.tld.ee/schema/epp-ee-1.0.xsd\">"))
        #expect(document.contains("xmlns:domain=\"https://epp.tld.ee/schema/domain-ee-1.2.xsd\""))
    }

    @Test func `of .pl has nameservers as text, once for each`() throws {
        let create = CreateDomain(
            "a.pl", nameservers: [.object("ns1.a.pl"), .object("ns2.a.pl")], authorization: "secret")
        let document = try create.document(dialect: .pl)
        #expect(text(document).contains("<domain:ns>ns1.a.pl</domain:ns><domain:ns>ns2.a.pl</domain:ns>"))
        guard case .createDomain(let read) = try ClientMessage(document, dialect: .pl).body else {
            throw Difference("")
        }
        #expect(read == create)
        let info =
            "<epp xmlns=\"http://www.dns.pl/nask-epp-schema/epp-2.0\"><response><result code=\"1000\"/><resData><d:infData "
            + "xmlns:d=\"http://www.dns.pl/nask-epp-schema/domain-2.0\"><d:name>a.pl</d:name><d:ns>ns1.a.pl</d:ns><d:ns>ns2"
            + ".a.pl</d:ns></d:infData></resData></response></epp>"
        let reply = try ServerMessage(info.bytes, reading: ReplyReading(dialect: .pl)).response(of: DomainInfo.self)
        #expect(reply.data?.nameservers == ["ns1.a.pl", "ns2.a.pl"])
    }

    @Test func `guesses no namespace that it does not have`() {
        for uri in ["https://EPP.tld.ee/schema/epp-ee-1.0.xsd", "https://epp.tld.ee/schema/epp-ee-1.0.xsd ", "urn:epp"]
        {
            let document = "<epp xmlns=\"\(uri)\"><response><result code=\"1000\"/></response></epp>".bytes
            #expect(throws: ParsingError.self) {
                try ServerMessage(document, reading: ReplyReading(dialect: .ee, isTolerant: true))
            }
        }
    }

    // MARK: Greetings

    private func login(_ dialect: RegistryDialect, _ offered: [String]) throws -> String {
        let login = Login(
            clientID: "me-1", password: "secret-1",
            objectURIs: [XMLNamespace.domain.uri, XMLNamespace.contact.uri])
        let greeting = Greeting(serverID: "server", objectURIs: offered)
        let adapted = login.adapted(to: greeting, dialect: dialect.adapted(to: greeting))
        return text(try adapted.document(dialect: dialect.adapted(to: greeting)))
    }

    @Test(arguments: [
        ["urn:ietf:params:xml:ns:domain-1.0", "urn:ietf:params:xml:ns:contact-1.0"],
        ["URN:IETF:PARAMS:XML:NS:DOMAIN-1.0", "URN:IETF:PARAMS:XML:NS:CONTACT-1.0"],
        ["http://epp.example/xml/domain-1.0", "http://epp.example/xml/contact-1.0.xsd"],
        ["domain-1.0", "contact-1.0"], ["urn:ietf:params:xml:ns:domain-1.0 x", "urn:ietf:params:xml:ns:contact-1.0"],
    ]) func `logs in with the spelling of the greeting`(offered: [String]) throws {
        let document = try login(.standard, offered)
        #expect(document.contains("<objURI>\(offered[1])</objURI>"))
        #expect(document.contains("<objURI>\(offered[0])</objURI>") == !offered[0].hasSuffix(" x"))
    }

    @Test func `follows the versions that a greeting offers, and the standard's spelling`() throws {
        let old = ["https://epp.tld.ee/schema/domain-ee-1.1.xsd", "https://epp.tld.ee/schema/contact-ee-1.1.xsd"]
        #expect(try login(.ee, old).contains("<objURI>\(old[0])</objURI><objURI>\(old[1])</objURI>"))
        let greeting = Greeting(serverID: "server", objectURIs: old)
        let dialect = RegistryDialect.ee.adapted(
            to: greeting, protocolURI: "https://epp.tld.ee/schema/epp-ee-1.0.xsd")
        #expect(dialect.uri(of: .domain) == old[0] && dialect.uri(of: .epp).hasSuffix("epp-ee-1.0.xsd"))
        let standard = RegistryDialect.pl.adapted(
            to: Greeting(serverID: "server", objectURIs: [XMLNamespace.domain.uri]), protocolURI: XMLNamespace.epp.uri)
        #expect(standard.uri(of: .epp) == XMLNamespace.epp.uri && !standard.hasPlainNameservers)
    }

    // MARK: Names

    @Test(arguments: [
        ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.Example", "xn--bcher-kva.Example"),
        ("παράδειγμα。gr", "xn--hxajbheg2az3al.gr"), ("a.gov", "a.gov"), ("A.GOV", "A.GOV"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
    ]) func `converts names beyond ASCII`(name: String, ascii: String) throws {
        #expect(try IDNA.ascii(name) == ascii)
        #expect(
            text(try CheckDomain(name).document(dialect: .standard)).contains("<domain:name>\(ascii)</domain:name>"))
        #expect(IDNA.unicode(ascii.lowercased()) == name.lowercased().replacing("。", with: "."))
    }

    @Test(arguments: [
        "bu\u{308}cher.example", "a b.é", "\u{301}a.example", "é☃.example",
        "é\(String(repeating: "x", count: 60)).example",
    ])
    func `refuses a name that has no A-label`(name: String) {
        let error = #expect(throws: InvalidValue.self) { try CheckDomain(name).document(dialect: .standard) }
        #expect(error?.field == "domain:name")
        #expect(throws: InvalidValue.self) { try IDNA.ascii(name) }
    }

    @Test func `.eu, sends names beyond ASCII as they are, and only those that have an A-label`() throws {
        var dialect = RegistryDialect.standard
        dialect.names = .sent
        #expect(text(try CreateHost("ns.bücher.eu").document(dialect: dialect)).contains("<host:name>ns.bücher.eu<"))
        #expect(throws: InvalidValue.self) { try InfoHost("é☃.eu").document(dialect: dialect) }
        #expect(throws: InvalidValue.self) { try CheckDomain("bücher.eu").document() }
    }

    @Test func `converts every name of a command`() throws {
        let change = DomainChanges(nameservers: [.attribute("ns.bücher.example")])
        let update = UpdateDomain("bücher.example", adding: change).with(Namestore(subProduct: "dotCOM"))
        let document = text(try update.document(dialect: .standard))
        #expect(!document.contains("ü"))
        #expect(document.split(separator: "xn--bcher-kva").count == 3)
    }

    // MARK: Extensions on every command

    @Test func `Verisign: the namestore goes with every command about an object, and with no other`() throws {
        let extensions: [any CommandExtension] = [Namestore(subProduct: "dotCOM")]
        var samples = Samples(seed: 9)
        for command in samples.commands() {
            let document = text(try command.document(dialect: .standard, extensions: extensions))
            let isAboutObject =
                !(command is Login || command is Poll || command is AcknowledgeMessage || command is Logout)
            #expect(document.contains("<namestoreExt:subProduct>dotCOM<") == isAboutObject)
        }
        let both = try CheckDomain("a.com").with(FeeCheck([FeeCommand(.create)]))
            .document(dialect: .standard, extensions: extensions)
        #expect(try ClientMessage(both).extensions.map(\.name) == ["check", "namestoreExt"])
        #expect(throws: InvalidValue.self) {
            try CheckDomain("a.com").document(dialect: .standard, extensions: [Namestore(subProduct: "")])
        }
    }
}
