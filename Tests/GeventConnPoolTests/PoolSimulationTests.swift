import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime, .serialized, .tags(.slow), .timeLimit(.minutes(1)))
struct `A simulated pool` {
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `stays in order whatever happens`(seed: UInt64) throws {
        let simulation = PoolSimulation(seed: seed, steps: 20_000)
        try simulation.run()
        #expect(simulation.violations.isEmpty, "seed \(seed)")
        for outcome in ["good", "killed", "SocketError", "Timeout", "OtherError"] {
            #expect(simulation.outcomes[outcome] ?? 0 > 0, "no \(outcome) in seed \(seed)")
        }
    }
}
