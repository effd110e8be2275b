import Foundation
import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime, .tags(.slow))
struct `A simulated pool` {
    /// One run: `POOL_SEED=7 POOL_STEPS=20000 swift test --filter PoolSimulationTests` replays what failed.
    struct Seed: CustomStringConvertible {
        let number: UInt64
        let steps: Int

        var description: String { "POOL_SEED=\(number) POOL_STEPS=\(steps)" }
    }

    private static let seeds: [Seed] = {
        let environment = ProcessInfo.processInfo.environment
        let steps = environment["POOL_STEPS"].flatMap { Int($0) }
        if let number = environment["POOL_SEED"].flatMap({ UInt64($0) }) {
            return [Seed(number: number, steps: steps ?? 100_000)]
        }
        return [Seed(number: 1, steps: 20_000)] + (2...6).map { Seed(number: $0, steps: 4_000) }
    }()

    @Test(arguments: seeds)
    func `stays in order whatever happens`(seed: Seed) throws {
        let simulation = PoolSimulation(seed: seed.number, steps: seed.steps)
        try simulation.run()
        #expect(simulation.violations.prefix(5) == [], "\(seed)")
        for outcome in ["good", "killed", "SocketError", "Timeout", "OtherError"] {
            #expect(simulation.outcomes[outcome] ?? 0 > 0, "no \(outcome) in \(seed)")
        }
    }
}
