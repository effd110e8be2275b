import EPP
import Gevent
import GeventConnPool

/// Counts a client's attempts and tells the observer of them.
final class CommandJournal {
    var observer: (any CommandObserver)?
    var statistics = CommandStatistics()

    private let host: String?
    private let port: Int?
    private var numbers = 0

    init(host: String?, port: Int?) {
        self.host = host
        self.port = port
    }

    /// Runs one attempt of a command.
    func record<Reply>(
        _ name: String, attempt: Int, transactionID: String?, _ body: () throws -> Exchange<Reply>
    ) throws -> Exchange<Reply> {
        statistics.attempts += 1
        statistics.inFlight += 1
        defer { statistics.inFlight -= 1 }
        return try observe(name, attempt, transactionID, body) { entry in
            switch (entry.error, entry.code) {
            case (nil, _): statistics.successes += 1
            case (_, nil): statistics.failures += 1
            case (_, _?): statistics.refusals += 1
            }
            if entry.error == nil || entry.code != nil, let duration = entry.duration {
                statistics.durations.record(duration)
            }
        }
    }

    /// Runs one login.
    func recordLogin<Reply>(_ body: () throws -> Exchange<Reply>) throws -> Exchange<Reply> {
        try observe(Login.name, 1, nil, body) { entry in
            if entry.error == nil { statistics.logins += 1 } else { statistics.failedLogins += 1 }
        }
    }

    private func observe<Reply>(
        _ name: String, _ attempt: Int, _ transactionID: String?, _ body: () throws -> Exchange<Reply>,
        count: (CommandAttempt) -> Void
    ) throws -> Exchange<Reply> {
        numbers += 1
        let clock = Hub.current.clock
        let start = clock.now
        var entry = CommandAttempt(
            number: numbers, name: name, attempt: attempt, host: host, port: port, clientTransactionID: transactionID)
        observer?.commandBegan(entry)
        defer {
            entry.duration = clock.now - start
            count(entry)
            observer?.commandEnded(entry)
        }
        do {
            let exchange = try body()
            if let id = exchange.clientTransactionID { entry.clientTransactionID = id }
            entry.serverTransactionID = exchange.serverTransactionID
            entry.code = exchange.results.first?.code
            entry.error = exchange.refusal
            for kind in Set(exchange.flaws.map(\.kind)) { statistics.flaws[kind, default: 0] += 1 }
            return exchange
        } catch {
            entry.error = error
            throw error
        }
    }
}
