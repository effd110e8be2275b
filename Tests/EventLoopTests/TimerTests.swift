import EventLoop
import Testing

@Suite(.timeLimit(.minutes(4)))
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
