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
