import EPP
import Testing

/// The very documents of the commands about hosts, contacts and the queue.
@Suite
struct HostContactCommandTests {
    private let host = "xmlns:host=\"urn:ietf:params:xml:ns:host-1.0\""
    private let contact = "xmlns:contact=\"urn:ietf:params:xml:ns:contact-1.0\""

    @Test func `hosts are checked, asked for, created, changed and deleted`() throws {
        #expect(
            try CheckHost("ns1.a.gov", "ns2.a.gov").verbXML()
                == "<check><host:check \(host)><host:name>ns1.a.gov</host:name><host:name>ns2.a.gov</host:name>"
                + "</host:check></check>")
        #expect(
            try InfoHost("ns1.a.gov").verbXML()
                == "<info><host:info \(host)><host:name>ns1.a.gov</host:name></host:info></info>")
        #expect(
            try CreateHost("ns1.a.gov", addresses: [.init("192.0.2.2"), .init("1080:0:0:0:8:800:200C:417A")]).verbXML()
                == "<create><host:create \(host)><host:name>ns1.a.gov</host:name><host:addr ip=\"v4\">192.0.2.2</host:addr>"
                + "<host:addr ip=\"v6\">1080:0:0:0:8:800:200C:417A</host:addr></host:create></create>")
        let update = UpdateHost(
            "ns1.a.gov",
            adding: HostChanges(addresses: [.init("192.0.2.22")], statuses: [.clientUpdateProhibited]),
            removing: HostChanges(addresses: [.init("::1")]), newName: "ns2.a.gov")
        #expect(
            try update.verbXML()
                == "<update><host:update \(host)><host:name>ns1.a.gov</host:name><host:add>"
                + "<host:addr ip=\"v4\">192.0.2.22</host:addr><host:status s=\"clientUpdateProhibited\"/></host:add>"
                + "<host:rem><host:addr ip=\"v6\">::1</host:addr></host:rem><host:chg><host:name>ns2.a.gov</host:name>"
                + "</host:chg></host:update></update>")
        #expect(
            try DeleteHost("ns1.a.gov").verbXML()
                == "<delete><host:delete \(host)><host:name>ns1.a.gov</host:name></host:delete></delete>")
    }

    @Test func `a contact is created with both forms of its address`() throws {
        let address = PostalAddress(
            street: ["123 Example Dr.", "Suite 100"], city: "Dulles", province: "VA", postalCode: "20166-6503",
            countryCode: "US")
        let create = CreateContact(
            "sh8013",
            postalInfo: [
                PostalInfo(name: "John Doe", organization: "Example Inc.", address: address),
                PostalInfo(.local, name: "Jürgen", address: PostalAddress(city: "Köln", countryCode: "DE")),
            ], voice: PhoneNumber("+1.7035555555", extensionNumber: "1234"), fax: "+1.7035555556",
            email: "jdoe@example.com", authorization: "2fooBAR",
            disclosure: Disclosure(isAllowed: false, names: [.local, .international], voice: true, email: true))
        #expect(
            try create.verbXML()
                == "<create><contact:create \(contact)><contact:id>sh8013</contact:id>"
                + "<contact:postalInfo type=\"int\"><contact:name>John Doe</contact:name>"
                + "<contact:org>Example Inc.</contact:org><contact:addr><contact:street>123 Example Dr.</contact:street>"
                + "<contact:street>Suite 100</contact:street><contact:city>Dulles</contact:city><contact:sp>VA</contact:sp>"
                + "<contact:pc>20166-6503</contact:pc><contact:cc>US</contact:cc></contact:addr></contact:postalInfo>"
                + "<contact:postalInfo type=\"loc\"><contact:name>Jürgen</contact:name><contact:addr>"
                + "<contact:city>Köln</contact:city><contact:cc>DE</contact:cc></contact:addr></contact:postalInfo>"
                + "<contact:voice x=\"1234\">+1.7035555555</contact:voice><contact:fax>+1.7035555556</contact:fax>"
                + "<contact:email>jdoe@example.com</contact:email><contact:authInfo><contact:pw>2fooBAR</contact:pw>"
                + "</contact:authInfo><contact:disclose flag=\"0\"><contact:name type=\"int\"/><contact:name type=\"loc\"/>"
                + "<contact:voice/><contact:email/></contact:disclose></contact:create></create>")
    }

    @Test func `a contact is changed, asked for, transferred and deleted`() throws {
        let update = UpdateContact(
            "sh8013", adding: [.clientDeleteProhibited],
            postalInfo: [PostalChange(organization: "", address: PostalAddress(city: "Dulles", countryCode: "US"))],
            voice: .set("+1.7034444444"), fax: .remove, authorization: Authorization("2fooBAR"))
        #expect(
            try update.verbXML()
                == "<update><contact:update \(contact)><contact:id>sh8013</contact:id><contact:add>"
                + "<contact:status s=\"clientDeleteProhibited\"/></contact:add><contact:chg>"
                + "<contact:postalInfo type=\"int\"><contact:org/><contact:addr><contact:city>Dulles</contact:city>"
                + "<contact:cc>US</contact:cc></contact:addr></contact:postalInfo>"
                + "<contact:voice>+1.7034444444</contact:voice><contact:fax/><contact:authInfo>"
                + "<contact:pw>2fooBAR</contact:pw></contact:authInfo></contact:chg></contact:update></update>")
        #expect(
            try CheckContact("sh8013").verbXML()
                == "<check><contact:check \(contact)><contact:id>sh8013</contact:id></contact:check></check>")
        #expect(
            try InfoContact("sh8013", authorization: "p").verbXML()
                == "<info><contact:info \(contact)><contact:id>sh8013</contact:id><contact:authInfo>"
                + "<contact:pw>p</contact:pw></contact:authInfo></contact:info></info>")
        #expect(
            try TransferContact(.approve, "sh8013").verbXML()
                == "<transfer op=\"approve\"><contact:transfer \(contact)><contact:id>sh8013</contact:id>"
                + "</contact:transfer></transfer>")
        #expect(
            try DeleteContact("sh8013").verbXML()
                == "<delete><contact:delete \(contact)><contact:id>sh8013</contact:id></contact:delete></delete>")
    }

    @Test func `a poll asks and acknowledges`() throws {
        #expect(try Poll().verbXML() == "<poll op=\"req\"/>")
        #expect(try AcknowledgeMessage("12345").verbXML() == "<poll op=\"ack\" msgID=\"12345\"/>")
        #expect(Poll().isReadOnly && !AcknowledgeMessage("12345").isReadOnly)
        #expect(throws: InvalidValue.self) { try AcknowledgeMessage("").document() }
    }
}
