import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.virtualTime, .timeLimit(.minutes(1)))
struct `Random operations` {
    /// GEVENT_TEST_SEED=n repeats the run of a seed that was printed.
    private static let seeds: [UInt64] =
        getenv("GEVENT_TEST_SEED").map { [strtoull($0, nil, 10)] } ?? [1, 20_26, 65_537]

    @Test(arguments: seeds)
    func `by hundreds of greenlets keep every promise`(seed: UInt64) throws {
        let world = RandomWorld(seed)
        print("Random operations: seed \(seed)")
        try world.run(steps: isSanitized ? 3_000 : 20_000)
        #expect(world.violations.isEmpty, "seed \(seed): \(world.violations.prefix(5).joined(separator: "; "))")
        // What was to be tried was tried.
        #expect(world.spawned > 500 && world.killed > 200 && world.timeouts > 300, "seed \(seed): \(world.summary)")
        #expect(world.mostAlive > 200, "seed \(seed): \(world.summary)")
    }
}
