import EventLoop
import Glibc
import Testing

@Suite
struct ClockTests {
    let log = Recorder.Log()

    @Test func `virtual time jumps to the next timer without waiting`() throws {
        let loop = try EventLoop(virtualTime: true)
        let timer = Recorder("tomorrow", loop, log)
        let began = loop.now
        let day = Duration.seconds(86400).nanoseconds
        timer.start(at: began + day)
        let real = elapsed { loop.poll(mayBlock: true) }
        #expect(log.names == ["tomorrow"])
        #expect(loop.now == began + day)
        #expect(real < .seconds(600))
    }

    @Test func `virtual time stands still in a poll that does not block`() throws {
        let loop = try EventLoop(virtualTime: true)
        let timer = Recorder("later", loop, log)
        let began = loop.now
        timer.start(at: began + 1)
        loop.poll(mayBlock: false)
        loop.updateNow()
        #expect(loop.now == began)
        loop.advance(to: began + 1)
        loop.poll(mayBlock: false)
        #expect(log.names == ["later"])
    }

    @Test func `virtual time waits in real time while a descriptor is awaited`() throws {
        let loop = try EventLoop(virtualTime: true)
        let pipe = try Pipe()
        let watch = IOWatch(loop, descriptor: pipe.reading, writable: false)
        watch.arm()
        watch.isAwaited = true
        let timer = Recorder("timer", loop, log)
        let began = loop.now
        timer.start(at: began + Duration.milliseconds(20).nanoseconds)
        let real = elapsed { loop.poll(mayBlock: true) }
        #expect(real >= .milliseconds(19))
        #expect(loop.now == began + Duration.milliseconds(20).nanoseconds)
        #expect(log.names == ["timer"])
        // And jumps again once nobody waits.
        watch.isAwaited = false
        timer.start(at: loop.now + Duration.seconds(3600).nanoseconds)
        #expect(elapsed { loop.poll(mayBlock: true) } < .seconds(600))
        watch.close()
    }

    @Test func `virtual time jumps where all that is awaited is idle, but not past what is there`() throws {
        let loop = try EventLoop(virtualTime: true)
        let (pipe, other) = (try Pipe(), try Pipe())
        let idle = IOWatch(loop, descriptor: pipe.reading, writable: false)
        idle.isIdle = true
        idle.arm()
        idle.isAwaited = true
        #expect(loop.canWake)
        let timer = Recorder("timer", loop, log)
        timer.start(in: Duration.seconds(3600).nanoseconds)
        #expect(elapsed { loop.poll(mayBlock: true) } < .seconds(600))
        #expect(log.names == ["timer"])
        // Something has come: the timer waits.
        let began = loop.now
        timer.start(in: 1)
        idle.onReady = { log.names.append("idle") }
        pipe.write()
        loop.poll(mayBlock: true)
        #expect(log.names == ["timer", "idle"] && loop.now == began)
        #expect(pipe.read() == 1)
        // Something else is awaited in earnest.
        let watch = IOWatch(loop, descriptor: other.reading, writable: false)
        watch.arm()
        watch.isAwaited = true
        timer.start(in: Duration.milliseconds(20).nanoseconds)
        #expect(elapsed { loop.poll(mayBlock: true) } >= .milliseconds(19))
        watch.close()
        idle.close()
        #expect(!loop.canWake)
    }

    @Test func `virtual time goes on by what a real wait took`() throws {
        let loop = try EventLoop(virtualTime: true)
        let timer = Recorder("in an hour", loop, log)
        timer.start(in: Duration.seconds(3600).nanoseconds)
        loop.retainExternal()
        let waker = loop.waker
        var longest: Nanoseconds = 0
        // Several times: the thread may be through with its sleep before the poll begins.
        for _ in 0..<20 where longest < 5_000_000 {
            startThread {
                usleep(20_000)
                waker.wake()
            }
            let before = loop.now
            let real = elapsed { loop.poll(mayBlock: true) }
            #expect(loop.now - before <= real.nanoseconds)
            longest = max(longest, loop.now - before)
        }
        #expect(longest >= 5_000_000)
        #expect(log.names.isEmpty)
        loop.releaseExternal()
        loop.poll(mayBlock: true)
        #expect(log.names == ["in an hour"])
    }

    @Test func `the end of time is a deadline like others`() throws {
        let loop = try EventLoop(virtualTime: true)
        let never = Recorder("never", loop, log)
        let soon = Recorder("soon", loop, log)
        never.start(at: .max)
        soon.start(in: 1_000_000)
        loop.retainExternal()
        loop.poll(mayBlock: true)
        loop.waker.wake()
        loop.poll(mayBlock: true)
        #expect(log.names == ["soon"])
        loop.releaseExternal()
        loop.poll(mayBlock: true)
        #expect(log.names == ["soon", "never"])

        let real = try EventLoop()
        let realNever = Recorder("never", real, log)
        realNever.start(at: .max)
        real.waker.wake()
        real.poll(mayBlock: true)
        realNever.cancel()
    }

    @Test func `timers that follow each other at once share a wake-up, and none is early`() throws {
        let loop = try EventLoop()
        let timers = (0..<4).map { Recorder("\($0)", loop, log) }
        let start = loop.updateNow() + 5_000_000
        for (place, timer) in timers.enumerated() { timer.start(at: start + Nanoseconds(place) * 10_000) }
        loop.poll(mayBlock: true)
        #expect(log.names == ["0", "1", "2", "3"])
        #expect(loop.now >= start + 30_000)
    }

    @Test func `timers that follow within their leeway share a wake-up too`() throws {
        let loop = try EventLoop()
        let timers = (0..<4).map { Recorder("\($0)", loop, log) }
        let start = loop.updateNow() + 100_000_000
        for (place, timer) in timers.enumerated() { timer.start(at: start + Nanoseconds(place) * 100_000) }
        loop.poll(mayBlock: true)
        #expect(log.names == ["0", "1", "2", "3"])
        #expect(loop.now >= start + 300_000)
    }

    // How late it ends is a row of `bench`: sleep-precision.
    @Test func `a sleep below the millisecond that epoll knows does not end early`() throws {
        let loop = try EventLoop()
        let timer = Recorder("tick", loop, log)
        for _ in 0..<50 {
            let took = elapsed { [loop] in
                timer.start(at: loop.updateNow() + 100_000)
                loop.poll(mayBlock: true)
            }
            #expect(took >= .microseconds(100))
        }
        #expect(log.names.count == 50)
    }

    @Test func `a sleep with a remainder below a millisecond neither ends early nor spins`() throws {
        let loop = try EventLoop()
        let timer = Recorder("tick", loop, log)
        let deadline = loop.updateNow() + 5_300_000
        timer.start(at: deadline)
        // RUSAGE_THREAD, which Glibc's module hides.
        let thisThread: __rusage_who_t = 1
        var before = rusage()
        getrusage(thisThread, &before)
        loop.poll(mayBlock: true)
        var after = rusage()
        getrusage(thisThread, &after)
        #expect(log.names == ["tick"])
        #expect(loop.now >= deadline)
        #expect(after.ru_nvcsw - before.ru_nvcsw <= 3)
    }

    @Test func `a nearer timer after a farther one is on time and a cancelled one wakes nobody`() throws {
        let loop = try EventLoop()
        let far = Recorder("far", loop, log)
        let near = Recorder("near", loop, log)
        let cancelled = Recorder("cancelled", loop, log)
        let began = loop.updateNow()
        far.start(at: began + 40_000_000)
        cancelled.start(at: began + 1_000_000)
        near.start(at: began + 10_000_000)
        loop.poll(mayBlock: false)
        cancelled.cancel()
        loop.poll(mayBlock: true)
        #expect(log.names.first == "near")
        // Both at once, where the machine was busy for 30 ms.
        if log.names.count == 1 { loop.poll(mayBlock: true) }
        #expect(log.names == ["near", "far"])
        #expect(loop.now >= began + 40_000_000)
    }

    @Test func `the clock is cached until it is read again`() throws {
        let loop = try EventLoop()
        let before = loop.now
        usleep(2000)
        #expect(loop.now == before)
        #expect(loop.updateNow() >= before + 2_000_000)
    }
}
