import Coroutines
import Gevent
import GeventTesting
import Testing

@Suite(.disabled(if: isSanitized, "sanitizers report overflows by themselves"))
struct `The guard below a stack` {
    /// Recurses with frames of some size, of which nothing but the ends is touched: the room in them is used in one
    /// branch, which is never taken.
    @inline(never)
    private static func descend60(_ depth: Int, _ uses: Bool, _ atEnd: () -> Void) -> Int {
        if uses {
            var room = InlineArray<61_440, UInt8>(repeating: 1)
            room[depth & 1_023] = 2
            return room.span.indices.reduce(0) { $0 &+ Int(room[$1]) }
        }
        if depth == 0 { atEnd() }
        return depth == 0 ? 0 : descend60(depth - 1, uses, atEnd) &+ 1
    }

    @inline(never)
    private static func descend160(_ depth: Int, _ uses: Bool, _ atEnd: () -> Void) -> Int {
        if uses {
            var room = InlineArray<163_840, UInt8>(repeating: 1)
            room[depth & 1_023] = 2
            return room.span.indices.reduce(0) { $0 &+ Int(room[$1]) }
        }
        if depth == 0 { atEnd() }
        return depth == 0 ? 0 : descend160(depth - 1, uses, atEnd) &+ 1
    }

    /// On the hub of a thread of its own: the stacks of some greenlets that wait lie below the one that runs `body`.
    private static func onUpperStack(
        _ configure: (inout Hub.Configuration) -> Void, _ body: @escaping @Sendable () -> Void
    ) async {
        let thread = HubThread(configuration: .init(configure))
        _ = try? await thread.run {
            for _ in 0..<8 { spawn { try Event().wait() } }
            try yield()
            let greenlet = spawn { body() }
            greenlet.name = "large-frames"
            try greenlet.join()
        }
    }

    private static func isOverflow(_ standardError: [UInt8]) -> Bool {
        String(decoding: standardError, as: UTF8.self).contains(#"stack overflow in greenlet "large-frames""#)
    }

    private static func overflow60(kilobytes: Int) async {
        await onUpperStack({ $0.stackSize = kilobytes * 1024 }) { _ = descend60(1_000, false) {} }
    }

    @Test(arguments: [64, 192, 2_048])
    func `is hit by frames of 60 KiB, whatever the stack's size`(kilobytes: Int) async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [kilobytes = kilobytes as Int] in
            await Self.overflow60(kilobytes: kilobytes)
        }
        #expect(Self.isOverflow(result.standardErrorContent))
    }

    private static func overflow160(guardSize: Int) async {
        await onUpperStack({
            $0.stackSize = 64 * 1024
            $0.stackGuardSize = guardSize
        }) { _ = descend160(1, false) {} }
    }

    @Test func `is as large as one likes`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            await Self.overflow160(guardSize: 1 << 20)
        }
        #expect(Self.isOverflow(result.standardErrorContent))
    }

    private static func jumpAndSwitch() async {
        await onUpperStack({ $0.stackSize = 64 * 1024 }) {
            _ = descend160(0, false) { try? sleep(for: .milliseconds(1)) }
        }
    }

    @Test func `that a frame has jumped over ends the program at the next switch`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            await Self.jumpAndSwitch()
        }
        #expect(Self.isOverflow(result.standardErrorContent))
    }

    // MARK: Without guards

    /// Deep, with small frames, and back without a switch.
    @inline(never)
    private static func descend(_ depth: Int, _ atEnd: () -> Void) -> Int {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { numbers in
            numbers.initialize(repeating: depth)
            if depth == 0 { atEnd() }
            return (depth == 0 ? 0 : descend(depth - 1, atEnd)) &+ numbers[depth & 63]
        }
    }

    private static func overflowUnguarded(depth: Int, switching: Bool) async {
        await onUpperStack({
            $0.stackSize = 64 * 1024
            $0.strongestStackGuard = .none
        }) {
            guard Hub.current.statistics.stackGuard == .none, Hub.current.statistics.guardedStacks == 0 else { return }
            // A real wait: with nobody else to run, a yield would not switch.
            _ = descend(depth) { if switching { try? sleep(for: .milliseconds(1)) } }
            try? sleep(for: .milliseconds(1))
        }
    }

    @Test(arguments: [true, false])
    func `that the kernel does not give is made up for at the next switch`(switching: Bool) async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [switching = switching as Bool] in
            // Over the stack, where a guard would be, and over half of the stack below.
            await Self.overflowUnguarded(depth: 165 * 1024 / 512, switching: switching)
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(Self.isOverflow(result.standardErrorContent), "\(text)")
    }

    @Test func `is not missed by what stays on its stack`() async {
        await #expect(processExitsWith: .success) { await Self.overflowUnguarded(depth: 30, switching: true) }
    }

    private static func useUpBudget() async -> Bool {
        func kinds() async throws -> (HubStatistics.StackGuard, Int, Int) {
            let thread = try HubThread.start(configuration: .init { $0.strongestStackGuard = .protection })
            let found = try await thread.run {
                try joinAll((0..<100).map { _ in spawn { try yield() } })
                let statistics = Hub.current.statistics
                return (statistics.stackGuard, statistics.stacks, statistics.guardedStacks)
            }
            await thread.stop()
            return found
        }
        let taken = StackBudget.takeMappings(.max)
        guard let without = try? await kinds() else { fatalError("no hub") }
        StackBudget.giveBackMappings(taken)
        // All that the process has, but for what hubs have given back meanwhile.
        guard let with = try? await kinds(), let again = try? await kinds() else { fatalError("no hub") }
        let left = StackBudget.takeMappings(.max)
        print(taken, without, with, again, left)
        return without.0 == .none && without.2 == 0 && with.0 == .protection && with.1 == with.2
            && again.0 == .protection && taken > 1_000 && left == taken
    }

    @Test func `takes mappings of the process, of which all hubs have one part together and give it back`() async {
        await #expect(processExitsWith: .success) { if await !Self.useUpBudget() { fatalError("not as it should be") } }
    }
}
