import Gevent
import GeventConnPool
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A lease` {
    let server = FakeServer()

    @Test func `goes back at the end of its scope`() throws {
        let pool = FakePool(1, server)
        do {
            let lease = try pool.lease()
            #expect(lease.connection.number == 1)
            #expect(pool.statistics.leased == 1)
        }
        #expect(pool.statistics.idle == 1)
        #expect(pool.statistics.returns == 1)
    }

    @Test func `goes back once when it is returned`() throws {
        let pool = FakePool(1, server)
        let lease = try pool.lease()
        lease.return()
        #expect(pool.statistics.returns == 1)
        #expect(pool.statistics.idle == 1)
    }

    @Test func `can be discarded, with a reason`() throws {
        let pool = FakePool(1, server)
        let observer = RecordingObserver()
        pool.observer = observer
        let lease = try pool.lease()
        lease.discard(because: OtherError())
        #expect(pool.statistics.discards == 1)
        let reasons = observer.events.compactMap { event in
            if case .discarded(let error) = event.kind { error } else { nil }
        }
        #expect(reasons.first is OtherError)
        #expect(try pool.get { $0.number } == 2)
    }

    @Test func `can be retired`() throws {
        let pool = FakePool(1, server)
        var retired: [Int] = []
        pool.onRetire = { retired.append($0.number) }
        let lease = try pool.lease()
        lease.retire()
        #expect(try pool.get { $0.number } == 2)
        #expect(retired == [1])
        #expect(pool.statistics.retirements == 1)
        #expect(pool.statistics.discards == 0)
    }

    @Test func `judges errors as get does when it is used`() throws {
        let pool = FakePool(1, server)
        do {
            let lease = try pool.lease()
            #expect(try lease.use { $0.number } == 1)
            #expect(throws: OtherError.self) { try lease.use { _ in throw OtherError() } }
            #expect(pool.statistics.leased == 1)
            #expect(throws: SocketError.self) { try lease.use { _ in throw SocketError("x") } }
            #expect(pool.statistics.discards == 1)
            #expect(pool.statistics.leased == 0)
        }
        #expect(pool.statistics.discards == 1)
        #expect(pool.statistics.returns == 0)
    }

    @Test func `discards what isReusable refuses`() throws {
        let pool = FakePool(1, server)
        let lease = try pool.lease()
        #expect(
            try lease.use { _ in
                2500
            } isReusable: {
                $0 < 2500
            } == 2500)
        #expect(pool.statistics.discards == 1)
        lease.return()
        #expect(pool.statistics.returns == 0)
    }

    @Test func `is discarded when an interruption passes it by`() throws {
        let pool = FakePool(1, server)
        #expect(throws: OtherError.self) {
            try withTimeout(.seconds(1), throwing: OtherError()) {
                let lease = try pool.lease()
                try lease.connection.send(1, answeredAfter: .seconds(9))
                _ = try lease.connection.receive()
            }
        }
        #expect(pool.statistics.discards == 1)
    }

    @Test func `keeps its pool alive`() throws {
        weak var weakPool: FakePool?
        do {
            let lease: Lease<FakeConnection>
            do {
                let pool = FakePool(1, server)
                weakPool = pool
                lease = try pool.lease()
            }
            #expect(weakPool != nil)
            lease.return()
        }
        #expect(weakPool == nil)
    }
}
