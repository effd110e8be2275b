import EventLoop
import GeventTesting

@testable import Gevent

/// One step of a hand-over between threads.
enum Step {
    /// Another thread gives; the hub's own does.
    case give, giveHere
    /// The receiver is killed; its time is over.
    case kill, expire
    /// The hub takes off what was posted to it; everybody who can runs once.
    case receive, turn
    /// The hub takes no posts any more; it is gone.
    case close, end
    /// A task calls, and is cancelled; a job is enqueued; a thread's work is done.
    case call, cancel, enqueue, finish

    private var needsHub: Bool { [.kill, .expire, .receive, .turn, .close].contains(self) }

    /// All orders of `steps` in which a hub closes before it ends, and only others act afterwards.
    static func orders(of steps: [Step]) -> [[Step]] {
        if steps.isEmpty { return [[]] }
        var seen: Set<Step> = []
        return steps.indices.flatMap { first -> [[Step]] in
            let step = steps[first]
            var rest = steps
            rest.remove(at: first)
            guard seen.insert(step).inserted else { return [] }
            if step == .end, rest.contains(where: \.needsHub) { return [] }
            return orders(of: rest).map { [step] + $0 }
        }
    }
}

/// Takes a hub of the calling thread through `steps`, one after the other; `act` makes those that are not the hub's.
///
/// Those between `close` and `end` are made in the middle of the hub's end, before anybody else notices that; those behind
/// `end` when it is gone.
func rehearse(_ steps: [Step], start: (Hub) throws -> Void, _ act: (Step) -> Void) throws {
    try withoutActuallyEscaping(act) { act in
        let hub = try Hub(.init { $0.maximumGreenlets = 16 }, virtualTime: true)
        var rest = steps[...]
        let mayClose = Event()
        try start(hub)
        try yield()
        // The last to begin, and the first to be killed.
        spawn {
            while let step = rest.popFirst(), step != .end {
                switch step {
                case .receive: hub.receivePosts()
                case .turn: try? yield()
                case .close:
                    mayClose.set()
                    // Until it is killed.
                    _ = try? Event().wait()
                default: act(step)
                }
            }
        }
        try mayClose.wait()
        hub.tearDown()
        for step in rest { act(step) }
    }
}

/// Runs `body` on a thread that has no hub, and waits for it.
func elsewhere(_ body: @escaping @Sendable () -> Void) { BareThread(body).join() }

/// Runs tasks when it is told to, on a thread that has no hub.
final class ManualExecutor: TaskExecutor {
    private let jobs = Lock<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Until nothing is left to run.
    func drain() {
        elsewhere {
            while let job = self.jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                job.runSynchronously(on: self.asUnownedTaskExecutor())
            }
        }
    }
}
