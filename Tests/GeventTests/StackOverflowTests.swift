import Gevent
import GeventTesting
import Testing

@Suite(.inTurn, .disabled(if: isSanitized, "sanitizers report overflows by themselves"))
struct `A greenlet that uses up its stack` {
    /// Deep, and not a loop after optimisation.
    @inline(never)
    private static func descend(_ depth: Int) -> Int {
        if depth == .max { return 0 }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 16) { numbers in
            numbers.initialize(repeating: depth)
            return descend(depth + 1) &+ numbers[depth & 15]
        }
    }

    private static func overflow() {
        let greenlet = spawn { descend(0) }
        greenlet.name = "deep-one"
        _ = try? greenlet.get()
    }

    @Test func `is named on standard error, with where it was spawned and how large its stack was`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.overflow()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let report = try Regex(
            #"Fatal error: stack overflow in greenlet "deep-one" \(spawned at GeventTests/StackOverflowTests.swift:\d+\)"#
                + ": its stack of 2048 KiB is used up")
        #expect(text.contains(report), "\(text)")
    }

    private static func overflowElsewhere() async {
        let thread = HubThread(configuration: .init { $0.stackSize = 64 * 1024 })
        _ = try? await thread.run { try spawn { descend(0) }.get() }
    }

    @Test func `is reported on a thread of its own too, without a name`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            await Self.overflowElsewhere()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let report = try Regex(
            #"stack overflow in a greenlet \(spawned at GeventTests/StackOverflowTests.swift:\d+\)"#
                + ": its stack of 64 KiB is used up")
        #expect(text.contains(report), "\(text)")
    }

    private static func fault() {
        let greenlet = spawn {
            // Safe: it is meant to fault.
            UnsafeMutablePointer<Int>(bitPattern: 16)?.pointee = 1
        }
        _ = try? greenlet.get()
    }

    @Test func `is told apart from a fault elsewhere`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.fault()
        }
        #expect(!String(decoding: result.standardErrorContent, as: UTF8.self).contains("stack overflow in"))
    }

    private static func stayWithin() {
        let greenlet = spawn { () -> Int in
            func sum(_ depth: Int) -> Int { depth == 0 ? 0 : sum(depth - 1) &+ depth }
            return sum(5_000)
        }
        guard (try? greenlet.get()) == 5_000 * 5_001 / 2 else { fatalError("wrong sum") }
    }

    @Test func `may use most of it`() async {
        await #expect(processExitsWith: .success) { Self.stayWithin() }
    }
}
