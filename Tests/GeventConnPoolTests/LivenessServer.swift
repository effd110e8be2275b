import Gevent
import GeventConnPool

/// A connection of the simulation: knows who has it and what was done to it.
final class LivenessConnection {
    let number: Int
    private unowned let server: LivenessServer
    let generation: Int
    /// How often the server had broken all that was open when this one was made.
    let breakage: Int
    var isClosed = false
    /// Somebody or some hook has it.
    var user: String?
    var replies: [Int] = []

    init(_ number: Int, _ server: LivenessServer, generation: Int) {
        self.number = number
        self.server = server
        self.generation = generation
        breakage = server.breakage
    }

    var isBroken: Bool { breakage != server.breakage && !server.peace.isSet }
}

/// What goes wrong now.
struct LivenessWeather: CustomStringConvertible {
    var isDown = false
    var isRefusing = false
    var connectTime = Duration.zero
    var connectsHang = false
    var checksHang = false
    var retiresHang = false
    var closesHang = false
    var hooksAreSlow = false

    var description: String {
        let all = [
            (isDown, "down"), (isRefusing, "refusing"), (connectTime > .zero, "connects take \(connectTime)"),
            (connectsHang, "connects hang"), (checksHang, "checks hang"), (retiresHang, "retirements hang"),
            (closesHang, "closes hang"), (hooksAreSlow, "slow hooks"),
        ]
        return "the weather: " + all.filter(\.0).map(\.1).joined(separator: ", ")
    }
}

/// The server, the hooks of its pools, and the rules that connects must keep to.
final class LivenessServer {
    let setting: LivenessSetting
    var random: SeededGenerator
    var weather = LivenessWeather()
    /// Set while the world is at peace: it ends what has no end of its own.
    let peace = Event()
    private(set) var violations: [String] = []
    /// One more in a forked child.
    private(set) var generation = 0
    /// How often it broke all that was open.
    var breakage = 0
    private(set) var opened = 0
    /// Somebody waits until pools have so many connections.
    var isReadinessAwaited = false
    private var attemptsAtOnce = 0
    private var lastAttempt: HubClock.Instant?
    private(set) var alive = 0
    private var connecting = 0
    /// It connects without end in one instant: nothing more can be learnt.
    private(set) var isStopped = false

    init(_ setting: LivenessSetting, _ random: SeededGenerator) {
        self.setting = setting
        self.random = random
    }

    func require(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition, violations.count < 10 { violations.append(text()) }
    }

    /// All connections are a parent process's.
    func fork() {
        generation += 1
        alive = 0
        connecting = 0
    }

    // MARK: What hooks do

    @available(*, noasync)
    func connect(_ pool: LivenessPool) throws -> LivenessConnection? {
        began(pool)
        let generation = generation
        connecting += 1
        defer { if generation == self.generation { connecting -= 1 } }
        if weather.connectTime > .zero { try sleep(for: weather.connectTime) }
        if weather.connectsHang {
            try hang(isBounded: setting.configuration.connectTimeout != nil)
            throw SocketError("gone silent")
        }
        if isStopped || weather.isDown {
            throw weather.isRefusing && !isStopped ? OtherError() : SocketError("down")
        }
        if !peace.isSet, random.chance(5) { return nil }
        opened += 1
        alive += 1
        return LivenessConnection(opened, self, generation: generation)
    }

    private func began(_ pool: LivenessPool) {
        let now = Hub.current.clock.now
        attemptsAtOnce = lastAttempt == now ? attemptsAtOnce + 1 : 1
        lastAttempt = now
        if attemptsAtOnce > 500, !isStopped {
            isStopped = true
            require(false, "connects without end in one instant")
        }
        let c = setting.configuration
        pool.rules.began(now, isShared: setting.isShared)
        require(connecting < c.maximumConcurrentConnects.map { $0 * (setting.isShared ? 2 : 1) } ?? .max, "the cap")
        if setting.isShared { require(alive + connecting < setting.limit, "the shared limit: \(alive), \(connecting)") }
    }

    /// Takes very long where the pool bounds it, and else until there is peace.
    @available(*, noasync)
    func hang(isBounded: Bool) throws {
        if isBounded { try sleep(for: .seconds(36_000)) } else { try peace.wait() }
    }

    @available(*, noasync)
    private func dawdle() throws {
        if weather.hooksAreSlow { try sleep(for: random.milliseconds(1...400)) }
    }

    /// `user` has the connection while `body` runs.
    func use<Result>(_ c: LivenessConnection, _ user: String, _ body: () throws -> Result) rethrows -> Result {
        require(c.user == nil, "\(user) has #\(c.number), which \(c.user ?? "") has")
        require(!c.isClosed, "\(user) has #\(c.number), which is closed")
        require(c.generation == generation, "\(user) has #\(c.number), which is the parent's")
        c.user = user
        defer { c.user = nil }
        return try body()
    }

    @available(*, noasync)
    func check(_ c: LivenessConnection, _ hook: String, isBounded: Bool) throws -> Bool {
        try use(c, hook) {
            try dawdle()
            if weather.checksHang { try hang(isBounded: isBounded) }
            if !peace.isSet, random.chance(5) { throw OtherError() }
            return !c.isBroken
        }
    }

    @available(*, noasync)
    func retire(_ c: LivenessConnection) throws {
        try use(c, "retireConnection") {
            try dawdle()
            if weather.retiresHang { try hang(isBounded: true) }
            if random.chance(5) { throw OtherError() }
        }
    }

    @available(*, noasync)
    func close(_ c: LivenessConnection) {
        use(c, "closeConnection") {}
        c.isClosed = true
        if c.generation == generation { alive -= 1 }
        try? dawdle()
        if weather.closesHang { try? hang(isBounded: true) }
    }
}

/// A pool of the simulation.
final class LivenessPool: ConnectionPool<LivenessConnection> {
    let server: LivenessServer
    let rules: LivenessRules

    init(_ server: LivenessServer) {
        self.server = server
        rules = LivenessRules(server)
        super.init(
            server.setting.size, keepalive: server.setting.keepalive, configuration: server.setting.configuration)
        rules.pool = self
        observer = rules
    }

    override func newConnection() throws -> LivenessConnection? { try server.connect(self) }

    override func keepalive(_ c: LivenessConnection) throws {
        guard try server.check(c, "keepalive", isBounded: configuration.keepaliveTimeout != nil) else {
            throw SocketError("no PONG")
        }
    }

    override func validate(_ c: LivenessConnection) throws -> Bool {
        try server.check(c, "validate", isBounded: true)
    }

    override func retireConnection(_ c: LivenessConnection) throws { try server.retire(c) }
    override func closeConnection(_ c: LivenessConnection) { server.close(c) }
    override func isRefusal(_ error: any Error) -> Bool { error is OtherError && server.setting.has(.refusals) }
}
