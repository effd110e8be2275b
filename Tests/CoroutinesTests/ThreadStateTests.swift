import CCoroutine
import Coroutines
import Glibc
import Testing

/// Something whose accesses are checked at run time.
private final class Counter {
    var value = 0
    var other = 0
}

/// Modifies `value` for as long as `body` runs.
@inline(never)
private func modify(_ value: inout Int, _ body: () -> Void) {
    value += 1
    body()
    value += 1
}

@Suite
struct `Swift's hidden words` {
    @TaskLocal static var tag = "none"

    @Test func `were all found`() {
        #expect(Calibration.outcome.accesses)
        #expect(Calibration.outcome.tasks)
    }

    @Test func `are found on each thread, at places of its own`() {
        let thread = UnsafeMutablePointer<cg_thread>.allocate(capacity: 1)
        defer { thread.deallocate() }
        ThreadState.prepare(thread, isolatingAccesses: true)
        defer { cg_overflow_remove(thread) }
        let unused = UnsafeMutablePointer(thread.pointer(to: \.unused))
        let words = [
            thread.pointee.words.0, thread.pointee.words.1, thread.pointee.words.2, thread.pointee.words.3,
        ]
        #expect(Set(words.map { UInt(bitPattern: $0) }).count == 4)
        #expect(!words.contains(unused))
        #expect(!thread.pointee.uses_runtime_calls)
    }

    @Test func `leave accesses alone where they are not to be isolated`() {
        let thread = UnsafeMutablePointer<cg_thread>.allocate(capacity: 1)
        defer { thread.deallocate() }
        ThreadState.prepare(thread, isolatingAccesses: false)
        defer { cg_overflow_remove(thread) }
        #expect(thread.pointee.words.0 == UnsafeMutablePointer(thread.pointer(to: \.unused)))
        #expect(!thread.pointee.uses_runtime_calls)
    }

    @Test(arguments: Rig.Way.allCases)
    func `accesses of parked stacks do not meet`(way: Rig.Way) {
        let counter = Counter()
        let bodies = (0..<10).map { i in
            {
                for _ in 0..<3 {
                    modify(&counter.value) {
                        Rig.suspend()
                        modify(&counter.other) { Rig.suspend() }
                    }
                }
            }
        }
        let rig = Rig(way: way, bodies)
        // Also out of order: whoever began first does not end first.
        for i in (0..<10).reversed() { rig.resume(i) }
        for i in [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5] { rig.resume(i) }
        modify(&counter.value) {}
        rig.runAll()
        #expect(counter.value == 62)
        #expect(counter.other == 60)
    }

    @Test(arguments: Rig.Way.allCases)
    func `each stack sees the task-locals that it bound`(way: Rig.Way) {
        var seen: [[String]] = Array(repeating: [], count: 5)
        let rig = Rig(
            way: way,
            (0..<5).map { i in
                {
                    seen[i].append(Self.tag)
                    Self.$tag.withValue("\(i)") {
                        Rig.suspend()
                        seen[i].append(Self.tag)
                        Self.$tag.withValue("\(i)/inner") {
                            Rig.suspend()
                            seen[i].append(Self.tag)
                        }
                        Rig.suspend()
                        seen[i].append(Self.tag)
                    }
                    seen[i].append(Self.tag)
                }
            })
        Self.$tag.withValue("outside") {
            for i in 0..<5 { rig.resume(i) }
            #expect(Self.tag == "outside")
            for i in [4, 2, 0] { rig.resume(i) }
            #expect(Self.tag == "outside")
        }
        rig.runAll()
        for i in 0..<5 { #expect(seen[i] == ["none", "\(i)", "\(i)/inner", "\(i)", "none"]) }
        #expect(Self.tag == "none")
    }

    @Test func `a fresh stack is in no task, and the thread's own still is`() async {
        var inside: Bool?
        func run() {
            let rig = Rig([{ inside = withUnsafeCurrentTask { $0 != nil } }])
            rig.runAll()
        }
        run()
        #expect(inside == false)
        #expect(withUnsafeCurrentTask { $0 != nil })
    }

    private static func overlap(isolating: Bool) {
        let counter = Counter()
        let rig = Rig(
            isolating: isolating,
            (0..<2).map { _ in
                { modify(&counter.value) { Rig.suspend() } }
            })
        rig.runAll()
    }

    @Test func `shared, they show overlapping accesses`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.overlap(isolating: false)
        }
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("Simultaneous accesses"))
        await #expect(processExitsWith: .success) { Self.overlap(isolating: true) }
    }

    @Test(arguments: [Rig.Way.words, .runtimeCalls])
    func `ten thousand parked accesses do not slow down an access`(way: Rig.Way) {
        let (parked, own) = (Counter(), Counter())
        let rig = Rig(
            way: way, stackSize: 32 * 1024,
            (0..<10_000).map { _ in
                { modify(&parked.value) { Rig.suspend() } }
            })
        let before = Self.time(own)
        for i in 0..<10_000 { rig.resume(i) }
        let during = Self.time(own)
        // Walking the parked ones would take a thousand times as long.
        #expect(during < before * 20 + 0.01)
        for i in 0..<10_000 { rig.resume(i) }
        #expect(parked.value == 20_000)
    }

    /// Seconds of processor time for 10,000 accesses.
    private static func time(_ counter: Counter) -> Double {
        var (start, end) = (timespec(), timespec())
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        for _ in 0..<10_000 { modify(&counter.value) {} }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    }
}
