import EventLoop
import Glibc
import Testing

@Suite
struct IOWatchTests {
    let loop: EventLoop
    let pipe: Pipe
    let watch: IOWatch

    init() throws {
        loop = try EventLoop()
        pipe = try Pipe()
        watch = IOWatch(loop, descriptor: pipe.reading, writable: false)
    }

    @Test func `a watch stays armed after an event until it is disarmed`() {
        var events = 0
        watch.onReady = { events += 1 }
        #expect(!watch.isArmed)
        watch.arm()
        watch.arm()
        loop.poll(mayBlock: false)
        #expect(events == 0)
        pipe.write()
        loop.poll(mayBlock: false)
        loop.poll(mayBlock: false)
        #expect(events == 2, "level-triggered, and still armed")
        watch.disarm()
        watch.disarm()
        loop.poll(mayBlock: false)
        #expect(events == 2)
        #expect(!watch.isArmed)
        watch.arm()
        loop.poll(mayBlock: false)
        #expect(events == 3)
    }

    @Test func `a blocking poll returns when a descriptor is ready`() throws {
        var ready: [String] = []
        watch.onReady = { [unowned watch] in
            ready.append("reading")
            watch.disarm()
        }
        let writing = IOWatch(loop, descriptor: pipe.writing, writable: true)
        writing.onReady = { [pipe, unowned writing] in
            ready.append("writing")
            pipe.write()
            writing.disarm()
        }
        watch.arm()
        writing.arm()
        loop.poll(mayBlock: true)
        loop.poll(mayBlock: true)
        #expect(ready == ["writing", "reading"])
    }

    @Test func `a closed watch cannot be armed and its pending event is dropped`() throws {
        let other = try Pipe()
        let second = IOWatch(loop, descriptor: other.reading, writable: false)
        var events = 0
        // Whichever comes first closes the other.
        watch.onReady = { [unowned watch] in
            events += 1
            second.close()
            watch.disarm()
        }
        second.onReady = { [unowned watch, unowned second] in
            events += 1
            watch.close()
            second.disarm()
        }
        watch.arm()
        second.arm()
        pipe.write()
        other.write()
        loop.poll(mayBlock: false)
        loop.poll(mayBlock: false)
        #expect(events == 1)
        watch.close()
        watch.close()
        second.close()
        watch.arm()
        second.arm()
        #expect(!watch.isArmed && !second.isArmed)
    }

    @Test func `a callback may drop its own watch`() throws {
        let box = Box()
        let watch = IOWatch(loop, descriptor: pipe.writing, writable: true)
        box.watch = watch
        watch.onReady = { box.watch = nil }
        watch.arm()
        weak let weakly = watch
        loop.poll(mayBlock: false)
        #expect(box.watch == nil)
        withExtendedLifetime(weakly) {}
    }

    private final class Box {
        var watch: IOWatch?
    }

    @Test func `an awaited watch keeps the loop alive`() {
        #expect(!loop.canWake)
        watch.isAwaited = true
        #expect(loop.canWake)
        watch.isAwaited = true
        watch.isAwaited = false
        #expect(!loop.canWake)
        watch.isAwaited = true
        watch.close()
        #expect(!loop.canWake)
    }

    @Test func `a watch on a closed descriptor is told once and stopped`() {
        var events = 0
        watch.onReady = { events += 1 }
        pipe.close(pipe.reading)
        watch.arm()
        loop.poll(mayBlock: true)
        #expect(events == 1)
        #expect(!watch.isArmed)
        loop.poll(mayBlock: false)
        #expect(events == 1)
    }

    @Test func `a descriptor closed before its watch is polled harms nobody`() {
        watch.arm()
        pipe.close(pipe.reading)
        loop.poll(mayBlock: false)
        #expect(!watch.isArmed)
        watch.disarm()
        loop.poll(mayBlock: false)
    }

    @Test func `a descriptor closed under armed watches harms nobody`() throws {
        let second = IOWatch(loop, descriptor: pipe.reading, writable: true)
        watch.arm()
        second.arm()
        loop.poll(mayBlock: false)
        pipe.close(pipe.reading)
        loop.poll(mayBlock: false)
        // libev would now tell the kernel that only one direction is left.
        second.disarm()
        loop.poll(mayBlock: false)
        #expect(!watch.isArmed)
        watch.close()
        second.close()
        loop.poll(mayBlock: false)
    }

    @Test func `several watches on one descriptor are independent`() {
        var events: [Int] = []
        let more = (0..<3).map { IOWatch(loop, descriptor: pipe.reading, writable: $0 == 2) }
        for (number, watch) in more.enumerated() {
            watch.onReady = { events.append(number) }
            watch.arm()
        }
        pipe.write()
        loop.poll(mayBlock: false)
        #expect(events.sorted() == [0, 1])
        more[0].disarm()
        more[2].disarm()
        loop.poll(mayBlock: false)
        #expect(events.sorted() == [0, 1, 1])
    }

    @Test func `a number that is used again works`() throws {
        watch.arm()
        loop.poll(mayBlock: false)
        watch.close()
        let successor = try Pipe()
        // Closes it and takes its number in one step: other tests open descriptors meanwhile.
        #expect(dup2(successor.reading, pipe.reading) == pipe.reading)
        var events = 0
        let second = IOWatch(loop, descriptor: pipe.reading, writable: false)
        second.onReady = { events += 1 }
        second.arm()
        loop.poll(mayBlock: false)
        successor.write()
        loop.poll(mayBlock: false)
        #expect(events == 1)
    }
}
