import CCoroutine
import Glibc
import Testing

private struct Failure: Error, Equatable {
    let number: Int
}

@Suite
struct `A switch` {
    @Test(arguments: Rig.Way.allCases)
    func `keeps integers and floating point numbers of every stack`(way: Rig.Way) {
        var results = Array(repeating: 0.0, count: 50)
        let rig = Rig(
            way: way,
            (0..<50).map { i in
                { results[i] = Self.calculate(i, suspending: true) }
            })
        rig.runAll()
        for i in 0..<50 { #expect(results[i] == Self.calculate(i, suspending: false)) }
    }

    /// Many values at once, all needed after each switch.
    private static func calculate(_ seed: Int, suspending: Bool) -> Double {
        var (a, b, c, d) = (seed, seed &* 3, seed &* 5, seed &* 7)
        var (w, x, y, z) = (Double(seed), Double(seed) / 3, Double(seed) / 5, Double(seed) / 7)
        var vector = SIMD4<Float>(1, 2, 3, Float(seed))
        for i in 1...100 {
            (a, b, c, d) = (b &+ i, c ^ a, d &+ b, a &- c)
            (w, x, y, z) = (x + 1 / Double(i), y * 1.0001, z - w / 1e6, w + x / 1e6)
            vector *= 1.0001
            if suspending { Rig.suspend() }
        }
        return w + x + y + z + Double((a ^ b ^ c ^ d) & 0xffff) + Double(vector.sum())
    }

    @Test(arguments: Rig.Way.allCases)
    func `lets errors be thrown and caught across it`(way: Rig.Way) {
        var caught: [[Int]] = Array(repeating: [], count: 20)
        func fail(_ number: Int) throws {
            defer { Rig.suspend() }
            Rig.suspend()
            throw Failure(number: number)
        }
        func failTyped(_ number: Int) throws(Failure) {
            Rig.suspend()
            throw Failure(number: number)
        }
        let rig = Rig(
            way: way,
            (0..<20).map { i in
                {
                    for round in 0..<10 {
                        do { try fail(i * 100 + round) } catch {
                            Rig.suspend()
                            caught[i].append((error as? Failure)?.number ?? -1)
                        }
                        do throws(Failure) { try failTyped(i * 100 + round) } catch {
                            #expect(error == Failure(number: i * 100 + round))
                        }
                    }
                }
            })
        rig.runAll()
        for i in 0..<20 { #expect(caught[i] == (0..<10).map { i * 100 + $0 }) }
    }

    @Test func `keeps deep stacks apart`() {
        func descend(_ depth: Int, _ seed: Int) -> Int {
            if depth == 0 {
                Rig.suspend()
                return seed
            }
            let deeper = descend(depth - 1, seed)
            if depth % 50 == 0 { Rig.suspend() }
            return deeper &+ depth
        }
        var sums = Array(repeating: 0, count: 8)
        let rig = Rig(
            stackSize: 1024 * 1024,
            (0..<8).map { i in
                { sums[i] = descend(1_000, i) }
            })
        rig.runAll()
        #expect(sums == (0..<8).map { $0 + 1_000 * 1_001 / 2 })
    }

    @Test(arguments: Rig.Way.allCases)
    func `gives each stack an errno of its own`(way: Rig.Way) {
        var wrong = 0
        let rig = Rig(
            way: way,
            (0..<10).map { i in
                {
                    for round in 0..<10 {
                        errno = Int32(i * 10 + round + 1)
                        Rig.suspend()
                        if errno != Int32(i * 10 + round + 1) { wrong += 1 }
                    }
                }
            })
        errno = 77
        for _ in 0..<5 {
            for i in 0..<10 { rig.resume(i) }
            if errno != 77 { wrong += 1 }
        }
        rig.runAll()
        #expect(wrong == 0)
    }

    @Test func `is made a hundred thousand times without harm`() {
        var count = 0
        let rig = Rig([{ for _ in 0..<100_000 { count += 1; Rig.suspend() } }])
        for _ in 0..<100_000 { rig.resume(0) }
        rig.resume(0)
        #expect(count == 100_000)
        #expect(rig.finished == [0])
    }

    @Test func `retains and releases nothing of its own`() {
        final class Held {}
        weak var held: Held?
        do {
            let object = Held()
            held = object
            let rig = Rig([
                {
                    Rig.suspend()
                    withExtendedLifetime(object) {}
                }
            ])
            rig.resume(0)
            rig.resume(0)
        }
        #expect(held == nil)
    }
}
