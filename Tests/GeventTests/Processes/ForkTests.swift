import Gevent
import GeventTesting
import Glibc
import Testing

/// Forks, and gives the child's exit status: `body` in the child says whether all is well.
private func statusOfChild(_ body: () throws -> Bool) throws -> Int32 {
    let child = try forkProcess()
    if child == 0 { exitWith(body) }
    var status: Int32 = -1
    while waitpid(child, &status, 0) == -1 && errno == EINTR {}
    return status
}

// Each in a process of its own: the others' threads, and the test runner's, are not to be copied.
@Suite(.inTurn)
struct ForkTests {
    // gevent: test__issue1686.
    @Test func `a child that destroys its hub leaves the parent's greenlets alone`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                var runs = 0
                let (reading, writing) = try DescriptorStream.pipe()
                try writing.sendAll("test")
                try waitReadable(reading.descriptor)
                let reader = spawn {
                    runs += 1
                    return try reading.receiveText(upTo: 10)
                }
                let child = try forkProcess()
                if child == 0 {
                    Hub.current.destroy()
                    _exit(runs == 0 ? 0 : 1)
                }
                return try waitForProcess(child) == .exited(0) && reader.get() == "test" && runs == 1
            }
        }
    }

    @Test func `a child sleeps and the parent's own timer fires`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let greenlet = spawn {
                    try sleep(for: .milliseconds(20))
                    return getpid()
                }
                try sleep(for: .milliseconds(1))
                let parent = getpid()
                // The other greenlets of the thread go on in the child too.
                let status = try statusOfChild {
                    try sleep(for: .milliseconds(1))
                    let other = try greenlet.get()
                    return other == getpid() && other != parent
                }
                return try status == 0 && greenlet.get() == parent
            }
        }
    }

    // gevent's issue 1686.
    @Test func `a child that destroys its hub runs nothing that the parent had spawned`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (near, far) = try Socket.pair()
                try far.sendAll("data")
                var runs = 0
                let reader = spawn {
                    runs += 1
                    return try near.receiveText(upTo: 4)
                }
                let status = try statusOfChild {
                    Hub.current.destroy()
                    try sleep(for: .milliseconds(1))
                    return runs == 0 && reader.isReady
                }
                return try status == 0 && runs == 0 && reader.get() == "data"
            }
        }
    }

    @Test func `descriptors that the parent waits for stay registered when the child closes its own`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (near, far) = try Socket.pair()
                let reader = spawn { try near.receiveText(upTo: 10) }
                try sleep(for: .milliseconds(1))
                let status = try statusOfChild {
                    try reader.kill()
                    near.close()
                    far.close()
                    let (a, b) = try Socket.pair()
                    let other = spawn { try a.receiveText(upTo: 10) }
                    try yield()
                    try b.sendAll("mine")
                    return try other.get() == "mine"
                }
                try far.sendAll("parent's")
                return try status == 0 && reader.get() == "parent's"
            }
        }
    }

    @Test func `a child's hub is woken by posts and by threads of its own pool`() async {
        guard !isSanitized else { return }
        await #expect(processExitsWith: .success) {
            exitWith {
                let pool = Hub.current.threadPool
                let before = try pool.apply { getpid() }
                return try statusOfChild {
                    let event = Event()
                    let bound = HubBound(event)
                    bound.post { $0.set() }
                    guard try event.wait(timeout: .seconds(600)) else { return false }
                    return try pool.apply { getpid() } == getpid() && before != getpid()
                } == 0
            }
        }
    }

    @Test func `what a worker of the parent's was at fails in the child and ends in the parent`() async {
        guard !isSanitized else { return }
        await #expect(processExitsWith: .success) {
            exitWith {
                let gate = Gate()
                let result = Hub.current.threadPool.spawn {
                    gate.wait()
                    return 7
                }
                let task = spawn {
                    try awaitTask {
                        try await Task.sleep(for: .milliseconds(50))
                        return 8
                    }
                }
                try sleep(for: .milliseconds(5))
                let status = try statusOfChild {
                    let failure = thrown { _ = try result.get() }
                    let other = thrown { _ = try task.get() }
                    Hub.current.onUnhandledError = { _, _ in }
                    let mine = Hub.current.threadPool.spawn { 9 }
                    return try failure != nil && other != nil && mine.get() == 9
                }
                gate.open()
                return try status == 0 && result.get() == 7 && task.get() == 8
            }
        }
    }

    @Test func `a post to the hub of another thread is dropped in the child and harms nobody`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let thread = HubThread()
                let count = Counter()
                thread.post { count.add(1) }
                while count.value == 0 { try sleep(for: .milliseconds(1)) }
                let status = try statusOfChild {
                    thread.post { count.add(100) }
                    try sleep(for: .milliseconds(2))
                    return count.value == 1
                }
                thread.post { count.add(1) }
                while count.value == 1 { try sleep(for: .milliseconds(1)) }
                return status == 0 && count.value == 2
            }
        }
    }

    @Test func `a child that waits for nothing has a LoopExit and one may fork again in it`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                try sleep(for: .milliseconds(1))
                return try statusOfChild {
                    guard thrown({ try Event().wait() }) is LoopExit else { return false }
                    return try statusOfChild {
                        try sleep(for: .milliseconds(1))
                        return true
                    } == 0
                } == 0
            }
        }
    }

    @Test func `signals arrive in the child by the handlers that were set before`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let arrived = Event()
                onSignal(SIGUSR1) { arrived.set() }
                let status = try statusOfChild {
                    kill(getpid(), SIGUSR1)
                    return try arrived.wait(timeout: .seconds(600))
                }
                return status == 0 && !arrived.isSet
            }
        }
    }

    @Test func `waiting for a child parks and gives how it ended`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (reading, writing) = try DescriptorStream.pipe()
                let child = try forkProcess()
                if child == 0 {
                    writing.close()
                    _ = try? reading.receive(upTo: 1)
                    _exit(7)
                }
                let waiter = spawn { try waitForProcess(child) }
                try sleep(for: .milliseconds(2))
                guard !waiter.isReady else { return false }
                writing.close()
                return try waiter.get() == .exited(7)
            }
        }
    }

    @Test func `a mailbox that another thread posts to all the time is whole in each of many children`() async {
        // The runtime's own locks, which the other thread may hold at the fork, are held longer there.
        guard !isSanitized else { return }
        await #expect(processExitsWith: .success) {
            exitWith {
                let handle = Hub.current.handle
                let isOver = Counter()
                let poster = HubThread(name: "poster")
                poster.post {
                    while isOver.value == 0 {
                        for _ in 0..<100 { handle.post {} }
                        usleep(500)
                    }
                }
                for _ in 0..<20 {
                    let status = try statusOfChild {
                        let event = HubBound(Event())
                        event.post { $0.set() }
                        return try event.value.wait(timeout: .seconds(600))
                    }
                    guard status == 0 else { return false }
                    // What was posted meanwhile.
                    try sleep(for: .milliseconds(1))
                }
                isOver.add(1)
                return true
            }
        }
    }

    @Test func `what a child's own thread pool begins at once is not lost`() async {
        // The thread sanitizer starts no threads in a child of a process that has several.
        guard !isSanitized else { return }
        await #expect(processExitsWith: .success) {
            exitWith {
                // The parent's is.
                let parents = spawn { try Hub.current.threadPool.apply { usleep(50_000) } }
                try yield()
                let status = try statusOfChild { try Hub.current.threadPool.apply { 7 } == 7 }
                try parents.join()
                return status == 0
            }
        }
    }
}
