import EPP
import Testing

/// The very documents of the commands that change domains.
@Suite
struct DomainCommandTests {
    @Test func `an update writes what it adds, takes away and changes`() throws {
        let update = UpdateDomain(
            "a.gov",
            adding: DomainChanges(
                nameservers: [.object("ns2.a.gov")], contacts: [.tech("mak21")],
                statuses: [ObjectStatus("clientHold", reason: "Payment overdue.", language: "fr")]),
            removing: DomainChanges(statuses: [.clientUpdateProhibited]), registrant: .set("sh8013"),
            authorization: .set(Authorization("2BARfoo")))
        #expect(
            try update.verbXML()
                == "<update><domain:update xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">"
                + "<domain:name>a.gov</domain:name><domain:add><domain:ns><domain:hostObj>ns2.a.gov</domain:hostObj>"
                + "</domain:ns><domain:contact type=\"tech\">mak21</domain:contact>"
                + "<domain:status s=\"clientHold\" lang=\"fr\">Payment overdue.</domain:status></domain:add>"
                + "<domain:rem><domain:status s=\"clientUpdateProhibited\"/></domain:rem>"
                + "<domain:chg><domain:registrant>sh8013</domain:registrant><domain:authInfo>"
                + "<domain:pw>2BARfoo</domain:pw></domain:authInfo></domain:chg></domain:update></update>")
    }

    @Test func `an update takes values away, and without changes has an empty change`() throws {
        let update = UpdateDomain("a.gov", registrant: .remove, authorization: .remove)
        #expect(
            try update.verbXML().contains(
                "<domain:chg><domain:registrant/><domain:authInfo><domain:null/></domain:authInfo></domain:chg>"))
        #expect(
            try UpdateDomain("a.gov").verbXML().contains("<domain:name>a.gov</domain:name><domain:chg/></domain:up"))
    }

    @Test func `delete, renew and transfer`() throws {
        let head = "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\"><domain:name>a.gov</domain:name>"
        #expect(
            try DeleteDomain("a.gov").verbXML() == "<delete><domain:delete \(head)</domain:delete></delete>")
        #expect(
            try RenewDomain("a.gov", currentExpiry: Timestamp("2026-04-03T23:30:00-02:00"), period: .years(5)).verbXML()
                == "<renew><domain:renew \(head)<domain:curExpDate>2026-04-04</domain:curExpDate>"
                + "<domain:period unit=\"y\">5</domain:period></domain:renew></renew>")
        #expect(
            try TransferDomain(.request, "a.gov", period: .years(1), authorization: Authorization("p", roid: "J-REP"))
                .verbXML()
                == "<transfer op=\"request\"><domain:transfer \(head)<domain:period unit=\"y\">1</domain:period>"
                + "<domain:authInfo><domain:pw roid=\"J-REP\">p</domain:pw></domain:authInfo></domain:transfer></transfer>"
        )
    }

    @Test(arguments: TransferOperation.allCases) func `only a transfer's query is read-only`(
        operation: TransferOperation
    ) throws {
        #expect(TransferDomain(operation, "a.gov").isReadOnly == (operation == .query))
        #expect(TransferContact(operation, "abc").isReadOnly == (operation == .query))
        let raw = RawCommand(
            xml: String(decoding: try TransferDomain(operation, "a.gov").document(), as: UTF8.self))
        #expect(try raw.isReadOnly() == (operation == .query))
    }

    @Test func `a domain's statuses keep their reasons when they are set by word`() {
        var info = DomainInfo(name: "a.gov", statuses: ["ok"])
        info.statusDetails = [ObjectStatus("ok", reason: "fine"), .clientHold]
        info.statuses = ["ok", "inactive"]
        #expect(info.statusDetails == [ObjectStatus("ok", reason: "fine"), .inactive])
        #expect(info.statusMessages == ["ok": "fine"] && info.hasStatus(.inactive) && !info.hasStatus(.clientHold))
    }
}

extension TransactionCommand {
    /// What stands in the element `command`.
    func verbXML() throws -> String {
        let text = String(decoding: try document(), as: UTF8.self)
        let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command>"
        #expect(text.hasPrefix(start) && text.hasSuffix("</command></epp>"))
        return String(text.dropFirst(start.count).dropLast("</command></epp>".count))
    }
}
