import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `Any group` {
    enum Kind: CaseIterable {
        case group, pool, unlimitedPool

        func make() -> AnyGroup {
            switch self {
            case .group: Group()
            case .pool: Pool(size: 10)
            case .unlimitedPool: Pool(size: nil)
            }
        }
    }

    private func start<Value>(_ group: AnyGroup, _ body: @escaping () throws -> Value) throws -> Greenlet<Value> {
        switch group {
        case let pool as Pool: try pool.spawn(body)
        case let group as Group: group.spawn(body)
        default: fatalError("neither Group nor Pool")
        }
    }

    // Conformance 123: members leave
    @Test(arguments: Kind.allCases)
    func `a member has left when its join is over`(kind: Kind) throws {
        let group = kind.make()
        let all = try (1...3).map { i in try start(group) { try sleep(for: .seconds(i)) } }
        #expect(group.count == 3 && !group.isEmpty)
        #expect(group.map { ObjectIdentifier($0) } == all.map { ObjectIdentifier($0) })
        for (i, greenlet) in all.enumerated() {
            #expect(group.contains(greenlet))
            try greenlet.join()
            #expect(!group.contains(greenlet))
            #expect(group.count == 2 - i)
        }
        #expect(group.isEmpty)
        let failing = try start(group) { throw Broken() }
        _ = Reports()
        try failing.join()
        #expect(group.isEmpty)
    }

    // Conformance 124: joining a group
    @Test(arguments: Kind.allCases)
    func `a join is over once it has been empty, or the time is`(kind: Kind) throws {
        let group = kind.make()
        #expect(try group.join())
        let first = try start(group) { try sleep(for: .seconds(2)) }
        #expect(try !group.join(timeout: .seconds(1)))
        // As the last one ends another comes: it has been empty all the same.
        first.rawLink { _ in
            let next = Greenlet { try sleep(for: .seconds(9)) }.start()
            if let pool = group as? Pool { try pool.addNoWait(next) } else { (group as? Group)?.add(next) }
        }
        #expect(try group.join(timeout: .seconds(2)))
        #expect(group.count == 1)
        try group.kill()
    }

    // Conformance 124: joining a group
    @Test(arguments: Kind.allCases)
    func `a join throws an error of those that were members when it was called`(kind: Kind) throws {
        _ = Reports()
        let group = kind.make()
        let (error, late) = (Broken(), Broken())
        _ = try start(group) {
            try sleep(for: .seconds(1))
            throw error
        }
        _ = try start(group) {
            try sleep(for: .seconds(1))
            _ = try start(group) { throw late }
        }
        let caught = thrown { try group.join(raisingErrors: true) }
        #expect(same(caught, error))
        #expect(try group.join(raisingErrors: true))
    }

    // Conformance 125: killing a group
    @Test(arguments: Kind.allCases)
    func `a kill takes those too that are added by the dying`(kind: Kind) throws {
        let group = kind.make()
        var ended: [String] = []
        for i in 0..<3 {
            _ = try start(group) {
                defer { ended.append("\(i)") }
                do { try sleep(for: .seconds(100)) } catch {
                    _ = try start(group) {
                        defer { ended.append("child") }
                        try sleep(for: .seconds(100))
                    }
                    try sleep(for: .seconds(1))
                }
            }
        }
        try yield()
        try group.kill()
        #expect(group.isEmpty)
        #expect(ended.count { $0 == "child" } == 3 && ended.count == 6)
    }

    // Conformance 53: each kill throws once
    @Test(arguments: Kind.allCases)
    func `kills throw into a member once, however often they are called`(kind: Kind) throws {
        let group = kind.make()
        var caught = 0
        let member = try start(group) {
            for _ in 0..<3 {
                do { try sleep(for: .seconds(1)) } catch { caught += 1 }
            }
        }
        try yield()
        group.killNoWait()
        group.killNoWait()
        try group.kill(member, timeout: .zero)
        try group.kill()
        #expect(caught == 1)
        #expect(member.isReady && group.isEmpty)
    }

    // Conformance 50: a kill's timeout
    @Test(arguments: Kind.allCases)
    func `a kill returns quietly when its time is over`(kind: Kind) throws {
        let group = kind.make()
        let member = try start(group) {
            do { try sleep(for: .seconds(100)) } catch { try sleep(for: .seconds(10)) }
        }
        try yield()
        try group.kill(timeout: .seconds(1))
        #expect(!member.isReady && group.count == 1)
        try group.kill(member, timeout: .seconds(1))
        #expect(!member.isReady)
        try group.join()
    }

    // Conformance 54: a kill's own error
    @Test(arguments: Kind.allCases)
    func `a kill gives its error to every member, those that never ran included`(kind: Kind) throws {
        let reports = Reports()
        let group = kind.make()
        let error = Broken()
        let parked = try start(group) { try sleep(for: .seconds(100)) }
        try yield()
        let fresh = try start(group) { try sleep(for: .seconds(100)) }
        try group.kill(throwing: error)
        #expect(same(parked.error, error) && same(fresh.error, error))
        #expect(reports.errors.count == 2)
    }

    // Conformance 129: apply, map, lazyMap
    @Test(arguments: Kind.allCases)
    func `a map gives results in order and throws the first failed input's error`(kind: Kind) throws {
        _ = Reports()
        let group = kind.make()
        let doubled = try group.map(0..<20) { i in
            try sleep(for: .milliseconds(20 - i))
            return i * 2
        }
        #expect(doubled == (0..<20).map { $0 * 2 })
        let (first, second) = (Broken(), Broken())
        let took = try Hub.current.clock.measure {
            let error = thrown {
                _ = try group.map(0..<4) { i in
                    try sleep(for: .seconds([5, 3, 1, 9][i]))
                    if i == 1 { throw first }
                    if i == 2 { throw second }
                    return i
                }
            }
            #expect(same(error, first))
        }
        #expect(took == .seconds(5), "the last one is not waited for")
        #expect(group.count == 1)
        try group.join()
    }

    // Conformance 129: apply, map, lazyMap
    @Test(arguments: Kind.allCases)
    func `a lazy map gives each result in its turn, and goes on after a failed one`(kind: Kind) throws {
        _ = Reports()
        let group = kind.make()
        let error = Broken()
        let results = group.lazyMap(0..<5) { i in
            try sleep(for: .seconds(5 - i))
            if i == 2 { throw error }
            return i
        }
        var got: [Int] = []
        var failures = 0
        while true {
            do {
                guard let next = try results.next() else { break }
                got.append(next)
            } catch {
                failures += 1
            }
        }
        #expect(got == [0, 1, 3, 4] && failures == 1)
        let unordered = group.lazyMapUnordered([3, 1, 2]) { i in
            try sleep(for: .seconds(i))
            if i == 2 { throw error }
            return i
        }
        #expect(try unordered.next() == 1)
        #expect(same(thrown { _ = try unordered.next() }, error))
        #expect(try unordered.next() == 3)
        #expect(try unordered.next() == nil)
    }

    // Conformance 129: apply, map, lazyMap
    @Test(arguments: Kind.allCases)
    func `a lazy map keeps no more results than its size`(kind: Kind) throws {
        let group = kind.make()
        var done = 0
        let results = group.lazyMap(0..<10, maxSize: 3) { i in
            done += 1
            return i
        }
        try sleep(for: .seconds(1))
        #expect(done == 3)
        #expect(try results.next() == 0)
        try sleep(for: .seconds(1))
        #expect(done == 4)
        var rest: [Int] = []
        try results.forEach { rest.append($0) }
        #expect(rest == Array(1..<10))
    }

    // Conformance 129: apply, map, lazyMap
    @Test(arguments: Kind.allCases)
    func `apply runs in a member and gives or throws what it does`(kind: Kind) throws {
        _ = Reports()
        let group = kind.make()
        let main = AnyGreenlet.current
        #expect(try group.apply { AnyGreenlet.current !== main && group.contains(.current) })
        #expect(throws: Broken.self) { try group.apply { throw Broken() } }
        var called: Int?
        let later = group.applyAsync {
            5
        } callback: {
            called = $0
        }
        #expect(try later.get() == 5 && called == 5)
    }
}
