import EventLoop
import Testing

@Suite
struct TimerTests {
    let loop: EventLoop
    let log = Recorder.Log()

    init() throws {
        loop = try EventLoop(virtualTime: true)
    }

    /// Fires everything that is started.
    func runDry() {
        while loop.canWake { loop.poll(mayBlock: true) }
    }

    @Test func `timers fire in the order of their deadlines`() {
        let timers = [30, 10, 20, 50, 40].map { (Recorder("\($0)", loop, log), Nanoseconds($0)) }
        for (timer, time) in timers { timer.start(at: loop.now + time) }
        runDry()
        #expect(log.names == ["10", "20", "30", "40", "50"])
        withExtendedLifetime(timers) {}
    }

    // Conformance 9: timers by deadline, then by start
    // Conformance 8: timers before Timeouts of their moment
    @Test func `at one deadline the priority decides and then the order of the starts`() {
        let timers = ["timeout 1", "plain 1", "timeout 2", "plain 2", "urgent"].map { Recorder($0, loop, log) }
        for timer in timers {
            let priority: Int8 = timer.name == "urgent" ? 1 : timer.name.hasPrefix("plain") ? 0 : -1
            timer.start(at: loop.now + 5, priority: priority)
        }
        runDry()
        #expect(log.names == ["urgent", "plain 1", "plain 2", "timeout 1", "timeout 2"])
    }

    @Test func `a deadline in the past sorts before the present`() {
        let present = Recorder("present", loop, log)
        let past = Recorder("past", loop, log)
        present.start(at: loop.now)
        past.start(at: loop.now - 1)
        loop.poll(mayBlock: false)
        #expect(log.names == ["past", "present"])
    }

    @Test func `a cancelled timer does not fire and cancelling is idempotent`() {
        let one = Recorder("one", loop, log)
        let two = Recorder("two", loop, log)
        one.start(at: loop.now + 1)
        two.start(at: loop.now + 2)
        one.cancel()
        one.cancel()
        #expect(loop.timerCount == 1)
        #expect(!one.isStarted && two.isStarted)
        runDry()
        #expect(log.names == ["two"])
        #expect(loop.timerCount == 0)
    }

    @Test func `starting a started timer moves it`() {
        let one = Recorder("one", loop, log)
        let two = Recorder("two", loop, log)
        one.start(at: loop.now + 1)
        two.start(at: loop.now + 2)
        one.start(at: loop.now + 3)
        #expect(loop.timerCount == 2)
        runDry()
        #expect(log.names == ["two", "one"])
    }

    @Test func `a callback may cancel a timer that is due in the same turn`() {
        let one = Recorder("one", loop, log)
        let two = Recorder("two", loop, log)
        let three = Recorder("three", loop, log)
        for timer in [one, two, three] { timer.start(at: loop.now) }
        one.onFire = { [loop] in
            two.cancel()
            #expect(loop.timerCount == 1)
        }
        loop.poll(mayBlock: false)
        #expect(log.names == ["one", "three"])
        #expect(!loop.canWake)
    }

    @Test func `a timer started by a callback with a deadline that is due fires in the next turn`() {
        let first = Recorder("first", loop, log)
        let again = Recorder("again", loop, log)
        first.onFire = { [loop] in again.start(at: loop.now) }
        first.start(at: loop.now)
        loop.poll(mayBlock: false)
        #expect(log.names == ["first"])
        loop.poll(mayBlock: false)
        #expect(log.names == ["first", "again"])
    }

    @Test func `a timer that starts itself again fires once a turn`() {
        let timer = Recorder("tick", loop, log)
        timer.onFire = { [loop, log] in
            if log.names.count < 5 { timer.start(at: loop.now) }
        }
        timer.start(at: loop.now)
        loop.poll(mayBlock: false)
        #expect(log.names.count == 1)
        runDry()
        #expect(log.names.count == 5)
        timer.onFire = {}
    }

    @Test func `random starts and cancels keep the order`() {
        var random = SystemRandomNumberGenerator()
        var timers: [Recorder] = []
        for number in 0..<2000 {
            let timer = Recorder("\(number)", loop, log)
            timers.append(timer)
            timer.start(at: loop.now + .random(in: 0..<500, using: &random))
            if number % 3 == 0 { timers[.random(in: 0..<timers.count, using: &random)].cancel() }
        }
        let expected = timers.filter { $0.isStarted }
            .sorted { ($0.deadline, $0.rank) < ($1.deadline, $1.rank) }
            .map(\.name)
        #expect(loop.timerCount == expected.count)
        runDry()
        #expect(log.names == expected)
    }

    @Test func `a timer that others follow may wait for them, for a 256th of its time at most`() {
        let began = loop.now
        func start(_ time: Duration) -> Recorder {
            let timer = Recorder("\(time)", loop, log)
            timer.start(at: began + time.nanoseconds)
            return timer
        }
        #expect(loop.wakeTime == nil)
        let second = start(.seconds(1))
        #expect(loop.wakeTime == second.deadline)
        let follower = start(.microseconds(1_000_500))
        #expect(loop.wakeTime == second.deadline + 1_000_000)
        // One of 128 ms: half a millisecond.
        let shorter = start(.milliseconds(128))
        #expect(loop.wakeTime == shorter.deadline)
        let next = start(.microseconds(128_499))
        #expect(loop.wakeTime == shorter.deadline + 500_000)
        // A short one in between, which may be 40 us late.
        loop.advance(to: began + 127_000_000)
        let short = start(.microseconds(128_100))
        #expect(loop.wakeTime == short.deadline + 40_000)
        loop.advance(to: began + 128_140_000)
        loop.poll(mayBlock: false)
        #expect(log.names == [shorter.name, short.name])
        #expect(loop.wakeTime == next.deadline)
        runDry()
        #expect(log.names.suffix(3) == [next.name, second.name, follower.name])
        #expect(loop.wakeTime == nil)
    }

    @Test func `no timer is later than its leeway, however they come and go`() {
        var random = SystemRandomNumberGenerator()
        var latest: [ObjectIdentifier: Nanoseconds] = [:]
        let timers = (0..<300).map { Recorder("\($0)", loop, log) }
        for _ in 0..<3000 {
            let timer = timers[.random(in: 0..<timers.count, using: &random)]
            if Bool.random(using: &random) {
                let delay: Nanoseconds = .random(
                    in: 0..<(Bool.random(using: &random) ? 2_000_000 : 300_000_000), using: &random)
                timer.start(in: delay)
                latest[ObjectIdentifier(timer)] = timer.deadline + min(max(delay / 256, 40_000), 1_000_000)
            } else {
                timer.cancel()
            }
            let started = timers.filter(\.isStarted)
            guard let time = loop.wakeTime else {
                #expect(started.isEmpty)
                continue
            }
            #expect(time >= started.map(\.deadline).min() ?? 0)
            #expect(time <= started.compactMap { latest[ObjectIdentifier($0)] }.min() ?? 0)
            if Int.random(in: 0..<4, using: &random) == 0 {
                loop.advance(to: time)
                loop.poll(mayBlock: false)
                #expect(timers.allSatisfy { !$0.isStarted || $0.deadline > time })
            }
        }
        for timer in timers { timer.cancel() }
        #expect(loop.wakeTime == nil)
    }

    @Test func `only a timer that keeps the loop alive can wake it`() {
        let weak = Recorder("weak", loop, log)
        let strong = Recorder("strong", loop, log)
        weak.start(at: loop.now + 1, keepsLoopAlive: false)
        #expect(!loop.canWake)
        strong.start(at: loop.now + 2)
        #expect(loop.canWake)
        runDry()
        #expect(log.names == ["weak", "strong"])
    }
}
