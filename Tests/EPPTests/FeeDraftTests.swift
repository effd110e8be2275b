import EPP
import Testing

/// The fee extension's drafts, which registries still have beside RFC 8748.
@Suite
struct `A draft of the fee extension` {
    private func dialect(_ draft: String) -> RegistryDialect {
        RegistryDialect.standard.adapted(
            to: Greeting(serverID: "server", extensionURIs: ["urn:ietf:params:xml:ns:fee-\(draft)"]))
    }

    private func question(_ draft: String, _ change: (inout FeeCheck) -> Void = { _ in }) throws -> String {
        var check = FeeCheck([FeeCommand(.create, period: .years(1))], currency: "EUR")
        check.names = ["a.example"]
        change(&check)
        return try check.xml(dialect: dialect(draft))
    }

    @Test(arguments: [
        (
            "0.5",
            "<fee:domain><fee:name>a.example</fee:name><fee:currency>EUR</fee:currency><fee:command>create</fee:command>"
        ),
        (
            "0.9",
            "<fee:objID element=\"name\">a.example</fee:objID><fee:currency>EUR</fee:currency><fee:command>create<"
        ),
        (
            "0.11",
            "<fee:command>create</fee:command><fee:currency>EUR</fee:currency><fee:period unit=\"y\">1</fee:period>"
        ),
        ("0.23", "<fee:currency>EUR</fee:currency><fee:command name=\"create\"><fee:period unit=\"y\">1</fee:period>"),
    ]) func `asks for a price in its own form`(draft: String, form: String) throws {
        let xml = try question(draft)
        #expect(xml.contains("xmlns:fee=\"urn:ietf:params:xml:ns:fee-\(draft)\"") && xml.contains(form), "\(xml)")
    }

    @Test func `says what it cannot ask`() {
        #expect(throws: InvalidValue.self) { try question("0.6") { $0.names = [] } }
        #expect(throws: InvalidValue.self) { try question("0.11") { $0.commands.append(FeeCommand(.renew)) } }
    }

    private func answer(_ draft: String, _ content: String) throws -> FeeCheckData {
        let uri = "urn:ietf:params:xml:ns:fee-\(draft)"
        let text =
            "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response><result code=\"1000\"/><extension><fee:chkData "
            + "xmlns:fee=\"\(uri)\">\(content)</fee:chkData></extension></response></epp>"
        let message = try ServerMessage(text.bytes, reading: ReplyReading(dialect: dialect(draft)))
        return try #require(try message.response(of: Never.self).decodeExtension(FeeCheckData.self))
    }

    @Test(arguments: [
        (
            "0.6",
            "<fee:cd><fee:name>a.example</fee:name><fee:currency>EUR</fee:currency><fee:command>create</fee:command>"
                + "<fee:period unit=\"y\">1</fee:period><fee:fee>10.00</fee:fee><fee:fee>2.5</fee:fee></fee:cd>"
        ),
        (
            "0.11",
            "<fee:cd avail=\"1\"><fee:object><d:name xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\">a.example</d:name>"
                + "</fee:object><fee:command>create</fee:command><fee:currency>EUR</fee:currency><fee:period unit=\"y\">1"
                + "</fee:period><fee:fee>10.00</fee:fee><fee:fee>2.5</fee:fee></fee:cd>"
        ),
        (
            "0.23",
            "<fee:currency>EUR</fee:currency><fee:cd><fee:objID>a.example</fee:objID><fee:command name=\"create\">"
                + "<fee:period unit=\"y\">1</fee:period><fee:fee>10.00</fee:fee><fee:fee>2.5</fee:fee></fee:command></fee:cd>"
        ),
    ]) func `answers with a price that reads like the standard's`(draft: String, content: String) throws {
        let data = try answer(draft, content)
        let price = try #require(data.entry(for: "A.example")?.price(of: .create, period: .years(1)))
        #expect(data.currency == "EUR" && price.total == "12.50" && price.command.period == .years(1))
        #expect(data.entry(for: "b.example") == nil && data.entries[0].price(of: .renew) == nil)
    }

    @Test func `has the transforms of the standard`() throws {
        let xml = try FeeTransform(.create, fees: [Fee("10")]).xml(dialect: dialect("0.8"))
        #expect(xml == "<fee:create xmlns:fee=\"urn:ietf:params:xml:ns:fee-0.8\"><fee:fee>10</fee:fee></fee:create>")
    }

    @Test func `is chosen where the standard is not offered, the newest`() {
        let drafts = [
            "urn:ietf:params:xml:ns:fee-0.9", "urn:ietf:params:xml:ns:fee-0.21", "urn:ietf:params:xml:ns:fee-0.99",
        ]
        func uri(_ offered: [String]) -> String {
            RegistryDialect.standard.adapted(to: Greeting(serverID: "server", extensionURIs: offered)).uri(of: .fee)
        }
        #expect(uri(drafts) == drafts[1])
        #expect(uri(drafts + [XMLNamespace.fee.uri]) == XMLNamespace.fee.uri)
        #expect(uri([]) == XMLNamespace.fee.uri)
    }

    @Test(
        arguments: [
            (["1", "2.25"], "3.25"), (["0.1", "0.2"], "0.3"), (["10"], "10"), (["1.00", "-0.25"], "0.75"),
            (["-0.5"], "-0.5"),
            ([".5", "5."], "5.5"), (["x"], nil), (["1,5"], nil), ([], nil), (["99999999999999999999"], nil),
        ] as [([String], String?)]) func `prices are added up as decimals`(amounts: [String], total: String?)
    {
        let price = FeeCheckData.Price(FeeCommand(.create), fees: amounts.map { Fee($0) })
        #expect(price.total == total)
    }
}
