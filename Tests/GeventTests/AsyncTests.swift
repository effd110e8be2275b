import Gevent
import GeventTesting
import Glibc
import Testing

func raiseSignal(_ signal: Int32) { kill(getpid(), signal) }

@Suite(.inTurn)
struct `Async code and greenlets` {
    @TaskLocal static var tag = "none"

    @Test func `run gives what the closure gives, or throws`() async throws {
        let thread = HubThread()
        #expect(try await thread.run { try spawn { 6 }.get() * 7 } == 42)
        await #expect(throws: Broken.self) { try await thread.run { throw Broken() } }
        await thread.stop()
    }

    @Test func `run shows the caller's task-locals`() async throws {
        let thread = HubThread()
        let seen = try await Self.$tag.withValue("caller") {
            try await thread.run {
                try sleep(for: .milliseconds(1))
                return try Self.tag + "/" + spawn { Self.tag }.get()
            }
        }
        #expect(seen == "caller/caller")
        #expect(try await thread.run { Self.tag } == "none")
        await thread.stop()
    }

    @Test func `many runs at once interleave on one thread`() async throws {
        let thread = HubThread()
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for i in 0..<100 {
                group.addTask {
                    try await thread.run {
                        for _ in 0..<5 { try yield() }
                        return i
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values.sorted() == Array(0..<100))
        await thread.stop()
    }

    @Test func `cancelling the task kills the greenlet`() async throws {
        let thread = HubThread()
        let started = Locked(false)
        let ended = Locked<String?>(nil)
        let task = Task {
            try await thread.run {
                started.set(true)
                do { try sleep(for: .seconds(1_000)) } catch {
                    ended.set("\(type(of: error))")
                    throw error
                }
            }
        }
        while !started.value { await Task.yield() }
        task.cancel()
        await #expect(throws: GreenletExit.self) { try await task.value }
        #expect(ended.value == "GreenletExit")
        await thread.stop()
    }

    @Test func `a run that is cancelled before it began does not run`() async throws {
        let thread = HubThread()
        let ran = Locked(false)
        thread.post { burn(.milliseconds(20)) }
        let task = Task {
            try await thread.run {
                try sleep(for: .seconds(1_000))
                ran.set(true)
            }
        }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(ran.value == false)
        await thread.stop()
    }

    @Test func `stopping the thread ends what runs there`() async throws {
        let thread = HubThread()
        let started = Locked(false)
        let task = Task {
            try await thread.run {
                started.set(true)
                try sleep(for: .seconds(1_000))
            }
        }
        while !started.value { await Task.yield() }
        await thread.stop()
        await #expect(throws: HubDestroyed.self) { try await task.value }
        await thread.stop()
    }

    @Test func `a HubThread is made with its configuration`() async throws {
        let thread = HubThread(name: "configured", configuration: .init { $0.maximumGreenlets = 100 })
        #expect(try await thread.run { Hub.current.statistics.maximumStacks } == 101)
        await thread.stop()
    }
}

@Suite(.hub)
struct `Awaiting a task from a greenlet` {
    @TaskLocal static var tag = "none"

    @Test func `gives what the task gives while others run`() throws {
        var others = 0
        let other = spawn {
            while others < 5 {
                others += 1
                try yield()
            }
        }
        let value = try awaitTask {
            try await Task.sleep(for: .milliseconds(5))
            return "done"
        }
        #expect(value == "done")
        try other.join()
        #expect(others == 5)
    }

    @Test func `throws what the task throws`() throws {
        #expect(throws: Broken.self) { try awaitTask { throw Broken() } }
    }

    @Test func `shows the greenlet's task-locals`() throws {
        let seen = try Self.$tag.withValue("outer") {
            try spawn {
                try awaitTask {
                    await Task.yield(); return Self.tag
                }
            }.get()
        }
        #expect(seen == "outer")
    }

    @Test func `killing the greenlet cancels the task`() throws {
        let cancelled = Locked(false)
        let g = spawn {
            try awaitTask {
                do { try await Task.sleep(for: .seconds(1_000)) } catch {
                    cancelled.set(true)
                    throw error
                }
            }
        }
        try sleep(for: .milliseconds(5))
        try g.kill()
        #expect(g.isDead)
        // The task runs on Swift's own threads, which other suites keep busy.
        while !cancelled.value { try sleep(for: .milliseconds(1)) }
    }

    @Test func `a Timeout cancels the task`() throws {
        #expect(throws: Timeout.self) {
            try withTimeout(.milliseconds(5)) { try awaitTask { try await Task.sleep(for: .seconds(1_000)) } }
        }
    }
}
