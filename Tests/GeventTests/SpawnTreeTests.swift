import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A SpawnTreeLocal` {
    final class Bag {
        var names: [String] = []
    }

    // Conformance 44: shared down a spawn tree, whoever asks first.
    @Test func `is one for all that stem from a child of main`() throws {
        let local = SpawnTreeLocal { Bag() }
        func handle(_ name: String) throws -> Bag {
            let early = spawn {
                try sleep(for: .seconds(2))
                local.value.names.append("early")
                return try spawn { local.value }.get()
            }
            try sleep(for: .seconds(1))
            local.value.names.append(name)
            let late = spawn { local.value }
            #expect(try late.get() === local.value)
            #expect(try early.get() === local.value)
            return local.value
        }
        let requests = ["a", "b"].map { name in spawn { try handle(name) } }
        let bags = try requests.map { try $0.get() }
        #expect(bags[0] !== bags[1])
        #expect(bags.map(\.names) == [["a", "early"], ["b", "early"]])
    }

    // Conformance 44: also where the spawner has ended before anybody asked.
    @Test func `is shared by orphans of one tree`() throws {
        let local = SpawnTreeLocal { Bag() }
        var bags: [Bag] = []
        var orphans: [Greenlet<Void>] = []
        try spawn {
            for _ in 0..<2 { orphans.append(spawn { bags.append(local.value) }) }
        }.join()
        try joinAll(orphans)
        #expect(bags.count == 2)
        #expect(bags.first === bags.last)
    }

    // Conformance 44: fresh for each child of main.
    @Test func `is not inherited from the main greenlet or a hub callback`() throws {
        let local = SpawnTreeLocal { 0 }
        local.value = 5
        #expect(try spawn { local.value }.get() == 0)
        var seen: [Int] = []
        Hub.current.runCallback {
            local.value += 1
            let children = (0..<2).map { _ in
                Greenlet {
                    local.value += 10
                    seen.append(local.value)
                }
            }
            for child in children { child.start() }
        }
        try sleep(for: .seconds(1))
        #expect(seen == [10, 10])
        #expect(local.value == 5)
    }

    // Conformance 44: raw greenlets, and what a raw greenlet spawns, belong to the tree.
    @Test func `is shared with raw greenlets`() throws {
        let local = SpawnTreeLocal { Bag() }
        let own = try spawn {
            let done = Event()
            spawnRaw {
                spawn {
                    local.value.names.append("raw's child")
                    done.set()
                }
            }
            try done.wait()
            return local.value
        }.get()
        #expect(own.names == ["raw's child"])
    }

    // Conformance 44: the tree's values are its greenlets'.
    @Test func `is freed with the last greenlet of its tree`() throws {
        let local = SpawnTreeLocal { Bag() }
        weak var bag: Bag?
        var child: Greenlet<Void>?
        let root = spawn {
            bag = local.value
            child = spawn { try sleep(for: .seconds(5)) }
        }
        try root.join()
        #expect(bag != nil)
        try child?.join()
        #expect(bag == nil)
    }

    @Test func `that is gone leaves its value to no other`() throws {
        for number in 1...50 {
            let local = SpawnTreeLocal { number }
            let inGreenlet = GreenletLocal { number }
            let inHub = HubLocal { number }
            #expect(local.value == number && inGreenlet.value == number)
            #expect(try inHub.value == number)
        }
    }
}

@Suite(.virtualTime)
struct `A greenlet's number` {
    // Conformance 43: the smallest free one, reusable after death, and part of the default name.
    @Test func `is the smallest that is free`() throws {
        let gate = Event()
        var all = (0..<5).map { _ in spawn { try gate.wait() } }
        let numbers = all.map(\.minimalIdentifier)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 })
        #expect(all[2].name == "Greenlet-\(numbers[2])")
        #expect(all[2].minimalIdentifier == numbers[2])
        gate.set()
        try joinAll(all)
        all.remove(at: 3)
        all.remove(at: 1)
        #expect((0..<3).map { _ in keep(spawn {}) } == [numbers[1], numbers[3], numbers[4] + 1])
    }

    private let kept = Kept()

    private final class Kept {
        var greenlets: [Greenlet<Void>] = []
    }

    private func keep(_ greenlet: Greenlet<Void>) -> Int {
        kept.greenlets.append(greenlet)
        return greenlet.minimalIdentifier
    }

    // Conformance 43: a name that is given does not take a number.
    @Test func `is not taken by a greenlet with a name`() throws {
        let named = spawn {}
        named.name = "named"
        let other = spawn {}
        let third = spawn {}
        #expect(third.minimalIdentifier + 1 == other.minimalIdentifier)
        #expect(named.minimalIdentifier == other.minimalIdentifier + 1)
        #expect(named.name == "named")
        try joinAll([named, other, third])
    }
}
