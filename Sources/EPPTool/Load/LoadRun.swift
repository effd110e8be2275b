import EPP
import EPPClient
import Gevent

/// Sends commands at times that are fixed beforehand, whatever becomes of those before: an open loop.
///
/// A command's latency counts from the time at which it was to be sent. A registry that stops for a second is seen by
/// all commands of that second, not by those few alone that were under way: in a closed loop the others would not have
/// been sent, and not be missed (Gil Tene calls that coordinated omission). `serviceTimes` count from when a caller was
/// free for the command, for comparison.
final class LoadRun {
    /// What has been seen of one kind of command.
    struct Tally: Sendable {
        var latencies = LatencyHistogram()
        var failed = 0
    }

    private struct Request {
        let number: Int
        let kind: LoadKind
        let intended: HubClock.Instant
    }

    let rate: Double
    let duration: Duration
    let callers: Int
    private var mix: LoadMix
    private let grace: Duration
    private let perform: (LoadKind, Int) throws -> Void

    private(set) var tallies: [LoadKind: Tally] = [:]
    private(set) var serviceTimes = LatencyHistogram()
    /// Since it was taken last.
    private var window = LatencyHistogram()
    private(set) var errors: [String: Int] = [:]
    /// Commands whose time has come.
    private(set) var due = 0
    /// Commands that a caller is at.
    private(set) var inFlight = 0
    private(set) var finished = 0
    /// Commands that were not done when the run was over and the grace had passed.
    private(set) var unfinished = 0
    /// From the first command's time to the end of the last one.
    private(set) var elapsed: Duration = .zero
    private var isStopped = false
    private let clock = Hub.current.clock
    private let queue = Gevent.Queue<Request>()
    private var open: [Int: Request] = [:]
    private let stopping = Event()

    /// - Parameters:
    ///   - rate: Commands a second.
    ///   - grace: How long to wait at the end for what is not done yet.
    ///   - perform: Sends one command; its number counts from 0.
    init(
        rate: Double, duration: Duration, callers: Int, mix: LoadMix, grace: Duration,
        perform: @escaping (LoadKind, Int) throws -> Void
    ) {
        self.rate = rate
        self.duration = duration
        self.callers = callers
        self.mix = mix
        self.grace = grace
        self.perform = perform
    }

    var failed: Int { tallies.values.reduce(0) { $0 + $1.failed } }

    var latencies: LatencyHistogram {
        tallies.values.reduce(into: LatencyHistogram()) { $0.add($1.latencies) }
    }

    /// What was measured since this was asked for last.
    func takeWindow() -> LatencyHistogram {
        defer { window = LatencyHistogram() }
        return window
    }

    /// Ends the run early; what is under way is still waited for.
    func stop() {
        isStopped = true
        stopping.set()
    }

    /// Runs it to its end. Parks the calling greenlet.
    func run() throws {
        let start = clock.now
        let workers = Group()
        for _ in 0..<callers { workers.spawn { try self.work() } }
        defer { workers.killNoWait() }
        try schedule(from: start)
        queue.shutDown()
        try workers.join(timeout: grace)
        try workers.kill()
        elapsed = clock.now - start
        // They have waited at least so long.
        unfinished = open.count
        for request in open.values { note(request, clock.now) }
    }

    private func schedule(from start: HubClock.Instant) throws {
        let total = max(1, Int((rate * (duration / .seconds(1))).rounded()))
        for number in 0..<total {
            let intended = start + .seconds(Double(number) / rate)
            let wait = intended - clock.now
            // False where the time was over, which is as it should be.
            if wait > .zero, try stopping.wait(timeout: wait) { return }
            guard !isStopped else { return }
            let request = Request(number: number, kind: mix.next(), intended: intended)
            open[number] = request
            due += 1
            try queue.putNoWait(request)
        }
    }

    private func work() throws {
        while let request = try queue.next() {
            let begun = clock.now
            inFlight += 1
            defer { inFlight -= 1 }
            do {
                try perform(request.kind, request.number)
            } catch {
                try rethrowInterruption(error)
                tallies[request.kind, default: Tally()].failed += 1
                count(error)
            }
            open[request.number] = nil
            finished += 1
            serviceTimes.record(clock.now - begun)
            note(request, clock.now)
        }
    }

    private func note(_ request: Request, _ end: HubClock.Instant) {
        let latency = end - request.intended
        tallies[request.kind, default: Tally()].latencies.record(latency)
        window.record(latency)
    }

    /// Errors are counted by what they say first; names and numbers in a note would make each a kind of its own.
    private func count(_ error: any Error) {
        let text: String
        if let error = error as? RegistryError {
            let code = error.code.map { $0 == .transport ? "" : "\($0.rawValue) " } ?? ""
            text = "\(code)\(error.message)"
        } else {
            text = String(describing: error)
        }
        errors[errors.count < 50 || errors[text] != nil ? text : "others", default: 0] += 1
    }
}
