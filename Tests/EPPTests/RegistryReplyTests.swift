import EPP
import Testing

/// What registries leave out of their replies, or put into them beyond the RFCs: the code survives, and what is there is
/// kept.
@Suite
struct `A reply with the quirk of` {
    static let domain = "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\""
    static let contact = "xmlns:contact=\"urn:ietf:params:xml:ns:contact-1.0\""

    private func reply<Data: ResponseData>(
        _ data: String = "", code: Int = 1000, result: String = "", rest: String = "", of type: Data.Type = Data.self,
        dialect: RegistryDialect = .standard
    ) throws -> CommandResponse<Data> {
        let resData = data.isEmpty ? "" : "<resData>\(data)</resData>"
        let text =
            "<epp xmlns=\"\(dialect.uri(of: .epp))\"><response><result code=\"\(code)\"><msg>m</msg>\(result)</result>"
            + "\(rest)\(resData)<trID><svTRID>s-1</svTRID></trID></response></epp>"
        return try ServerMessage(text.bytes, reading: ReplyReading(dialect: dialect, isTolerant: true)).response()
    }

    @Test(arguments: [".fi", ".lu"]) func `a transfer without the client that is to act`(registry: String) throws {
        let date = registry == ".fi" ? "" : "<domain:acDate>2026-03-01T10:00:00Z</domain:acDate>"
        let reply = try reply(
            "<domain:trnData \(Self.domain)><domain:name>a.example</domain:name><domain:trStatus>pending</domain:trStatus>"
                + "<domain:reID>me</domain:reID><domain:reDate>2026-02-01T10:00:00Z</domain:reDate>\(date)</domain:trnData>",
            code: 1001, of: DomainTransfer.self)
        let data = try #require(reply.data)
        #expect(reply.code == .successPending && data.status == .pending && data.requester == "me")
        #expect(data.actor.isEmpty && data.acted.isEmpty == date.isEmpty)
    }

    @Test func `.fi, a creation without its date`() throws {
        let reply = try reply(
            "<domain:creData \(Self.domain)><domain:name>a.example</domain:name></domain:creData>",
            of: DomainCreation.self)
        #expect(reply.data == DomainCreation(name: "a.example", created: .unknown))
        #expect(try #require(reply.data).created.isEmpty && reply.flaws.isEmpty)
        let host = "<h:creData xmlns:h=\"urn:ietf:params:xml:ns:host-1.0\"><h:name>ns.a.example</h:name></h:creData>"
        #expect(try self.reply(host, of: HostCreation.self).data?.created.isEmpty == true)
        let contact = "<contact:creData \(Self.contact)><contact:id>abc-1</contact:id></contact:creData>"
        #expect(try self.reply(contact, of: ContactCreation.self).data?.id == "abc-1")
    }

    @Test func `Norid, an empty queue without an identifier`() throws {
        let reply = try reply(rest: "<msgQ count=\"0\"/>", of: Never.self)
        #expect(reply.messageQueue == MessageQueue(count: 0, id: "") && reply.flaws.isEmpty)
    }

    @Test func `a queue whose count is no number, the code kept`() throws {
        let reply = try reply(rest: "<msgQ count=\"many\" id=\"1\"/>", of: Never.self)
        #expect(reply.code == .success && reply.messageQueue == nil)
        #expect(reply.flaws.map(\.kind) == [.unreadableQueue])
    }

    @Test func `a check in which one name lacks its answer`() throws {
        let reply = try reply(
            "<domain:chkData \(Self.domain)><domain:cd><domain:name avail=\"1\">a.example</domain:name></domain:cd><domain:cd>"
                + "<domain:name>b.example</domain:name><domain:reason lang=\"fi\">ei</domain:reason></domain:cd>"
                + "</domain:chkData>", of: [DomainAvailability].self)
        let data = try #require(reply.data)
        #expect(data.map(\.isAvailable) == [true, false] && data.map(\.isStated) == [true, false])
        #expect(data[1].reason == "ei" && data[1].reasonLanguage == "fi")
        let raw = try ServerMessage(reply.document(), reading: .tolerant).response(of: [DomainAvailability].self)
        #expect(raw.data == data)
    }

    @Test func `data that cannot be read, the code and the XML kept`() throws {
        let xml = "<domain:infData \(Self.domain)><domain:roid>1-X</domain:roid></domain:infData>"
        let reply = try reply(xml, of: DomainInfo.self)
        #expect(reply.isSuccess && reply.data == nil && reply.dataXML == [xml])
        #expect(reply.flaws == [ReplyFlaw(.unreadableData, note: "infData has no name")])
        #expect(reply.raw.data == xml && reply.raw.flaws == reply.flaws && reply.serverTransactionID == "s-1")
    }

    @Test func `Nomulus, a message with the end of a transfer and of its command`() throws {
        let transfer =
            "<domain:trnData \(Self.domain)><domain:name>a.example</domain:name><domain:trStatus>clientApproved"
            + "</domain:trStatus></domain:trnData>"
        let action =
            "<domain:panData \(Self.domain)><domain:name paResult=\"1\">a.example</domain:name><domain:paTRID>"
            + "<svTRID>s-0</svTRID></domain:paTRID><domain:paDate>2026-03-01T10:00:00Z</domain:paDate></domain:panData>"
        let reply = try reply(
            transfer + action + "<x:y xmlns:x=\"urn:x\">1</x:y>", code: 1301, rest: "<msgQ count=\"1\" id=\"7\"/>",
            of: PollData.self)
        guard case .domainTransfer(let moved)? = reply.elements.first,
            case .pendingAction(let ended) = reply.elements[1]
        else { throw Unexpected() }
        #expect(moved.status == .clientApproved && ended.isDone && ended.object == .domain("a.example"))
        #expect(reply.elements.last == .other(["<x:y xmlns:x=\"urn:x\">1</x:y>"]))
        #expect(reply.data == .domainTransfer(moved))
        #expect(try reply.decodeData(PendingAction.self) == ended)
    }

    @Test func `a message of which one element cannot be read`() throws {
        let broken = "<domain:trnData \(Self.domain)><domain:name>a.example</domain:name></domain:trnData>"
        let renewal = "<domain:renData \(Self.domain)><domain:name>a.example</domain:name></domain:renData>"
        let reply = try reply(broken + renewal, code: 1301, rest: "<msgQ count=\"1\" id=\"7\"/>", of: PollData.self)
        #expect(reply.elements == [.other([broken]), .domainRenewal(DomainRenewal(name: "a.example"))])
        #expect(reply.messageQueue?.id == "7" && reply.flaws.map(\.kind) == [.unreadableData])
    }

    @Test func `SIDN, the reason for a refusal in an extension`() throws {
        let reply = try reply(
            code: 2308,
            rest:
                "<extension><s:ext xmlns:s=\"urn:sidn\"><s:response><s:msg code=\"T0001\" field=\"\">wrong owner</s:msg>"
                + "</s:response></s:ext></extension>", of: Never.self)
        #expect(reply.extensionNotes == ["T0001: wrong owner"])
    }

    @Test func `Norid, the conditions of a refusal in an extension`() throws {
        let reply = try reply(
            code: 2306,
            rest:
                "<extension><n:conditions xmlns:n=\"urn:n\"><n:condition code=\"EC1\" severity=\"error\"><n:msg lang=\"no\">"
                + "feil</n:msg><n:details>org</n:details></n:condition></n:conditions><rgp:upData "
                + "xmlns:rgp=\"urn:ietf:params:xml:ns:rgp-1.0\"><rgp:rgpStatus s=\"addPeriod\"/></rgp:upData></extension>",
            of: Never.self)
        #expect(reply.extensionNotes == ["EC1, error", "feil", "org"])
    }

    @Test func `values with attributes and reasons in another language`() throws {
        let reply = try reply(
            code: 2005,
            result: "<value code=\"17\" xmlns:x=\"urn:x\">name</value><extValue><value><a/></value>"
                + "<reason lang=\"et\">vale</reason></extValue>", of: Never.self)
        let details = reply.results[0].details
        #expect(details[0].attributes == [.init("code", "17")] && details[0].value == "name")
        #expect(details[1].reason == "vale" && details[1].reasonLanguage == "et")
        let again = try ServerMessage(reply.document()).response(of: Never.self)
        #expect(again.results[0].details[1] == details[1])
    }

    @Test func `a disclosure without forms`() throws {
        let reply = try reply(
            "<contact:infData \(Self.contact)><contact:id>abc-1</contact:id><contact:disclose flag=\"0\"><contact:name/>"
                + "<contact:addr type=\"loc\"/><contact:voice/></contact:disclose></contact:infData>",
            of: ContactInfo.self)
        let disclosure = try #require(reply.data?.disclosure)
        #expect(disclosure.untyped == [.name] && disclosure.addresses == [.local] && disclosure.voice)
        let again = try ServerMessage(reply.document()).response(of: ContactInfo.self)
        #expect(again.data == reply.data)
    }

    @Test func `grace periods with a text`() throws {
        let reply = try reply(
            rest: "<extension><rgp:infData xmlns:rgp=\"urn:ietf:params:xml:ns:rgp-1.0\"><rgp:rgpStatus s=\"addPeriod\" "
                + "lang=\"fr\">jusqu'au 3</rgp:rgpStatus></rgp:infData></extension>", of: Never.self)
        let periods = try #require(try reply.decodeExtension(GracePeriods.self))
        #expect(periods.statuses == [.init("addPeriod", message: LocalizedText("jusqu'au 3", language: "fr"))])
    }

    @Test func `dates with a zone without colon`() {
        let zones = ["2026-03-01T12:00:00+0200", "2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00Z"]
        #expect(Set(zones.map { Timestamp($0).secondsSince1970 }).count == 1)
        #expect(Timestamp("2026-03-01T12:00:00+0200").date == "2026-03-01")
        #expect(Timestamp("2026-03-01T12:00:00+200").secondsSince1970 == nil)
    }

    @Test func `.gov, whose registrar has a contact for security with every domain`() throws {
        let reply = try reply(
            "<domain:infData \(Self.domain)><domain:name>a.gov</domain:name><domain:contact type=\"security\">sec-1"
                + "</domain:contact></domain:infData>", of: DomainInfo.self)
        let contacts = try #require(reply.data).contacts
        #expect(contacts == [DomainContact("sec-1", role: .security)])
        let update = try UpdateDomain("a.gov", removing: DomainChanges(contacts: contacts)).document()
        #expect(String(decoding: update, as: UTF8.self).contains("<domain:contact type=\"security\">sec-1<"))
        for role in ["", "a", "a b", "é2", String(repeating: "x", count: 33)] {
            let change = DomainChanges(contacts: [DomainContact("sec-1", role: .init(rawValue: role))])
            #expect(throws: InvalidValue.self) { try UpdateDomain("a.gov", adding: change).document() }
        }
    }

    private struct Unexpected: Error {}
}
