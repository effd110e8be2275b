// Random operations of a thousand greenlets: `operations [steps [seed…]]`, by default a million steps and seeds of the
// day. Prints the seeds, with which a run can be repeated, and ends with 1 if a promise was broken.
import Gevent
import Glibc

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let steps = Int(arguments.first ?? 1_000_000)
var seeds = Array(arguments.dropFirst())
if seeds.isEmpty {
    var random = SystemRandomNumberGenerator()
    // Even ones have the shortest turns, odd ones the longest.
    seeds = (0..<4).map { (random.next() & ~1) | ($0 & 1) }
}

var isBroken = false
for seed in seeds {
    let configuration = Hub.Configuration { $0.timeSlice = seed.isMultiple(of: 2) ? .zero : .seconds(1_000) }
    let began = Hub.current.clock.now
    let world = try Hub.withVirtualTime(configuration: configuration, quiet: .zero) { _ in
        let world = RandomWorld(seed)
        try world.run(steps: steps / seeds.count)
        return world
    }
    let seconds = (Hub.current.clock.now - began) / .seconds(1)
    print("seed \(seed), \(seconds) s: \(world.tally)")
    for violation in world.violations.prefix(10) { print("BAD  seed \(seed), \(violation)") }
    isBroken = isBroken || !world.violations.isEmpty || world.tally.mostAlive < 500
}
exit(isBroken ? 1 : 0)
