import EPP
import Gevent
import GeventConnPool

extension RegistrySessionPool {
    /// Sends one command over a session of the pool, within the pace, and judges the session by the reply.
    ///
    /// - Parameter exchange: Sends the command over a session; called again where the session had been logged out, for
    ///   then the command was refused, and sending it again repeats nothing.
    func send<Reply>(
        _ name: String, _ exchange: (EPPSession) throws -> Exchange<Reply>
    ) throws -> Exchange<Reply> {
        let clock = Hub.current.clock
        let end = clock.now + (try admit())
        guard let pacer = commandPacer else {
            return try lend(timeout: max(.zero, end - clock.now)) { try self.exchange(over: $0, exchange) }
        }
        let tooFast = { CommandFailure.tooFast(pacer.pace, within: self.settings.borrowTimeout, command: name) }
        guard try pacer.gate.acquire(timeout: max(.zero, end - clock.now)) else { throw tooFast() }
        var isAtGate = true
        defer { if isAtGate { pacer.gate.release() } }
        while true {
            guard try pacer.waitForRoom(until: end) else { throw tooFast() }
            let answer: Exchange<Reply>? = try lend(timeout: max(.zero, end - clock.now)) { session in
                // A login may have taken the room while this waited for the session. The session is not held over the
                // next wait: others may need it, and an interruption there would cost it.
                guard pacer.takeNoWait() else { return nil }
                isAtGate = false
                pacer.gate.release()
                return try self.exchange(over: session, exchange)
            }
            if let answer { return answer }
        }
    }

    private func exchange<Reply>(
        over session: EPPSession, _ exchange: (EPPSession) throws -> Exchange<Reply>
    ) throws -> Exchange<Reply> {
        let answer = try exchange(session)
        guard answer.verdict == .loggedOut else { return answer }
        try logInAgain(session)
        return try exchange(session)
    }

    /// `get`, with a session that has had all its commands logged out instead of returned.
    private func lend<Answer: Judged>(timeout: Duration, _ body: (EPPSession) throws -> Answer) throws -> Answer {
        guard settings.profile.commandsPerSession != nil else {
            return try get(timeout: timeout, body) { $0.leavesSessionHealthy }
        }
        let lease = try lease(timeout: timeout)
        let answer = try lease.use(body) { $0.leavesSessionHealthy }
        // A lease that is over, the session having ended, takes no notice.
        if isUsedUp(lease.connection) { lease.retire() } else { lease.return() }
        return answer
    }
}

/// What tells whether its session can carry the next command.
private protocol Judged {
    var leavesSessionHealthy: Bool { get }
}

extension Exchange: Judged {
    var leavesSessionHealthy: Bool { verdict == .healthy }
}

/// Nothing was sent.
extension Optional: Judged where Wrapped: Judged {
    var leavesSessionHealthy: Bool { self?.leavesSessionHealthy ?? true }
}
