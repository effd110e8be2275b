import EventLoop
import Glibc
import Testing

@Suite
struct WakerTests {
    @Test func `another thread wakes a loop that blocks`() throws {
        let loop = try EventLoop()
        var woken = 0
        loop.onWake = { woken += 1 }
        let waker = loop.waker
        startThread {
            usleep(5000)
            waker.wake()
        }
        loop.poll(mayBlock: true)
        #expect(woken == 1)
    }

    @Test func `wakes before the loop looks are one`() throws {
        let loop = try EventLoop()
        var woken = 0
        loop.onWake = { woken += 1 }
        for _ in 0..<10 { loop.waker.wake() }
        loop.poll(mayBlock: true)
        loop.poll(mayBlock: false)
        #expect(woken == 1)
        loop.waker.wake()
        loop.poll(mayBlock: true)
        #expect(woken == 2)
    }

    @Test func `no wake is lost between threads`() throws {
        let loop = try EventLoop()
        let total = Lock(0)
        var seen = 0
        loop.onWake = { seen = total.withLock { $0 } }
        let waker = loop.waker
        for _ in 0..<4 {
            startThread { @Sendable in
                for _ in 0..<1000 {
                    addOne()
                    waker.wake()
                }
            }
        }
        @Sendable func addOne() { total.withLock { $0 += 1 } }
        while seen < 4000 { loop.poll(mayBlock: true) }
        #expect(seen == 4000)
    }

    @Test func `outstanding work elsewhere keeps a loop alive`() throws {
        let loop = try EventLoop()
        #expect(!loop.canWake)
        loop.retainExternal()
        #expect(loop.canWake)
        loop.releaseExternal()
        #expect(!loop.canWake)
    }

    @Test func `a wake after the loop is destroyed does nothing`() throws {
        let loop = try EventLoop()
        let waker = loop.waker
        loop.destroy()
        waker.wake()
        waker.wake()
        loop.poll(mayBlock: true)
    }
}
