import EPP
import Testing

@testable import EPPServer

struct `Extensions at the embedded registry` {
    private let registry = TestRegistry()
    private let record = DSData(
        keyTag: 12345, algorithm: 13, digestType: 2, digest: String(repeating: "AB", count: 32))
    private let other = DSData(
        keyTag: 1, algorithm: 13, digestType: 2, digest: String(repeating: "CD", count: 32))

    private func signed(_ name: String = "a.gov") throws -> SecDNSInfo? {
        try registry.send(InfoDomain(name)).decodeExtension(SecDNSInfo.self)
    }

    @Test func `are refused where they are not offered, not named at the login, or belong elsewhere`() throws {
        let update = UpdateDomain("a.gov").with(SecDNSUpdate(adding: .signers([record])))
        #expect(code(try registry.send(update, extensions: [])) == 2002)
        let bare = TestRegistry { $0.extensionURIs = [] }
        #expect(code(try bare.send(update)) == 2103)
        #expect(code(try registry.send(DeleteDomain("a.gov").with(RestoreDomain()))) == 2103)
        #expect(code(try registry.send(InfoHost("ns1.a.gov").with(RawExtension(xml: "<x xmlns=\"urn:x\"/>")))) == 2103)
        #expect(code(try registry.send(UpdateDomain("a.gov").with(SecDNSCreate(.signers([record]))))) == 2001)
        let phase = "<launch:check xmlns:launch=\"urn:ietf:params:xml:ns:launch-1.0\"/>"
        #expect(code(try registry.send(CheckDomain("x.gov").with(RawExtension(xml: phase)))) == 2103)
    }

    @Test func `sign domains`() throws {
        #expect(try signed() == nil)
        let create = CreateDomain("x.gov", authorization: "s3cret")
            .with(SecDNSCreate(.signers([record]), maximumSignatureLife: 3600))
        #expect(code(try registry.send(create)) == 1000)
        #expect(try signed("x.gov") == SecDNSInfo(.signers([record]), maximumSignatureLife: 3600))
        #expect(try registry.send(InfoDomain("x.gov"), extensions: []).extensions.isEmpty)

        func update(_ update: SecDNSUpdate) throws -> Int {
            code(try registry.send(UpdateDomain("x.gov").with(update)))
        }
        #expect(try update(SecDNSUpdate(adding: .signers([other]))) == 1000)
        #expect(try signed("x.gov")?.data == .signers([record, other]))
        #expect(try update(SecDNSUpdate(removing: .data(.signers([record])))) == 1000)
        #expect(try update(SecDNSUpdate(removing: .data(.signers([record])))) == 2306)
        #expect(try signed("x.gov")?.data == .signers([other]))
        let key = DNSKeyData(algorithm: 13, publicKey: "AQPJ")
        #expect(try update(SecDNSUpdate(adding: .keys([key]))) == 2306)
        #expect(try update(SecDNSUpdate(removing: .all, adding: .keys([key]), maximumSignatureLife: 60)) == 1000)
        #expect(try signed("x.gov") == SecDNSInfo(.keys([key]), maximumSignatureLife: 60))
        #expect(try update(SecDNSUpdate(removing: .all, isUrgent: true)) == 2102)
        #expect(try update(SecDNSUpdate(removing: .all)) == 1000)
        #expect(try signed("x.gov") == nil)
        let many = (1...9).map { DSData(keyTag: $0, algorithm: 13, digestType: 2, digest: record.digest) }
        #expect(try update(SecDNSUpdate(adding: .signers(many))) == 2308)
    }

    @Test func `tell prices and take fees`() throws {
        let paid = TestRegistry { $0.balances = ["alpha": 2_500] }
        let check = CheckDomain("x.gov").with(
            FeeCheck([
                FeeCommand(.create, period: .years(2)), FeeCommand(.restore), FeeCommand(.custom, customName: "x"),
            ]))
        let prices = try #require(try paid.send(check).decodeExtension(FeeCheckData.self))
        #expect(prices.currency == "USD" && prices.entries[0].id == "x.gov")
        #expect(prices.entries[0].prices.map { $0.fees.first?.amount } == ["20.00", "40.00", nil])
        func create(_ name: String, _ fee: String, currency: String? = nil) throws -> CommandResponse<DomainCreation> {
            try paid.send(
                CreateDomain(name, authorization: "s3cret")
                    .with(FeeTransform(.create, fees: [Fee(fee)], currency: currency)))
        }
        #expect(code(try create("x.gov", "9.99")) == 2004)
        #expect(code(try create("x.gov", "10", currency: "EUR")) == 2004)
        let reply = try create("x.gov", "10")
        #expect(code(reply) == 1000)
        let result = try #require(try reply.decodeExtension(FeeResult.self))
        #expect(result.fees.map(\.amount) == ["10.00"] && result.balance == "15.00")
        // Without the extension it costs the same.
        try paid.send(CreateDomain("y.gov", authorization: "s3cret"), extensions: [])
        #expect(paid.snapshot.balances["alpha"] == 500)
        #expect(code(try paid.send(CreateDomain("z.gov", authorization: "s3cret"))) == 2104)
        let deletion = try paid.send(DeleteDomain("x.gov"))
        #expect(try deletion.decodeExtension(FeeResult.self)?.credits.map(\.amount) == ["-10.00"])
        #expect(paid.snapshot.balances["alpha"] == 1_500)
        #expect(code(try paid.send(CreateDomain("z.gov", authorization: "s3cret"), as: "beta")) == 1000)
    }

    @Test(arguments: [
        ("12.50", 1250), ("12", 1200), (".5", 50), ("0.10", 10), ("1.500", 150), ("1.505", nil), ("x", nil),
    ])
    func `read amounts to the hundredth`(text: String, amount: Int?) {
        #expect(RegistryCore.hundredths(text) == amount)
    }
}
