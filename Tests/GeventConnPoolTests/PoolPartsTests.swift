import Gevent
import GeventTesting
import Testing

@testable import GeventConnPool

@Suite(.inTurn)
struct `The parts of a pool` {
    @Test func `know when delays double, and where they end`() {
        let delays = PoolConfiguration.BackOff()
        let ms: Int64 = 1_000_000
        #expect((0..<4).map { delays.delay($0) { 0 } } == [100 * ms, 200 * ms, 400 * ms, 800 * ms])
        #expect(delays.delay(100) { 0 } == 409_600 * ms)
        let varied = PoolConfiguration.BackOff(initial: .seconds(1), factor: 1, jitter: 0.5)
        #expect(varied.delay(0) { 0 } == 500 * ms)
        #expect(varied.delay(0) { 0.5 } == 1000 * ms)
        #expect(PoolConfiguration.BackOff(initial: .zero).delay(1_000_000) { 0 } == 0)
    }

    @Test func `match errors by type, by superclass, and all but interruptions`() {
        #expect(matches(SocketTimeout("x"), [SocketError.self]))
        #expect(!matches(SocketError("x"), [SocketTimeout.self]))
        #expect(matches(NoConnection(), [SocketError.self, NoConnection.self]))
        #expect(matches(NoConnection(), [(any Error).self]))
        #expect(!matches(GreenletExit(), [(any Error).self, GreenletExit.self]))
        #expect(!matches(NoConnection(), []))
    }

    @Test func `tell quantiles within a quarter`() throws {
        var histogram = PoolStatistics.Histogram()
        for n in 1...1000 { histogram.record(Int64(n) * 1000) }
        for q in [0.01, 0.5, 0.9, 0.99, 1] {
            let exact = Duration.microseconds(Int64((1000 * q).rounded(.up)))
            let found = try #require(histogram.quantile(q))
            #expect(found >= exact && found <= exact * 1.25)
        }
        histogram.record(.max)
        #expect(histogram.quantile(1) ?? .zero > .seconds(9_000_000_000))
        #expect(histogram.count == 1001)
    }
}
