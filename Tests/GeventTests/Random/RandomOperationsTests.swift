import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct `Random operations` {
    /// GEVENT_TEST_SEED=n repeats the run of a seed that was printed. Tests/Soak runs many more steps.
    private static let seeds: [UInt64] =
        getenv("GEVENT_TEST_SEED").map { [strtoull($0, nil, 10)] } ?? [1, 2_026, 65_537]

    private func run(_ seed: UInt64, steps: Int) throws -> RandomWorld {
        // Turns as long or as short as they can be, and time that jumps as soon as no socket has anything, so that a
        // seed always gives the same run.
        let configuration = Hub.Configuration { $0.timeSlice = seed.isMultiple(of: 2) ? .zero : .seconds(1_000) }
        return try Hub.withVirtualTime(configuration: configuration, quiet: .zero) { _ in
            let world = RandomWorld(seed)
            try world.run(steps: steps)
            return world
        }
    }

    @Test(arguments: seeds)
    func `by a thousand greenlets keep every promise`(seed: UInt64) throws {
        print("Random operations: seed \(seed)")
        let world = try run(seed, steps: isSanitized ? 20_000 : 80_000)
        #expect(world.violations.isEmpty, "seed \(seed): \(world.violations.prefix(5).joined(separator: "; "))")
        // What was to be tried was tried. (Under a sanitizer the run is too short for that.)
        guard !isSanitized else { return }
        let tally = world.tally
        #expect(tally.spawned > 1_000 && tally.killed > 200 && tally.timeouts > 300, "\(tally)")
        #expect(tally.items > 300 && tally.members > 200 && tally.links > 50 && tally.bytes > 1_000, "\(tally)")
        #expect(tally.closed > 20 && tally.quiet > 20, "\(tally)")
        #expect(tally.mostAlive > 500, "\(tally)")
    }

    @Test func `of one seed are the same each time`() throws {
        let tallies = try (0..<2).map { _ in try run(7, steps: 5_000).tally }
        #expect(tallies[0] == tallies[1])
        #expect(try run(8, steps: 5_000).tally != tallies[0])
    }
}
