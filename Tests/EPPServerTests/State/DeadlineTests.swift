import EPP
import Testing

@testable import EPPServer

struct `As time passes at the embedded registry` {
    private let registry = TestRegistry()

    /// A domain that is past its grace period and deleted.
    private func delete() throws {
        try registry.send(CreateDomain("x.gov", period: .years(2), authorization: "s3cret"))
        registry.pass(days: 10)
        #expect(code(try registry.send(DeleteDomain("x.gov"))) == 1001)
    }

    private func restore(_ report: Bool = false) throws -> CommandResponse<Never> {
        let info = try registry.send(InfoDomain("x.gov")).data
        let text = RestoreReport(
            before: "before", after: "after", deleted: info?.updated ?? Timestamp(""),
            restored: Timestamp(secondsSince1970: registry.now), reason: "Deleted in error", statements: ["It was."])
        return try registry.send(UpdateDomain("x.gov").with(RestoreDomain(report: report ? text : nil)))
    }

    @Test func `a new domain leaves its grace period`() throws {
        try registry.send(CreateDomain("x.gov", authorization: "s3cret"))
        registry.pass(days: 4.99)
        #expect(try registry.gracePeriods("x.gov") == ["addPeriod"])
        registry.pass(days: 0.02)
        #expect(try registry.gracePeriods("x.gov").isEmpty)
    }

    @Test func `a deleted domain is redeemable, then pending, then gone`() throws {
        try delete()
        #expect(try registry.statuses("x.gov") == ["inactive", "pendingDelete"])
        #expect(try registry.gracePeriods("x.gov") == ["redemptionPeriod"])
        for code in [
            code(try registry.send(DeleteDomain("x.gov"))),
            code(try registry.send(UpdateDomain("x.gov", registrant: .set("c-1")))),
            code(try registry.send(TransferDomain(.request, "x.gov", authorization: "s3cret"), as: "beta")),
            code(
                try registry.send(
                    RenewDomain("x.gov", currentExpiry: try #require(registry.snapshot.domains["x.gov"]).expiry))),
            code(try registry.send(CreateHost("ns1.x.gov", addresses: [HostAddress("192.0.2.1")]))),
        ] { #expect(code == 2304) }
        #expect(code(try registry.send(CreateDomain("x.gov", authorization: "s3cret"), as: "beta")) == 2302)
        registry.pass(days: 30)
        #expect(try registry.gracePeriods("x.gov") == ["pendingDelete"])
        #expect(code(try restore()) == 2304)
        registry.pass(days: 5)
        #expect(code(try registry.send(InfoDomain("x.gov"))) == 2303)
        guard case .pendingAction(let end)? = try registry.drain("alpha").last?.data else {
            Issue.record("no message of the end")
            return
        }
        #expect(end.object == .domain("x.gov") && end.isDone && end.clientTransactionID == "test-1")
        #expect(code(try registry.send(CreateDomain("x.gov", authorization: "s3cret"), as: "beta")) == 1000)
    }

    @Test func `a deleted domain is restored in two steps`() throws {
        try delete()
        #expect(code(try restore(true)) == 2304)
        let reply = try restore()
        #expect(code(reply) == 1000)
        #expect(try reply.decodeExtension(GracePeriods.self)?.values == ["pendingRestore"])
        #expect(code(try restore()) == 2304)
        #expect(try registry.gracePeriods("x.gov") == ["pendingRestore"])
        #expect(code(try restore(true)) == 1000)
        #expect(try registry.statuses("x.gov") == ["inactive"])
        #expect(try registry.gracePeriods("x.gov").isEmpty)
        let both = UpdateDomain("x.gov", registrant: .set("c-1")).with(RestoreDomain())
        #expect(code(try registry.send(both)) == 2001)
    }

    @Test func `a restore without a report falls back`() throws {
        try delete()
        registry.pass(days: 20)
        #expect(code(try restore()) == 1000)
        registry.pass(days: 7)
        #expect(try registry.gracePeriods("x.gov") == ["redemptionPeriod"])
        registry.pass(days: 3)
        #expect(try registry.gracePeriods("x.gov") == ["pendingDelete"])
        registry.pass(days: 5)
        #expect(registry.snapshot.domains["x.gov"] != nil)
        #expect(code(try registry.send(InfoDomain("x.gov"))) == 2303)
    }

    @Test func `a registration that ends is extended year by year`() throws {
        let expiry = try #require(registry.snapshot.domains["a.gov"]).expiry
        registry.now = expiry.deadline - 1
        #expect(try registry.send(InfoDomain("a.gov")).data?.expiry == expiry)
        registry.now = RegistryDate.adding(years: 2, to: expiry).deadline + 1
        #expect(try registry.send(InfoDomain("a.gov")).data?.expiry == RegistryDate.adding(years: 3, to: expiry))
        #expect(try registry.gracePeriods("a.gov") == ["autoRenewPeriod"])
        #expect(try registry.drain("alpha").count == 3)
    }

    @Test func `domains go at once where there is no redemption`() throws {
        let quick = TestRegistry { $0.periods.redemption = .zero }
        try quick.send(CreateDomain("x.gov", authorization: "s3cret"))
        quick.pass(days: 100)
        #expect(code(try quick.send(DeleteDomain("x.gov"))) == 1000)
        #expect(quick.snapshot.domains["x.gov"] == nil)
    }
}
