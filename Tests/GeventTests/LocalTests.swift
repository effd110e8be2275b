import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A GreenletLocal` {
    final class Bag {
        var number = 0
    }

    // Conformance 134: locals
    @Test func `has a value of its own in each greenlet`() throws {
        let local = GreenletLocal { Bag() }
        let main = local.value
        let all = (1...5).map { i in
            spawn {
                local.value.number = i
                try yield()
                #expect(local.value.number == i)
                return local.value !== main
            }
        }
        try joinAll(all)
        #expect(all.allSatisfy { $0.value == true })
        #expect(local.value === main && main.number == 0)
    }

    // Conformance 134: locals
    @Test func `makes its value once in each greenlet that asks`() throws {
        let hub = HubBound(Event())
        let local = GreenletLocal { () -> Int in
            hub.value.set()
            return 1
        }
        let silent = spawn {}
        try silent.join()
        #expect(!hub.value.isSet)
        let asks = spawn {
            _ = local.value
            hub.value.clear()
            _ = local.value
            return hub.value.isSet
        }
        #expect(try !asks.get())
    }

    // Conformance 134: locals
    @Test func `is freed when its greenlet ends, though that is still held`() throws {
        let local = GreenletLocal { Bag() }
        weak var bag: Bag?
        let g = spawn {
            bag = local.value
            try yield()
            #expect(bag != nil)
        }
        try g.join()
        #expect(bag == nil)
        #expect(g.isReady)
    }

    // Conformance 44: what is inherited
    @Test func `is not inherited by spawning`() throws {
        let local = GreenletLocal { 0 }
        local.value = 5
        #expect(try spawn { local.value }.get() == 0)
        #expect(local.value == 5)
    }
}

@Suite(.virtualTime)
struct `A HubLocal` {
    @Test func `has one value a hub`() throws {
        let local = HubLocal { Event() }
        let own = try local.value
        #expect(try local.value === own)
        #expect(try spawn { try local.value === own }.get())
        try Hub.withVirtualTime { _ throws in #expect(try local.value !== own) }
        #expect(try local.value === own)
        local.set(nil)
        #expect(try local.value !== own)
    }

    @Test func `throws what making it throws, and tries again`() throws {
        struct Fails: Error {}
        let gate = HubLocal { Event() }
        let local = HubLocal { () -> Int in
            guard try gate.value.isSet else { throw Fails() }
            return 3
        }
        #expect(throws: Fails.self) { try local.value }
        try gate.value.set()
        #expect(try local.value == 3)
    }
}

/// How many values of locals there are.
private final class Census: Sendable {
    let count = Locked(0)

    final class Value: Sendable {
        private let census: Census
        init(_ census: Census) {
            self.census = census
            census.count.change { $0 += 1 }
        }
        deinit { census.count.change { $0 -= 1 } }
    }
}

@Suite(.virtualTime)
struct `A local that is dropped` {
    enum Kind: CaseIterable {
        case greenlet, hub, tree

        /// Has a local of this kind make its value here, and gives the local.
        fileprivate func use(_ census: Census) throws -> any Sendable {
            switch self {
            case .greenlet:
                let local = GreenletLocal { Census.Value(census) }
                _ = local.value
                return local
            case .hub:
                let local = HubLocal { Census.Value(census) }
                _ = try local.value
                return local
            case .tree:
                let local = SpawnTreeLocal { Census.Value(census) }
                _ = local.value
                return local
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `takes its values along at once, on the main greenlet too`(kind: Kind) throws {
        let census = Census()
        var most = 0
        for _ in 0..<1_000 {
            _ = try kind.use(census)
            most = max(most, census.count.value)
        }
        #expect(most == 0)
        let kept = try kind.use(census)
        #expect(census.count.value == 1)
        withExtendedLifetime(kept) {}
    }

    @Test func `takes those of all greenlets along`() throws {
        let census = Census()
        var local: GreenletLocal? = GreenletLocal { Census.Value(census) }
        let all = try (0..<10).map { number in
            let greenlet = spawn { [local] in
                _ = local?.value
                try sleep(for: .seconds(number + 1))
            }
            try yield()
            return greenlet
        }
        #expect(census.count.value == 10)
        try sleep(for: .milliseconds(4_500))
        #expect(census.count.value == 6)
        try all.last?.kill()
        #expect(census.count.value == 5)
        for greenlet in all { greenlet.killNoWait() }
        local = nil
        try sleep(for: .seconds(1))
        #expect(census.count.value == 0)
    }

    @Test(arguments: Kind.allCases)
    func `on another thread is dropped on the hub's`(kind: Kind) throws {
        let census = Census()
        let local = Locked<(any Sendable)?>(try kind.use(census))
        try Hub.current.threadPool.apply { local.set(nil) }
        try yield()
        #expect(census.count.value == 0)
    }

    @Test(arguments: Kind.allCases)
    func `outlives no hub of its values`(kind: Kind) throws {
        let census = Census()
        let local = try Hub.withVirtualTime { _ in try kind.use(census) }
        #expect(census.count.value == 0)
        withExtendedLifetime(local) {}
    }

    @Test func `may be what the value of another one holds`() throws {
        let census = Census()
        let inner = try Kind.greenlet.use(census)
        var outer: GreenletLocal<any Sendable>? = GreenletLocal { 0 }
        outer?.value = inner
        outer?.value = try Kind.greenlet.use(census)
        #expect(census.count.value == 2)
        outer = nil
        #expect(census.count.value == 1)
        withExtendedLifetime(inner) {}
    }
}
