import GeventTesting
import Testing

@testable import Gevent

/// Every order of the steps in which something passes between threads.
@Suite(.hub)
struct `Granted, taken or handed on` {
    /// The orders in which `isRight` is not so.
    private func wrong(_ steps: [Step], _ isRight: ([Step]) throws -> Bool) rethrows -> [[Step]] {
        try Step.orders(of: steps).filter { try !isRight($0) }
    }

    @Test func `what is accepted is taken or handed on, once, and what is refused is neither`() throws {
        let wrong = try wrong([.give, .kill, .expire, .receive, .turn, .close, .end]) { order in
            var (taken, handedOn) = (0, 0)
            let accepted = Counter()
            var (handOver, receiver) = (HandOver<Int>?.none, AnyGreenlet?.none)
            try rehearse(order) { _ in
                receiver = spawn {
                    let mine = HandOver<Int>()
                    handOver = mine
                    let end = mine.deadline(after: .seconds(1))
                    if try mine.wait(until: end, awaitsOthers: false, handOn: { handedOn += $0 }) == 1 { taken += 1 }
                }
            } _: { step in
                switch step {
                case .give: elsewhere { [handOver] in if handOver?.give(1) == true { accepted.add(1) } }
                case .kill: receiver?.killNoWait()
                case .expire: _ = try? sleep(for: .seconds(2))
                default: break
                }
            }
            return taken + handedOn == accepted.value && handOver?.isOver == true
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(3))")
    }

    /// A waiter that does not take the end of its hub for an answer waits once more.
    @Test(arguments: [[Step.give, .give], [.give, .giveHere]], [1, 2])
    func `no permit of a shared semaphore is lost or granted twice`(gives: [Step], attempts: Int) throws {
        let wrong = try wrong(gives + [.kill, .receive, .turn, .close, .end]) { order in
            let semaphore = SharedSemaphore(0)
            var (given, taken, isRight, waiters) = (0, 0, true, [AnyGreenlet]())
            try rehearse(order) { _ in
                waiters = (0..<2).map { _ in
                    spawn {
                        for _ in 0..<attempts {
                            guard (try? semaphore.acquire()) != nil else { continue }
                            taken += 1
                            return
                        }
                    }
                }
            } _: { step in
                switch step {
                case .kill: waiters[0].killNoWait()
                case .giveHere: semaphore.release()
                default: elsewhere { semaphore.release() }
                }
                if step != .kill { given += 1 }
                if taken + semaphore.counter > given { isRight = false }
            }
            return isRight && taken + semaphore.counter == 2 && waiters.allSatisfy(\.isDead)
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(3))")
    }

    /// The body gives way once; a stubborn one ignores that it was interrupted there.
    @Test(arguments: [false, true])
    func `a run gives what its closure gives, or says why it did not end`(isStubborn: Bool) throws {
        let wrong = try wrong([.call, .cancel, .receive, .turn, .turn, .close, .end]) { order in
            let executor = ManualExecutor()
            let (begun, ended) = (Counter(), Counter())
            let outcome = Locked<Result<Int, any Error>?>(nil)
            var task: Task<Void, Never>?
            var handle: Hub.Handle?
            try rehearse(order) { hub in
                handle = hub.handle
            } _: { step in
                guard let handle else { return }
                switch step {
                case .call:
                    task = Task(executorPreference: executor) {
                        do {
                            let value = try await handle.run {
                                begun.add(1)
                                do { try yield() } catch { guard isStubborn else { throw error } }
                                return ended.add(1)
                            }
                            outcome.set(.success(value))
                        } catch {
                            outcome.set(.failure(error))
                        }
                    }
                case .cancel: elsewhere { [task] in task?.cancel() }
                default: break
                }
                executor.drain()
            }
            executor.drain()
            switch outcome.value {
            case .success(let value): return value == 1 && ended.value == 1
            case .failure(let error): return error is GreenletExit && ended.value == 0 && begun.value <= 1
            case nil: return false
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(3))")
    }

    @Test func `a job of a hub's executor runs once, there or late`() throws {
        let runs = Counter()
        let orders = try wrong([.enqueue, .receive, .turn, .turn, .close, .end]) { order in
            let (late, ran) = (LateJobs(), Gate())
            var jobs: HubJobs?
            try rehearse(order) { hub in
                jobs = HubJobs(handle: hub.handle, late: late)
            } _: { _ in
                jobs?.enqueue {
                    runs.add(1)
                    ran.open()
                }
            }
            late.open()
            ran.wait()
            return false
        }
        #expect(runs.value == orders.count)
    }

    @Test func `a thread pool's result reaches who waits for it, or nobody waits`() throws {
        let wrong = try wrong([.finish, .kill, .receive, .turn, .close, .end]) { order in
            let (mayEnd, hasEnded) = (Gate(), Gate())
            var (value, waiter) = (0, AnyGreenlet?.none)
            var isFinished = false
            try rehearse(order) { _ in
                let pool = ThreadPool(size: 1)
                waiter = spawn {
                    value = try pool.apply {
                        mayEnd.wait()
                        return 7
                    }
                    #expect(isFinished)
                }
                // Begins when the first is through.
                spawn { pool.spawn { hasEnded.open() } }
                try yield()
            } _: { step in
                if step == .finish {
                    isFinished = true
                    mayEnd.open()
                    hasEnded.wait()
                } else {
                    waiter?.killNoWait()
                }
            }
            guard let waiter else { return false }
            return waiter.isDead && (value == 7) == (waiter.failure == nil)
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(3))")
    }

    // MARK: Other receivers

    @Test func `a thread without a hub takes what comes in time, and later gives are refused`() {
        let results = Locked<[Bool]>([])
        elsewhere {
            let first = HandOver<Int>()
            let accepted = first.give(1)
            let isSecond = first.give(2)
            let taken = try? first.wait(until: first.deadline(after: .zero)) { _ in }
            let late = HandOver<Int>()
            let nothing = try? late.wait(until: late.deadline(after: .zero)) { _ in }
            results.set([accepted, isSecond, taken == 1, nothing == .some(nil), late.give(3), first.give(4)])
        }
        #expect(results.value == [true, false, true, true, false, false])
    }

    @Test(arguments: [false, true])
    func `a task takes what comes before or after it waits`(isBefore: Bool) async {
        let handOver = HandOver<Int>.toTask()
        let executor = ManualExecutor()
        if isBefore { #expect(handOver.give(1)) }
        let task = Task(executorPreference: executor) { await handOver.value() }
        executor.drain()
        if !isBefore { #expect(handOver.give(1)) }
        #expect(!handOver.give(2))
        executor.drain()
        #expect(await task.value == 1)
    }
}
