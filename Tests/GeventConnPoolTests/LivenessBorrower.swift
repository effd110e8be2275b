import Gevent
import GeventConnPool

/// What a borrower will do with its connection.
struct LivenessPlan: CustomStringConvertible {
    enum Ending: CaseIterable {
        case good, good2, good3, broken, other, unusable, discard, retire, interrupted
    }

    var ending = Ending.good
    var usesLease = false
    /// How long it holds the connection, unless there is peace.
    var hold = Duration.zero
    /// How long it waits for it; nil: as long as it takes.
    var timeout: Duration?
    /// How long it may take altogether.
    var limit: Duration?

    init() {}

    var description: String {
        "\(ending)\(usesLease ? " by lease" : ""), holds \(hold)\(timeout.map { ", waits \($0)" } ?? "")"
            + (limit.map { ", has \($0)" } ?? "")
    }

    init(_ random: inout SeededGenerator) {
        ending = Ending.allCases.randomElement(using: &random) ?? .good
        usesLease = random.chance(30)
        if random.chance(70) { hold = random.milliseconds(1...(random.chance(20) ? 5_000 : 200)) }
        if random.chance(30) { timeout = random.chance(30) ? .zero : random.milliseconds(1...3_000) }
        if random.chance(15) { limit = random.milliseconds(1...1_000) }
    }
}

/// One borrower, and what became of it.
final class LivenessBorrower: CustomStringConvertible {
    let number: Int
    private let pool: LivenessPool
    private let group: PoolGroup<LivenessConnection>?
    private let plan: LivenessPlan
    private let server: LivenessServer
    private(set) var greenlet: AnyGreenlet?
    private var refusals: [String] = []

    init(
        _ number: Int, _ pool: LivenessPool, _ group: PoolGroup<LivenessConnection>?, _ plan: LivenessPlan,
        _ server: LivenessServer
    ) {
        self.number = number
        self.pool = pool
        self.group = group
        self.plan = plan
        self.server = server
    }

    var isOver: Bool { greenlet?.isReady ?? false }
    var description: String { "\(number) \(refusals.suffix(3))" }

    /// - Parameter persistent: it asks again when it is refused.
    func start(persistent: Bool) {
        greenlet = spawn { [self] in
            while true {
                do {
                    try withTimeout(plan.limit) { try borrow() }
                    return
                } catch let error as Timeout where plan.limit != nil {
                    _ = error
                    return
                } catch {
                    try rethrowInterruption(error)
                    guard persistent, error is PoolExhausted || error is PoolUnavailable else { return }
                    refusals.append("\(type(of: error))")
                    try sleep(for: .milliseconds(100))
                }
            }
        }
    }

    /// In peace nothing goes wrong.
    private var ending: LivenessPlan.Ending { server.peace.isSet ? .good : plan.ending }

    @available(*, noasync)
    private func borrow() throws {
        if plan.usesLease {
            let lease = try pool.lease(timeout: plan.timeout)
            switch ending {
            case .discard:
                server.use(lease.connection, "\(number)") {}
                lease.discard(because: OtherError())
            case .retire:
                server.use(lease.connection, "\(number)") {}
                lease.retire()
            default: try lease.use(body) { self.ending != .unusable }
            }
        } else if let group {
            try group.get(timeout: plan.timeout, body) { self.ending != .unusable }
        } else {
            try pool.get(timeout: plan.timeout, body) { self.ending != .unusable }
        }
    }

    @available(*, noasync)
    private func body(_ c: LivenessConnection) throws {
        try server.use(c, "\(number)") {
            // One that a borrower had at the fork is used by nobody, but held on.
            let generation = c.generation
            c.replies.append(number)
            if c.isBroken { throw SocketError("broken") }
            if plan.hold > .zero, !server.peace.isSet { try server.peace.wait(timeout: plan.hold) }
            if ending == .interrupted { try withTimeout(.milliseconds(5)) { try sleep(for: .seconds(1)) } }
            guard generation == server.generation else { return }
            let answer = c.replies.removeFirst()
            if pool.configuration.interrupted == .discard {
                server.require(answer == number, "\(number) reads the answer to \(answer)")
            }
            switch ending {
            case .broken: throw SocketError("made up")
            case .other: throw OtherError()
            default: break
            }
        }
    }
}
