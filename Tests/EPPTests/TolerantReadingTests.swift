import EPP
import Testing

/// What registries send, in styles of their own: other prefixes, another order, indented, with comments.
@Suite
struct TolerantReadingTests {
    private func response<Data: ResponseData>(_ data: String, of type: Data.Type) throws -> CommandResponse<Data> {
        let text = """
            <?xml version="1.0" encoding="UTF-8" standalone="no"?>
            <e:epp xmlns:e="urn:ietf:params:xml:ns:epp-1.0"><e:response>
              <e:trID><e:svTRID>54322-XYZ</e:svTRID></e:trID>
              <e:resData><!-- data --> \(data) </e:resData>
              <e:result code="1301"><e:msg>ok</e:msg></e:result>
              <e:msgQ count="5" id="12345"><e:msg lang="en-US">Transfer requested.</e:msg>
                <e:qDate>2000-06-08T22:00:00.0Z</e:qDate></e:msgQ>
            </e:response></e:epp>
            """
        return try ServerMessage(text.bytes).response()
    }

    @Test func `a transfer in the queue`() throws {
        let reply = try response(
            """
            <trnData xmlns="urn:ietf:params:xml:ns:domain-1.0">
              <acDate>2000-06-13T22:00:00.0Z</acDate><acID>ClientY</acID>
              <reDate>2000-06-08T22:00:00.0Z</reDate><reID> ClientX </reID>
              <name>example.com</name><trStatus>pending</trStatus></trnData>
            """, of: PollData.self)
        let transfer = DomainTransfer(
            name: "example.com", status: .pending, requester: "ClientX",
            requested: Timestamp("2000-06-08T22:00:00.0Z"), actor: "ClientY",
            acted: Timestamp("2000-06-13T22:00:00.0Z"))
        #expect(reply.data == .domainTransfer(transfer))
        #expect(reply.messageQueue?.count == 5 && reply.messageQueue?.language == "en-US")
    }

    @Test func `the end of a pending command`() throws {
        let reply = try response(
            """
            <d:panData xmlns:d="urn:ietf:params:xml:ns:domain-1.0" xmlns:p="urn:ietf:params:xml:ns:epp-1.0">
              <d:name paResult="true">example.com</d:name>
              <d:paTRID><p:clTRID>ABC-12345</p:clTRID><p:svTRID>54321-XYZ</p:svTRID></d:paTRID>
              <d:paDate>1999-04-04T22:00:00.0Z</d:paDate></d:panData>
            """, of: PollData.self)
        let action = PendingAction(
            object: .domain("example.com"), isDone: true, clientTransactionID: "ABC-12345",
            serverTransactionID: "54321-XYZ", date: Timestamp("1999-04-04T22:00:00.0Z"))
        #expect(reply.data == .pendingAction(action))
    }

    @Test func `a message without data, and one with data that is not known`() throws {
        #expect(try response("", of: PollData.self).data == nil)
        let other = try response("<b:balance xmlns:b='urn:b'>1</b:balance>", of: PollData.self)
        #expect(other.data == .other(["<b:balance xmlns:b='urn:b'>1</b:balance>"]))
    }

    @Test func `a contact whose address the registry hides`() throws {
        let reply = try response(
            """
            <c:infData xmlns:c="urn:ietf:params:xml:ns:contact-1.0"><c:id>sh8013</c:id>
              <c:postalInfo type="loc"><c:name/></c:postalInfo><c:voice/><c:email/>
              <c:status s="linked"/><c:status s="ok" lang="fr">
                tout va bien </c:status>
              <c:disclose flag="1"><c:email/><c:name type="loc"/></c:disclose></c:infData>
            """, of: ContactInfo.self)
        let info = try #require(reply.data)
        #expect(info.postalInfo.map(\.name) == [""] && info.postalInfo.first?.address.countryCode == "")
        #expect(info.voice == nil && info.statuses == ["linked", "ok"] && info.sponsor == nil)
        #expect(info.statusDetails.last == ObjectStatus("ok", reason: "tout va bien", language: "fr"))
        #expect(info.disclosure == Disclosure(isAllowed: true, names: [.local], email: true))
    }

    @Test func `DNSSEC data with keys broken over lines, and a change that removes nothing`() throws {
        let info = try XMLTree(
            """
            <s:infData xmlns:s="urn:ietf:params:xml:ns:secDNS-1.1"><s:keyData><s:pubKey>AQPJ
              ////4Q==</s:pubKey><s:alg>1</s:alg><s:protocol>3</s:protocol><s:flags>257</s:flags></s:keyData></s:infData>
            """.bytes)
        #expect(
            try SecDNSInfo.decode(from: info.root)
                == SecDNSInfo(.keys([DNSKeyData(algorithm: 1, publicKey: "AQPJ////4Q==")])))
        let update = try XMLTree(
            "<u:update xmlns:u='urn:ietf:params:xml:ns:secDNS-1.1'><u:rem><u:all>false</u:all></u:rem></u:update>".bytes
        )
        #expect(try SecDNSUpdate.decode(from: update.root) == SecDNSUpdate())
    }

    @Test(arguments: [
        "<trnData xmlns='urn:ietf:params:xml:ns:domain-1.0'><name>a.gov</name></trnData>",
        "<panData xmlns='urn:ietf:params:xml:ns:host-1.0'><name paResult='x'>a.gov</name></panData>",
        "<infData xmlns='urn:ietf:params:xml:ns:contact-1.0'/>", "<creData xmlns='urn:ietf:params:xml:ns:host-1.0'/>",
        "<renData xmlns='urn:ietf:params:xml:ns:domain-1.0'/>",
    ]) func `data that lacks what it must have is an error`(data: String) {
        #expect(throws: ParsingError.self) { try response(data, of: PollData.self) }
    }

    @Test(arguments: ["info", "create", "check"]) func `a DOCTYPE is refused in any message`(verb: String) {
        let text = "<!DOCTYPE epp><epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command><\(verb)/></command></epp>"
        #expect(throws: ParsingError.self) { try ClientMessage(text.bytes) }
        #expect(throws: ParsingError.self) { try ServerMessage(text.bytes) }
        #expect(throws: ParsingError.self) { try RawExtension(xml: "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").xml() }
        #expect(throws: ParsingError.self) {
            try ProtocolExtension("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").document()
        }
    }
}
