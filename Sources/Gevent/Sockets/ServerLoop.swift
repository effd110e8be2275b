internal import Glibc

/// What `StreamServer` and `DatagramServer` share: one greenlet takes what comes and spawns a handler for each. gevent's
/// `BaseServer`.
///
///     stopped ──start──► accepting ◄──stopAccepting / startAccepting──► paused
///        ▲                   │ │                                           │
///        └──────close────────┘ └── an error: reported, waits, tries again  │
///        └───────────────────────────close─────────────────────────────────┘
///
/// A server that was started goes on by itself until it is stopped, whoever drops it; before and after that nothing here
/// holds it.
final class ServerLoop {
    private let core: Core
    private let socket: Socket
    private let pool: Pool?
    private let name: String
    /// Where the user made the server.
    private let site: Site
    /// Takes one thing, without parking, and gives who sent it and what its handler's greenlet is to run; nil where there
    /// is none.
    private let takeNext: () throws -> (peer: SocketAddress, body: () throws -> Void)?

    var limits = ServerLimits()
    private var acceptor: Greenlet<Void>?
    /// Whom the handlers need, while it is started.
    private var owner: AnyObject?
    private(set) var isAccepting = true
    private let resumed = Event()
    private let stopped = Event()
    /// What ended it.
    private var failure: SocketError?

    init(
        _ socket: Socket, _ pool: Pool?, name: String, at site: Site,
        takeNext: @escaping () throws -> (peer: SocketAddress, body: () throws -> Void)?
    ) {
        core = socket.core
        self.socket = socket
        self.pool = pool
        self.name = name
        self.site = site
        self.takeNext = takeNext
    }

    var isStarted: Bool { acceptor != nil }

    func start(keeping owner: AnyObject? = nil) throws {
        _ = try socket.usableDescriptor()
        guard acceptor == nil else { return }
        self.owner = owner
        stopped.clear()
        let acceptor = Greenlet<Void> { [self] in try acceptForEver() }
        acceptor.name = name
        acceptor.setSite(site.file, site.line)
        self.acceptor = acceptor
        acceptor.start()
    }

    func setAccepting(_ isAccepting: Bool) {
        core.checkThread()
        self.isAccepting = isAccepting
        if isAccepting { resumed.set() } else { resumed.clear() }
    }

    func serveForever() throws {
        try start()
        do {
            _ = try stopped.wait()
        } catch {
            close()
            throw error
        }
        if let failure { throw failure }
    }

    func stop(timeout: Duration?) throws {
        close()
        guard let pool else { return }
        if try !pool.join(timeout: timeout ?? limits.stopTimeout) {
            try pool.kill(timeout: limits.stopTimeout)
        }
    }

    func close() {
        core.checkThread()
        socket.close()
        acceptor?.killNoWait()
        acceptor = nil
        owner = nil
        stopped.set()
    }

    // MARK: In the acceptor's greenlet

    private func acceptForEver() throws {
        var delay = limits.minimumDelay
        while true {
            do {
                try acceptSome()
                delay = limits.minimumDelay
            } catch let error as SocketError {
                // Closed by `close()`: that is no failure.
                if socket.isClosed { return }
                core.pointee.hub.takeUnretainedValue().report(error, .watcher, at: "\(site)")
                if let code = error.errno, limits.fatalErrors.contains(code) {
                    failure = error
                    close()
                    return
                }
                try sleep(for: delay)
                delay = min(delay.bounded * 2, limits.maximumDelay)
            }
        }
    }

    /// What one readiness brings, some at most; then others have their turn.
    private func acceptSome() throws {
        for _ in 0..<limits.maximumAccepts {
            try waitForLeave()
            guard let (peer, body) = try takeNext() else {
                try socket.waitForPeers()
                return
            }
            // Nothing parks between here and the spawn, so no kill can lose it, and the pool has room.
            let handler =
                try pool?.spawnNoWait(body, file: site.file, line: site.line)
                ?? Greenlet.spawn(body, file: site.file, line: site.line)
            // A Unix peer has no address, as a rule.
            if peer != .unix("") { handler.name = "\(peer)" }
        }
        try yieldTurn(core)
    }

    /// Until it accepts and the pool has room, both.
    private func waitForLeave() throws {
        while true {
            if let pool, pool.isFull {
                try pool.waitAvailable()
            } else if !isAccepting {
                _ = try resumed.wait()
            } else {
                return
            }
        }
    }
}
