import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.timeLimit(.minutes(4)))
struct `A parked stack` {
    @TaskLocal static var tag = "none"

    /// Runs `body` in virtual time on a hub that parks stacks after a second.
    private func parking<R>(
        above minimum: Int = 1, after delay: Duration = .seconds(1), _ body: () throws -> R
    ) throws -> R {
        try Hub.withVirtualTime(
            configuration: .init { $0.stackParking = .init(minimumGreenlets: minimum, delay: delay) },
            quiet: .milliseconds(2)
        ) { _ in try body() }
    }

    private var parked: Int { Hub.current.statistics.parkedStacks }

    /// Whether this kernel has what parking needs. Sanitizers have handlers of faults of their own, and keep local variables
    /// elsewhere.
    private static var isPossible: Bool { Hub.current.statistics.stackGuard == .marker }

    /// Deep, with something on each level that must still be there.
    @inline(never)
    private static func descend(_ depth: Int, _ seed: Int, _ wait: () throws -> Void) throws -> Bool {
        try withUnsafeTemporaryAllocation(of: Int.self, capacity: 8) { numbers in
            for i in 0..<8 { numbers.initializeElement(at: i, to: seed &* 31 &+ depth &* i) }
            if depth == 0 { try wait() }
            let isBelow = depth == 0 ? true : try descend(depth - 1, seed, wait)
            return isBelow && (0..<8).allSatisfy { numbers[$0] == seed &* 31 &+ depth &* $0 }
        }
    }

    @Test(.enabled(if: isPossible)) func `holds what was on it, in every wait`() throws {
        try parking {
            let event = Event()
            let result = AsyncResult<Int>()
            let semaphore = CountingSemaphore(0)
            let queue = Queue<Int>()
            let channel = Channel<Int>()
            let child = spawn { try event.wait() }
            let (a, b) = try Socket.pair()
            let waits: [() throws -> Void] = [
                { try sleep(for: .seconds(100)) }, { try event.wait() }, { _ = try result.get() },
                { try semaphore.acquire() }, { _ = try queue.get() }, { _ = try channel.get() }, { try child.join() },
                { _ = try a.receive(upTo: 1) }, { _ = try withTimeout(.seconds(100)) { try event.wait() } },
            ]
            let all = waits.enumerated().map { seed, wait in
                spawn { try Self.descend(seed % 3, seed, wait) }
            }
            try sleep(for: .seconds(10))
            // Themselves and the child. With the address sanitizer's frames some are too large to be worth it.
            #expect(parked == waits.count + 1 || isSanitized && parked > waits.count / 2)
            event.set()
            result.set(1)
            semaphore.release()
            try queue.put(1)
            try channel.put(1)
            try b.sendAll("x")
            let held = try joinAll(all).map { try $0.get() }
            #expect(held == waits.map { _ in true })
            #expect(parked == 0)
        }
    }

    @Test(.enabled(if: isPossible && !isSanitized)) func `has given its memory back`() throws {
        try parking {
            let event = Event()
            var address: UInt = 0
            let greenlet = spawn {
                var local = 42
                try withUnsafeMutablePointer(to: &local) {
                    address = UInt(bitPattern: $0)
                    try event.wait()
                }
                return local
            }
            try sleep(for: .milliseconds(500))
            #expect(Self.isResident(address))
            try sleep(for: .seconds(10))
            #expect(parked == 1)
            #expect((1..<Int(getpagesize() * 4)).contains(Hub.current.statistics.parkedBytes))
            #expect(!Self.isResident(address))
            event.set()
            #expect(try greenlet.get() == 42)
            #expect(Self.isResident(address))
        }
    }

    private static func isResident(_ address: UInt) -> Bool {
        var pages: UInt8 = 0
        // Safe: asks about a page, and touches nothing of it.
        let page = UnsafeMutableRawPointer(bitPattern: address & ~UInt(getpagesize() - 1))
        return mincore(page, 1, &pages) == 0 && pages & 1 == 1
    }

    @Test func `is not made by default`() throws {
        try Hub.withVirtualTime { _ in
            let all = (0..<100).map { _ in spawn { try sleep(for: .seconds(1_000)) } }
            try sleep(for: .seconds(500))
            #expect(parked == 0)
            try joinAll(all)
        }
    }

    @Test(.enabled(if: isPossible)) func `is made only above so many greenlets`() throws {
        try parking(above: 50) {
            let few = (0..<49).map { _ in spawn { try sleep(for: .seconds(1_000)) } }
            try sleep(for: .seconds(100))
            #expect(parked == 0)
            let one = spawn { try sleep(for: .seconds(1_000)) }
            try sleep(for: .seconds(100))
            #expect(parked == 50)
            try joinAll(few + [one])
        }
    }

    @Test(.enabled(if: isPossible)) func `is one of a greenlet that has waited long, and does not wake soon`() throws {
        try parking(after: .seconds(10)) {
            let late = spawn { try sleep(for: .seconds(1_000)) }
            let soon = spawn { try sleep(for: .seconds(18)) }
            let often = spawn { for _ in 0..<100 { try sleep(for: .seconds(9)) } }
            try sleep(for: .seconds(9))
            #expect(parked == 0)
            // At the latest a delay and a half after they began to wait.
            try sleep(for: .seconds(7))
            #expect(parked == 1)
            try joinAll([late, soon, often])
            #expect(parked == 0)
        }
    }

    @Test(.enabled(if: isPossible)) func `is none for which another thread works`() throws {
        try parking {
            let gate = SharedSemaphore(0)
            let worker = spawn { try Hub.current.threadPool.apply { try gate.acquire() } }
            let waiter = spawn { try gate.acquire() }
            let sleeper = spawn { try sleep(for: .seconds(1_000)) }
            try sleep(for: .milliseconds(1))
            // While a thread works virtual time is as slow as the real one.
            let start = ContinuousClock.now
            while parked == 0, ContinuousClock.now - start < .seconds(30) { try sleep(for: .milliseconds(100)) }
            #expect(parked == 1)
            gate.release()
            gate.release()
            try joinAll([worker, waiter])
            try sleeper.kill()
        }
    }

    @Test(.enabled(if: isPossible)) func `gets what is thrown into it`() throws {
        try parking {
            let event = Event()
            let killed = spawn { try event.wait() }
            let cleaned = Locked(0)
            let limited = spawn {
                defer { cleaned.set(1) }
                return try withTimeout(.seconds(50), default: "late") {
                    try event.wait()
                    return "set"
                }
            }
            let broken = Broken()
            let caught = spawn {
                let error = thrown { try event.wait() }
                return same(error, broken)
            }
            try sleep(for: .seconds(20))
            #expect(parked == 3)
            killed.killNoWait()
            caught.killNoWait(throwing: broken)
            #expect(try caught.get())
            #expect(throws: GreenletExit.self) { try killed.get() }
            #expect(try limited.get() == "late")
            #expect(cleaned.value == 1)
            #expect(parked == 0)
        }
    }

    @Test(.enabled(if: isPossible)) func `keeps accesses and task-locals`() throws {
        try parking {
            let event = Event()
            var shared = 0
            let all = (0..<20).map { number in
                spawn {
                    var own = number
                    return try Self.$tag.withValue("g\(number)") {
                        func hold(_ value: inout Int) throws { try event.wait(); value += 1 }
                        try hold(&own)
                        shared += 1
                        return "\(Self.tag) \(own)"
                    }
                }
            }
            try sleep(for: .seconds(10))
            #expect(parked == 20)
            event.set()
            let seen = try joinAll(all).map { try $0.get() }
            #expect(Set(seen) == Set((0..<20).map { "g\($0) \($0 + 1)" }))
            #expect(shared == 20 && Self.tag == "none")
        }
    }

    @Test(.enabled(if: isPossible)) func `shows its calls in a dump, and stays parked`() throws {
        try parking {
            let event = Event()
            let greenlet = spawn { try Self.descend(3, 1) { try event.wait() } }
            try sleep(for: .seconds(10))
            let text = Hub.current.dump()
            #expect(text.components(of: "descend(").count > 4, "\(text)")
            #expect(parked == 1)
            event.set()
            #expect(try greenlet.get())
        }
    }

    // MARK: Touched by others

    @Test(.enabled(if: isPossible && !isSanitized)) func `comes back when another greenlet touches it`() throws {
        try parking {
            let event = Event()
            var lent: UnsafeMutablePointer<Int>?
            let owner = spawn {
                var local = 1
                return try withUnsafeMutablePointer(to: &local) {
                    lent = $0
                    try event.wait()
                    return $0.pointee
                }
            }
            try sleep(for: .seconds(10))
            #expect(parked == 1)
            #expect(lent?.pointee == 1)
            #expect(parked == 0)
            lent?.pointee = 2
            // It has waited long all the same, and is parked once more.
            try sleep(for: .seconds(10))
            #expect(parked == 1)
            lent?.pointee += 1
            event.set()
            #expect(try owner.get() == 3)
        }
    }

    @Test(.enabled(if: isPossible && !isSanitized)) func `comes back when another thread touches it`() throws {
        try parking {
            let event = Event()
            var lent: UnsafeMutableBufferPointer<Int>?
            let owner = spawn {
                try withUnsafeTemporaryAllocation(of: Int.self, capacity: 16) { numbers in
                    numbers.initialize(repeating: 7)
                    lent = numbers
                    try event.wait()
                    return numbers.reduce(0, +)
                }
            }
            for _ in 0..<20 {
                try sleep(for: .seconds(10))
                #expect(parked == 1)
                nonisolated(unsafe) let numbers = lent
                try Hub.current.threadPool.apply { for place in 0..<16 { numbers?[place] += 1 } }
            }
            event.set()
            #expect(try owner.get() == 16 * 27)
        }
    }

    @Test(.enabled(if: isPossible && !isSanitized)) func `may be sent from and received into by others`() throws {
        try parking {
            let event = Event()
            let (a, b) = try Socket.pair()
            var lent: UnsafeMutableRawBufferPointer?
            let owner = spawn {
                try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { room in
                    room.initializeMemory(as: UInt8.self, repeating: 65)
                    lent = room
                    try event.wait()
                    return String(decoding: room, as: UTF8.self)
                }
            }
            try sleep(for: .seconds(10))
            #expect(parked == 1)
            let room = try #require(lent)
            // Not through an array: the system call itself is given the pointer.
            try a.sendAll(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: room[..<32])))
            #expect(try b.receive(upTo: 64) == [UInt8](repeating: 65, count: 32))
            #expect(parked == 0)
            try sleep(for: .seconds(10))
            #expect(parked == 1)
            try a.sendAll([UInt8](repeating: 66, count: 16))
            var span = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: room[..<32]))
            #expect(try b.receive(into: &span) == 16)
            event.set()
            #expect(try owner.get() == String(repeating: "B", count: 16) + String(repeating: "A", count: 48))
        }
    }

    // MARK: Many

    @Test(.enabled(if: isPossible), arguments: 1...4)
    func `holds through thousands of waits of random length`(seed: Int) throws {
        try parking {
            var most = 0
            let all = (0..<300).map { number in
                spawn {
                    var random = SplitMix(state: UInt64(seed * 1_000 + number))
                    for _ in 0..<30 {
                        let depth = Int(random.next() % 12)
                        let pause = Duration.milliseconds(Int(random.next() % 8_000))
                        let holds = try Self.descend(depth, number) { try sleep(for: pause) }
                        guard holds else { return false }
                    }
                    return true
                }
            }
            let observer = spawn {
                while true {
                    try sleep(for: .milliseconds(700))
                    most = max(most, parked)
                }
            }
            #expect(try joinAll(all).allSatisfy { try $0.get() })
            try observer.kill()
            #expect(most > 50)
            #expect(parked == 0)
        }
    }

    @Test(.enabled(if: isPossible)) func `ends with its hub`() throws {
        final class Witness {}
        weak var witness: Witness?
        let ended = Locked(0)
        try parking {
            let object = Witness()
            witness = object
            for _ in 0..<10 {
                spawn {
                    defer { ended.change { $0 += 1 } }
                    _ = try withExtendedLifetime(object) { try Event().wait() }
                }
            }
            try sleep(for: .seconds(10))
            // One whose frames fill a page is not worth it.
            #expect(parked > 0)
        }
        #expect(ended.value == 10)
        #expect(witness == nil)
    }

    @Test(.enabled(if: isPossible)) func `goes on in a forked child`() async {
        await #expect(processExitsWith: .success) { exit(Self.survivesFork() ? 0 : 1) }
    }

    private static func survivesFork() -> Bool {
        let configuration = Hub.Configuration {
            $0.stackParking = .init(minimumGreenlets: 1, delay: .seconds(1))
        }
        let holds = try? Hub.withVirtualTime(configuration: configuration) { _ in
            let event = Event()
            let greenlet = spawn { try Self.descend(5, 9) { try event.wait() } }
            try sleep(for: .seconds(10))
            guard Hub.current.statistics.parkedStacks == 1 else { return false }
            let child = try forkProcess()
            event.set()
            let holds = try greenlet.get()
            if child == 0 { _exit(holds ? 0 : 1) }
            var status: Int32 = -1
            while waitpid(child, &status, 0) == -1 && errno == EINTR {}
            return status == 0 && holds
        }
        return holds == true
    }

    @Test func `is asked for with sensible numbers`() async {
        await #expect(processExitsWith: .failure) { _ = Hub.StackParking(minimumGreenlets: -1) }
        await #expect(processExitsWith: .failure) { _ = Hub.StackParking(delay: .seconds(-1)) }
        #expect(Hub.StackParking().minimumGreenlets == 100_000 && Hub.StackParking().delay == .seconds(5))
    }
}

extension String {
    /// The parts between occurrences of `text`.
    fileprivate func components(of text: String) -> [Substring] {
        split(separator: text, omittingEmptySubsequences: false)
    }
}
