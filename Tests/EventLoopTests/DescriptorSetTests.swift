import EventLoop
import Glibc
import Testing

@Suite
struct `The set of descriptors` {
    let loop: EventLoop
    let pipe: Pipe
    let watch: IOWatch

    init() throws {
        loop = try EventLoop()
        pipe = try Pipe()
        watch = IOWatch(loop, descriptor: pipe.reading, writable: false)
    }

    @Test func `tells a watch for changes once, and again when more has come`() {
        var events = 0
        watch.onReady = { events += 1 }
        watch.arm(edge: true)
        pipe.write()
        for _ in 0..<3 { loop.poll(mayBlock: false) }
        #expect(events == 1)
        pipe.write()
        for _ in 0..<3 { loop.poll(mayBlock: false) }
        #expect(events == 2)
        // Armed for its state it is told of what has been there all the time.
        watch.arm()
        for _ in 0..<3 { loop.poll(mayBlock: false) }
        #expect(events == 5)
    }

    @Test func `tells a watch for changes of the state that it begins with`() {
        var events = 0
        watch.onReady = { events += 1 }
        pipe.write()
        watch.arm(edge: true)
        for _ in 0..<3 { loop.poll(mayBlock: false) }
        #expect(events == 1)
    }

    @Test func `reports a state as long as it lasts while one watch on the descriptor wants that`() {
        var (changes, states) = (0, 0)
        watch.onReady = { changes += 1 }
        let other = IOWatch(loop, descriptor: pipe.reading, writable: false)
        other.onReady = { states += 1 }
        watch.arm(edge: true)
        other.arm()
        pipe.write()
        for _ in 0..<3 { loop.poll(mayBlock: false) }
        #expect(states == 3 && changes == 3)
        other.close()
        loop.poll(mayBlock: false)
        let before = changes
        for _ in 0..<3 { loop.poll(mayBlock: false) }
        #expect(changes == before)
    }

    @Test func `says what is level and what is an end`() throws {
        final class Notes { var events: [[Bool]] = [] }
        let notes = Notes()
        let watch = IOWatch(
            loop, descriptor: pipe.reading, writable: false, payload: Unmanaged.passUnretained(notes).toOpaque()
        ) { payload, isLevel, isEnd in
            // Safe: the notes outlive the watch.
            Unmanaged<Notes>.fromOpaque(payload).takeUnretainedValue().events.append([isLevel, isEnd])
        }
        watch.arm(edge: true)
        pipe.write()
        loop.poll(mayBlock: false)
        watch.arm()
        loop.poll(mayBlock: false)
        pipe.close(pipe.writing)
        loop.poll(mayBlock: false)
        #expect(notes.events == [[false, false], [true, false], [true, true]])
        watch.close()
        withExtendedLifetime(notes) {}
    }

    @Test func `more than is taken at once is told in the following polls, each once`() throws {
        let (watches, count) = try many()
        for watch in watches { watch.arm(edge: true) }
        pipe.write()
        for _ in 0..<10 { loop.poll(mayBlock: false) }
        #expect(count.events == watches.count)
        for watch in watches { close(watch) }
    }

    @Test func `all that is ready comes before a timer that is due, however much it is`() throws {
        let (watches, count) = try many()
        let log = Recorder.Log()
        let timer = Recorder("timer", loop, log)
        var before = 0
        timer.onFire = { before = count.events }
        for watch in watches { watch.arm(edge: true) }
        pipe.write()
        timer.start(at: loop.now)
        loop.poll(mayBlock: true)
        #expect(log.names == ["timer"] && before == watches.count)
        for watch in watches { close(watch) }
    }

    private final class Count { var events = 0 }

    /// Watches on 130 descriptors of the pipe's end.
    private func many() throws -> ([IOWatch], Count) {
        let count = Count()
        let watches = try (0..<130).map { _ in
            let descriptor = dup(pipe.reading)
            try #require(descriptor >= 0)
            let watch = IOWatch(loop, descriptor: descriptor, writable: false)
            watch.onReady = { count.events += 1 }
            return watch
        }
        return (watches, count)
    }

    private func close(_ watch: IOWatch) {
        watch.close()
        Glibc.close(watch.descriptor)
    }

    @Test func `a file, which never makes anybody wait, is always ready`() throws {
        let file = try #require(tmpfile())
        defer { fclose(file) }
        let watch = IOWatch(loop, descriptor: fileno(file), writable: false)
        var events = 0
        watch.onReady = { events += 1 }
        watch.arm()
        loop.poll(mayBlock: true)
        loop.poll(mayBlock: true)
        #expect(events == 2)
        watch.disarm()
        loop.poll(mayBlock: false)
        #expect(events == 2)
    }

    @Test func `one closed before its watch and open elsewhere does not speak for the next of its number`() throws {
        let elsewhere = dup(pipe.reading)
        defer { Glibc.close(elsewhere) }
        watch.arm()
        loop.poll(mayBlock: false)
        let successor = try Pipe()
        #expect(dup2(successor.reading, pipe.reading) == pipe.reading)
        watch.close()
        let second = IOWatch(loop, descriptor: pipe.reading, writable: false)
        var events = 0
        second.onReady = { events += 1 }
        second.arm()
        pipe.write()
        for _ in 0..<3 { loop.poll(mayBlock: false) }
        #expect(events == 0)
        successor.write()
        loop.poll(mayBlock: false)
        #expect(events == 1)
    }

    @Test func `a number that became another descriptor's under an older watch is watched anew`() throws {
        watch.arm()
        loop.poll(mayBlock: false)
        let successor = try Pipe()
        #expect(dup2(successor.reading, pipe.reading) == pipe.reading)
        let second = IOWatch(loop, descriptor: pipe.reading, writable: false)
        var events = 0
        second.onReady = { events += 1 }
        second.arm()
        watch.close()
        loop.poll(mayBlock: false)
        successor.write()
        loop.poll(mayBlock: false)
        #expect(events == 1)
    }

    @Test func `a forked child that closes its watches takes nothing from its parent`() async {
        await #expect(processExitsWith: .success) {
            let loop = try EventLoop()
            let pipe = try Pipe()
            let watch = IOWatch(loop, descriptor: pipe.reading, writable: false)
            var events = 0
            watch.onReady = { events += 1 }
            watch.arm()
            loop.poll(mayBlock: false)
            let child = ForkCounter.fork()
            if child == 0 {
                watch.close()
                let own = IOWatch(loop, descriptor: pipe.writing, writable: true)
                var told = 0
                own.onReady = { told += 1 }
                own.arm()
                loop.poll(mayBlock: true)
                _exit(told == 1 && events == 0 ? 0 : 1)
            }
            var status: Int32 = -1
            waitpid(child, &status, 0)
            pipe.write()
            loop.poll(mayBlock: true)
            exit(status == 0 && events == 1 ? 0 : 1)
        }
    }
}
