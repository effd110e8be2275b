import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub, .timeLimit(.minutes(1)))
struct `Random operations` {
    /// GEVENT_TEST_SEED=n repeats the run of a seed that was printed.
    private static let seeds: [UInt64] =
        getenv("GEVENT_TEST_SEED").map { [strtoull($0, nil, 10)] } ?? [1, 2_026, 65_537]

    @Test(arguments: seeds)
    func `by hundreds of greenlets keep every promise`(seed: UInt64) throws {
        print("Random operations: seed \(seed)")
        // Turns as long or as short as they can be, so that a seed always gives the same run.
        let configuration = Hub.Configuration { $0.timeSlice = seed.isMultiple(of: 2) ? .zero : .seconds(1_000) }
        let world = try Hub.withVirtualTime(configuration: configuration) { _ in
            let world = RandomWorld(seed)
            try world.run(steps: isSanitized ? 3_000 : 20_000)
            return world
        }
        #expect(world.violations.isEmpty, "seed \(seed): \(world.violations.prefix(5).joined(separator: "; "))")
        // What was to be tried was tried.
        #expect(world.spawned > 500 && world.killed > 200 && world.timeouts > 300, "seed \(seed): \(world.summary)")
        #expect(world.mostAlive > 150, "seed \(seed): \(world.summary)")
    }
}
