import EventLoop
import Glibc
import Testing

@Suite
struct LifecycleTests {
    @Test func `destroying is idempotent and leaves timers and watches harmless`() throws {
        let loop = try EventLoop()
        let log = Recorder.Log()
        let timer = Recorder("timer", loop, log)
        let pipe = try Pipe()
        let watch = IOWatch(loop, descriptor: pipe.writing, writable: true)
        let signal = loop.watchSignal(SIGWINCH) {}
        timer.start(at: loop.now)
        watch.arm()
        watch.isAwaited = true
        loop.destroy()
        loop.destroy()
        #expect(!timer.isStarted)
        #expect(!watch.isArmed)
        timer.cancel()
        timer.start(at: loop.now)
        #expect(!timer.isStarted)
        watch.arm()
        #expect(!watch.isArmed)
        watch.disarm()
        watch.close()
        loop.poll(mayBlock: true)
        #expect(log.names.isEmpty)
        // The signal is free for another loop.
        let other = try EventLoop()
        var arrived = 0
        let second = other.watchSignal(SIGWINCH) { arrived += 1 }
        signal.cancel()
        kill(getpid(), SIGWINCH)
        other.poll(mayBlock: true)
        #expect(arrived == 1)
        second.cancel()
    }

    @Test func `a loop destroyed by its own callback ends after the turn`() throws {
        let loop = try EventLoop()
        let log = Recorder.Log()
        let one = Recorder("one", loop, log)
        let two = Recorder("two", loop, log)
        one.onFire = { [loop] in loop.destroy() }
        one.start(at: loop.now)
        two.start(at: loop.now)
        loop.poll(mayBlock: true)
        #expect(log.names == ["one", "two"])
        one.start(at: loop.now)
        #expect(loop.timerCount == 0)
    }

    @Test func `loops leave no descriptor behind`() async {
        // In a process of its own: other tests open descriptors meanwhile.
        await #expect(processExitsWith: .success) {
            func turn() throws {
                let loop = try EventLoop()
                let watch = IOWatch(loop, descriptor: 0, writable: false)
                watch.arm()
                let signal = loop.watchSignal(SIGUSR2) {}
                loop.poll(mayBlock: false)
                withExtendedLifetime((watch, signal)) {}
            }
            try turn()
            let before = openDescriptors()
            for _ in 0..<20 { try turn() }
            // Some room: the libraries under a test open a few of their own when they please.
            exit(openDescriptors() < before + 10 ? 0 : 1)
        }
    }

    @Test func `a signal is a callback until it is cancelled`() throws {
        let loop = try EventLoop()
        var arrived = 0
        let first = loop.watchSignal(SIGUSR1) { arrived += 1 }
        let second = loop.watchSignal(SIGUSR1) { arrived += 10 }
        #expect(!loop.canWake)
        kill(getpid(), SIGUSR1)
        loop.poll(mayBlock: true)
        #expect(arrived == 11)
        second.cancel()
        second.cancel()
        kill(getpid(), SIGUSR1)
        loop.poll(mayBlock: true)
        #expect(arrived == 12)
        first.cancel()
        // Another loop may have it now.
        let other = try EventLoop()
        let third = other.watchSignal(SIGUSR1) { arrived += 100 }
        kill(getpid(), SIGUSR1)
        other.poll(mayBlock: true)
        #expect(arrived == 112)
        third.cancel()
    }

    @Test func `a signal of two loops at once stops the program`() async {
        await #expect(processExitsWith: .failure) {
            let one = try EventLoop()
            let two = try EventLoop()
            let first = one.watchSignal(SIGUSR1) {}
            let second = two.watchSignal(SIGUSR1) {}
            withExtendedLifetime((first, second)) {}
        }
    }

    @Test func `a poll within a callback stops the program`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop()
            loop.onWake = { loop.poll(mayBlock: false) }
            loop.waker.wake()
            loop.poll(mayBlock: true)
        }
    }

    @Test func `a forked child polls on without touching its parent's timer`() async {
        await #expect(processExitsWith: .success) {
            let loop = try EventLoop()
            let log = Recorder.Log()
            let timer = Recorder("timer", loop, log)
            timer.start(at: loop.updateNow() + 30_000_000)
            loop.poll(mayBlock: false)
            let early = Recorder("early", loop, log)
            early.start(at: loop.now + 1)
            loop.poll(mayBlock: true)

            let child = ForkCounter.fork()
            if child == 0 {
                timer.cancel()
                early.start(at: loop.updateNow() + 1_000_000)
                loop.poll(mayBlock: true)
                let waker = loop.waker
                loop.onWake = { log.names.append("woken") }
                waker.wake()
                loop.poll(mayBlock: true)
                _exit(log.names == ["early", "early", "woken"] ? 0 : 1)
            }
            loop.poll(mayBlock: true)
            var status: Int32 = -1
            waitpid(child, &status, 0)
            exit(status == 0 && log.names == ["early", "timer"] ? 0 : 1)
        }
    }

    @Test func `a lock that a thread of the parent's holds is free in the child`() async {
        await #expect(processExitsWith: .success) {
            let lock = Lock(1)
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { _exit(2) }
            let writing = ends[1]
            let holder = Task.detached {
                lock.withLock { _ in
                    write(writing, "x", 1)
                    sleep(60)
                }
            }
            var byte: UInt8 = 0
            guard read(ends[0], &byte, 1) == 1 else { _exit(2) }
            withExtendedLifetime(holder) {}
            let generation = ForkCounter.current
            let child = ForkCounter.fork()
            if child == 0 {
                let sum = lock.withLock { value in
                    value += 1
                    return value
                }
                _exit(sum == 2 && ForkCounter.current != generation ? 0 : 1)
            }
            var status: Int32 = -1
            waitpid(child, &status, 0)
            _exit(status == 0 && ForkCounter.current == generation ? 0 : 1)
        }
    }
}
