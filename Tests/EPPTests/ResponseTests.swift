import EPP
import Testing

/// Replies as registries write them: other prefixes, other order, white space, comments.
@Suite
struct ResponseTests {
    private func message(_ text: String) throws -> ServerMessage {
        try ServerMessage(text.bytes)
    }

    @Test func `a check's reply is read by namespace, not by prefix, order or white space`() throws {
        let text = """
            <?xml version="1.0" encoding="utf-8" standalone="no"?>
            <!-- made by hand -->
            <ns0:epp xmlns:ns0="urn:ietf:params:xml:ns:epp-1.0" xmlns:ns1="urn:ietf:params:xml:ns:domain-1.0"
                xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                xsi:schemaLocation="urn:ietf:params:xml:ns:epp-1.0 epp-1.0.xsd">
              <ns0:response>
                <ns0:trID><ns0:svTRID>SV-1</ns0:svTRID><!-- order --><ns0:clTRID>
                    CL-1 </ns0:clTRID></ns0:trID>
                <ns0:resData>
                  <other xmlns="urn:other"/>
                  <ns1:chkData>
                    <ns1:cd><ns1:reason lang="en">In
                       use</ns1:reason><ns1:name avail="false">taken.gov</ns1:name></ns1:cd>
                    <cd xmlns="urn:ietf:params:xml:ns:domain-1.0"><name avail=" true ">free.gov</name></cd>
                    <x:cd xmlns:x="urn:x"/>
                  </ns1:chkData>
                </ns0:resData>
                <ns0:result code="1000"><ns0:msg lang="fr">Commande <![CDATA[terminée]]> &amp; faite</ns0:msg></ns0:result>
              </ns0:response>
            </ns0:epp>
            """
        let response = try CheckDomain("taken.gov", "free.gov").decode(message(text))
        #expect(response.code == .success && response.isSuccess)
        #expect(response.message == "Commande terminée & faite")
        #expect(response.results[0].language == "fr")
        #expect(
            response.data == [
                DomainAvailability(name: "taken.gov", isAvailable: false, reason: "In use"),
                DomainAvailability(name: "free.gov", isAvailable: true),
            ])
        #expect(response.clientTransactionID == "CL-1")
        #expect(response.serverTransactionID == "SV-1")
        #expect(try message(text).clientTransactionID == "CL-1")
    }

    @Test func `an info's reply has all that it says`() throws {
        let text = """
            <epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>Command completed \
            successfully</msg></result><resData><d:infData xmlns:d="urn:ietf:params:xml:ns:domain-1.0">
            <d:name>Example.GOV</d:name><d:roid>EXAMPLE1-REP</d:roid><d:status s="ok"/>\
            <d:status s="serverHold" lang="en">Payment overdue.</d:status><d:registrant>jd1234</d:registrant>
            <d:contact type="admin">sh8013</d:contact><d:contact type="tech">sh8014</d:contact><d:contact>sh8015</d:contact>
            <d:ns><d:hostObj>ns1.example.gov</d:hostObj><d:hostAttr><d:hostName>ns2.example.gov</d:hostName>\
            <d:hostAddr ip="v4">192.0.2.2</d:hostAddr><d:hostAddr ip="v6">2001:db8::1</d:hostAddr>\
            <d:hostAddr>192.0.2.3</d:hostAddr></d:hostAttr></d:ns><d:host>ns1.example.gov</d:host>
            <d:clID>ClientX</d:clID><d:crID>ClientY</d:crID><d:crDate>1999-04-03T22:00:00.0Z</d:crDate><d:upID>ClientZ</d:upID>
            <d:upDate>1999-12-03T09:00:00.0Z</d:upDate><d:exDate>2005-04-03T22:00:00.0Z</d:exDate>
            <d:trDate>2000-04-08T09:00:00.0Z</d:trDate><d:authInfo><d:pw roid="JD1234-REP"> 2foo BAR</d:pw></d:authInfo>
            <d:future>x</d:future></d:infData></resData><trID><svTRID>54322-XYZ</svTRID></trID></response></epp>
            """
        let response = try InfoDomain("example.gov").decode(message(text))
        #expect(response.clientTransactionID == nil)
        let info = try #require(response.data)
        #expect(info.name == "Example.GOV" && info.roid == "EXAMPLE1-REP")
        #expect(info.statuses == ["ok", "serverHold"])
        #expect(info.statusMessages == ["serverHold": "Payment overdue."])
        #expect(info.registrant == "jd1234")
        #expect(info.contacts == [.admin("sh8013"), .tech("sh8014"), DomainContact("sh8015")])
        #expect(info.nameservers == ["ns1.example.gov", "ns2.example.gov"])
        #expect(info.delegation[0] == .object("ns1.example.gov"))
        #expect(
            info.delegation[1].addresses == [
                HostAddress("192.0.2.2"), HostAddress("2001:db8::1"), HostAddress("192.0.2.3"),
            ])
        #expect(info.hosts == ["ns1.example.gov"])
        #expect([info.sponsor, info.creator, info.updater] == ["ClientX", "ClientY", "ClientZ"])
        #expect(info.created?.text == "1999-04-03T22:00:00.0Z" && info.updated?.text == "1999-12-03T09:00:00.0Z")
        #expect(info.expiry?.secondsSince1970 == 1_112_565_600 && info.transferred?.text == "2000-04-08T09:00:00.0Z")
        #expect(info.authorization == Authorization(" 2foo BAR", roid: "JD1234-REP"))
    }

    @Test func `several results come with what they quote and why`() throws {
        let text = """
            <epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response>
            <result code="2004"><msg>Range</msg><value xmlns:obj="urn:obj"><obj:elem1>2525</obj:elem1></value></result>
            <result code=" 2005 "><msg>Syntax</msg><extValue><value><obj:e xmlns:obj="urn:obj">ex(ample</obj:e></value>\
            <reason>Invalid
              character</reason></extValue><value>plain</value><extValue><value/><reason>None</reason></extValue></result>
            <trID><clTRID>ABC-12345</clTRID><svTRID>54321-XYZ</svTRID></trID></response></epp>
            """
        let response: CommandResponse<Never> = try message(text).response()
        #expect(response.results.map(\.code) == [.parameterRangeError, .parameterSyntaxError])
        #expect(response.code == .parameterRangeError && !response.isSuccess && response.message == "Range")
        #expect(response.results[0].values == ["<obj:elem1 xmlns:obj=\"urn:obj\">2525</obj:elem1>"])
        #expect(
            response.results[1].values == ["<obj:e xmlns:obj=\"urn:obj\">ex(ample</obj:e>", "plain", ""])
        #expect(response.results[1].reasons == ["Invalid character", "None"])
        #expect(response.results[1].details[0].reason == "Invalid character")
    }

    @Test func `the message queue rides on any response, with text or XML`() throws {
        func queue(_ content: String) throws -> MessageQueue? {
            let text = """
                <epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1301"><msg>ok</msg></result>\
                <msgQ count="5" id=" 12345 ">\(content)</msgQ><trID><svTRID>abc</svTRID></trID></response></epp>
                """
            return try (message(text).response() as CommandResponse<Never>).messageQueue
        }
        #expect(try queue("") == MessageQueue(count: 5, id: "12345"))
        let full = "<qDate>2026-03-01T22:00:00.0Z</qDate><msg lang='fr'>Transfert &lt;demandé&gt;</msg>"
        #expect(
            try queue(full)
                == MessageQueue(
                    count: 5, id: "12345", date: Timestamp("2026-03-01T22:00:00.0Z"), message: "Transfert <demandé>",
                    language: "fr"))
        #expect(try queue("<msg>a <b xmlns=''>c</b> d</msg>")?.message == "a <b xmlns=''>c</b> d")
    }

    @Test func `extensions are kept as XML that stands by itself`() throws {
        let text = """
            <epp xmlns="urn:ietf:params:xml:ns:epp-1.0" xmlns:secDNS="urn:ietf:params:xml:ns:secDNS-1.1">\
            <response><result code="1000"><msg>ok</msg></result><extension>
              <secDNS:infData><secDNS:maxSigLife>604800</secDNS:maxSigLife></secDNS:infData>
              <x xmlns="urn:x"/></extension><trID><svTRID>abc</svTRID></trID></response></epp>
            """
        let response: CommandResponse<Never> = try message(text).response()
        #expect(
            response.extensions == [
                "<secDNS:infData xmlns:secDNS=\"urn:ietf:params:xml:ns:secDNS-1.1\">"
                    + "<secDNS:maxSigLife>604800</secDNS:maxSigLife></secDNS:infData>",
                "<x xmlns=\"urn:x\"/>",
            ])
        for xml in response.extensions { _ = try XMLTree(xml.bytes) }
    }

    @Test func `a refusal has no data, and data of another kind is none`() throws {
        let refusal =
            "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><response><result code='2303'><msg>no</msg></result></response></epp>"
        let response = try InfoDomain("a.gov").decode(message(refusal))
        #expect(response.code == .objectDoesNotExist && response.data == nil && response.serverTransactionID == nil)
        let check = try CommandResponse(
            results: [CommandResult(.success)], data: [DomainAvailability(name: "a.gov", isAvailable: true)]
        ).document()
        #expect(try InfoDomain("a.gov").decode(ServerMessage(check)).data == nil)
        #expect(try Logout().decode(ServerMessage(check)).isSuccess)
    }

    @Test func `a greeting has what the registry offers`() throws {
        let text = """
            <epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting><svID>Example EPP server</svID>\
            <svDate>2026-06-08T22:00:00.0Z</svDate><svcMenu><version>1.0</version><lang>en</lang><lang>fr</lang>\
            <objURI>urn:ietf:params:xml:ns:obj1</objURI><objURI>
              urn:ietf:params:xml:ns:obj2 </objURI><svcExtension><extURI>http://custom/obj1ext-1.0</extURI></svcExtension>\
            </svcMenu><dcp><access><all/></access></dcp></greeting></epp>
            """
        let greeting = try Hello().decode(message(text))
        #expect(greeting.serverID == "Example EPP server")
        #expect(greeting.date?.text == "2026-06-08T22:00:00.0Z")
        #expect(greeting.versions == ["1.0"] && greeting.languages == ["en", "fr"])
        #expect(greeting.objectURIs == ["urn:ietf:params:xml:ns:obj1", "urn:ietf:params:xml:ns:obj2"])
        #expect(greeting.extensionURIs == ["http://custom/obj1ext-1.0"])
        let bare = try Hello().decode(
            message("<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><greeting><svID>bare</svID></greeting></epp>"))
        #expect(bare.serverID == "bare" && bare.objectURIs == [] && bare.date == nil)
    }

    @Test(arguments: [
        "<epp/>", "<epp xmlns='urn:other'/>", "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'/>",
        "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><hello/></epp>",
        "<html xmlns='urn:ietf:params:xml:ns:epp-1.0'><response/></html>", "HTTP/1.1 400 Bad Request",
    ]) func `what no registry sends is refused`(text: String) {
        #expect(throws: ParsingError.self) { try message(text) }
    }

    @Test(arguments: [
        "", "<result/>", "<result code='x'/>", "<result code='99'/>", "<result code='100000'/>", "<result code=''/>",
        "<result code='1000'/><msgQ/>", "<result code='1000'/><msgQ count='-1' id='1'/>",
        "<result code='1000'/><msgQ count='1'/>",
        "<result code='1000'/><resData><d:chkData xmlns:d='urn:ietf:params:xml:ns:domain-1.0'><d:cd/></d:chkData></resData>",
        "<result code='1000'/><resData><chkData xmlns='urn:ietf:params:xml:ns:domain-1.0'><cd><name>a</name></cd></chkData></resData>",
        "<result code='1000'/><resData><chkData xmlns='urn:ietf:params:xml:ns:domain-1.0'><cd><name avail='x'>a</name></cd></chkData></resData>",
    ]) func `a response that lacks what it must have is refused`(content: String) throws {
        let text = "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><response>\(content)</response></epp>"
        let reply = try message(text)
        #expect(throws: ParsingError.self) { try CheckDomain("a.gov").decode(reply) }
    }

    @Test func `a greeting is no response, and a response no greeting`() throws {
        let greeting = try message(
            "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><greeting><svID>abc</svID></greeting></epp>")
        #expect(greeting.kind == .greeting && greeting.clientTransactionID == nil)
        let error = #expect(throws: ParsingError.self) { try Logout().decode(greeting) }
        #expect(error?.reason == "a response was expected, this is a greeting")
        let response = try message(
            "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><response><result code='2500'/></response></epp>")
        #expect(response.kind == .response)
        #expect(throws: ParsingError.self) { try Hello().decode(response) }
    }

    @Test func `a raw command's reply is the XML of its data`() throws {
        let raw = RawCommand(
            xml:
                "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command><poll op='req'/><clTRID>raw-1</clTRID></command></epp>"
        )
        #expect(try raw.transactionID() == "raw-1")
        #expect(try raw.isReadOnly())
        #expect(try raw.document() == raw.xml.bytes)
        let reply = try CommandResponse(
            results: [CommandResult(.success)],
            data: DomainCreation(name: "a.gov", created: Timestamp("2026-01-01T00:00:00Z"))
        ).document()
        #expect(
            try raw.decode(ServerMessage(reply)).data
                == "<domain:creData xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\"><domain:name>a.gov</domain:name>"
                + "<domain:crDate>2026-01-01T00:00:00Z</domain:crDate></domain:creData>")
    }

    @Test(arguments: [
        ("<check/>", true), ("<info/>", true), ("<poll op='req'/>", true), ("<poll op='ack'/>", false),
        ("<poll/>", false),
        ("<transfer op='query'/>", true), ("<transfer op='request'/>", false), ("<create/>", false),
        ("<login/>", false),
        ("<clTRID>check</clTRID><delete/>", false), ("<check xmlns='urn:other'/>", false), ("", false),
    ]) func `a raw command that changes something is told apart`(verb: String, isReadOnly: Bool) throws {
        let raw = RawCommand(xml: "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command>\(verb)</command></epp>")
        #expect(try raw.isReadOnly() == isReadOnly)
    }

    @Test(arguments: [
        "", "<command/>", "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><hello/></epp>", "<epp><command/></epp>",
    ])
    func `a raw command that is none is refused`(xml: String) {
        #expect(throws: ParsingError.self) { try RawCommand(xml: xml).document() }
    }
}
