import Foundation
import Gevent
import GeventTesting
import Testing

/// Every two options of a pool, after whatever happened: `POOL_SEED=7 POOL_STEPS=1000000 swift test --filter
/// LivenessSimulationTests` runs so many steps; `POOL_PAIR=breaker+elastic` repeats one pair of them.
@Suite(.virtualTime(quiet: nil, timeLimit: .seconds(1_800)), .tags(.slow))
struct `A simulated pool` {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["POOL_SEED"].flatMap { UInt64($0) } ?? 1
    private static let steps = environment["POOL_STEPS"].flatMap { Int($0) } ?? 20_000

    @Test(arguments: LivenessOption.allCases)
    func `is whole again and has served everybody one longest delay after any trouble`(option: LivenessOption) throws {
        let pairs = LivenessOption.pairs
        let each = max(Self.steps / pairs.count, 10)
        for (n, pair) in pairs.enumerated() where pair.0 == option {
            let name = "\(pair.0.rawValue)+\(pair.1.rawValue)"
            if let only = Self.environment["POOL_PAIR"], only != name { continue }
            let simulation = LivenessSimulation(pair, seed: Self.seed &* 1_000 &+ UInt64(n))
            try simulation.run(steps: each)
            if let violation = simulation.violations.first {
                Issue.record(
                    """
                    POOL_SEED=\(Self.seed) POOL_STEPS=\(Self.steps) POOL_PAIR=\(name), step \(simulation.steps): \
                    \(violation)
                    \(simulation.story)
                    """)
            }
        }
    }
}
