import EPP
import Testing

@testable import EPPServer

struct `Any duration at the embedded registry` {
    @Test(
        arguments: [
            .zero, Duration(attoseconds: 1), .seconds(-1), .seconds(10_000_000_000), .seconds(Int64.min),
            .seconds(Int64.max),
            Duration(attoseconds: .min), Duration(attoseconds: .max),
        ] as [Duration])
    func `is a period, up to the last date that can be written`(time: Duration) throws {
        let registry = TestRegistry {
            $0.periods.transfer = time
            $0.periods.add = time
            $0.periods.renew = time
            $0.periods.autoRenew = time
            $0.periods.transferGrace = time
            $0.periods.redemption = time
            $0.periods.restore = time
            $0.periods.pendingDelete = time
        }
        #expect(try registry.send(CreateDomain("x.gov", authorization: "s3cret")).isSuccess)
        let expiry = try #require(registry.snapshot.domains["x.gov"]).expiry
        #expect(try registry.send(RenewDomain("x.gov", currentExpiry: expiry)).isSuccess)
        _ = try registry.send(TransferDomain(.request, "x.gov", authorization: "s3cret"), as: "beta")
        registry.pass(days: 800)
        _ = try registry.send(DeleteDomain("x.gov"), as: "beta")
        _ = try registry.send(DeleteDomain("x.gov"))
        registry.pass(days: 40_000)
        _ = try registry.send(InfoDomain("x.gov"))
    }

    @Test(arguments: [-.infinity, -1e300, 0, 1e300, .infinity] as [Double])
    func `ends with the calendar`(seconds: Double) {
        #expect(["0001", "1970", "9999"].contains(RegistryDate.adding(.zero, to: seconds).text.prefix(4)))
    }
}
