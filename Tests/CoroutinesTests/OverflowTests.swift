import CCoroutine
import Coroutines
import Glibc
import Testing

@Suite
struct `A coroutine that leaves its stack` {
    /// Ends 256 bytes above the lowest address that it may use, or that much below it, and suspends there.
    private static func suspend(below bytes: Int, guards: StackSlab.Guard) {
        let rig = Rig(
            way: guards == .none ? .canaries : .words, stackSize: 128 * 1024,
            [
                {
                    Rig.suspend()
                    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1_000) { _ in Rig.suspend() }
                }
            ])
        rig.resume(0)
        rig.shorten(0, by: 128 * 1024 - bytes)
        rig.resume(0)
    }

    @Test(arguments: [true, false])
    func `is found at the next switch, whatever guards there are`(isGuarded: Bool) async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [isGuarded = isGuarded as Bool] in
            Self.suspend(below: 1_024, guards: isGuarded ? .marker : .none)
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("stack overflow in a greenlet: its stack of 128 KiB is used up"), "\(text)")
    }

    private static func stayWithin() { suspend(below: 64 * 1024, guards: .marker) }

    @Test func `is not found where it has not`() async {
        await #expect(processExitsWith: .success) { Self.stayWithin() }
    }

    /// Writes over what lies below the slack of the second coroutine's stack, which has no guard, and comes back.
    private static func overrunAndReturn() {
        let rig = Rig(
            way: .canaries,
            [
                { Rig.suspend() },
                {
                    Rig.suspend()
                    Rig.overrun()
                    Rig.suspend()
                },
            ])
        for _ in 0..<2 { for i in 0..<2 { rig.resume(i) } }
    }

    @Test func `and comes back before the next switch is found by the canary where there is no guard`() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Self.overrunAndReturn()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("stack overflow in a greenlet: its stack of 128 KiB is used up"), "\(text)")
    }

    private static func touchGuard(_ strongest: StackSlab.Guard) {
        let thread = UnsafeMutablePointer<cg_thread>.allocate(capacity: 1)
        ThreadState.prepare(thread, isolatingAccesses: true)
        var slab = StackSlab(
            stackSize: 256 * 1024, guardSize: 65_536, capacity: 64, thread: thread, strongest: strongest)
        guard let first = slab.take(), let second = slab.take() else { return }
        first.storeBytes(of: 1, as: UInt8.self)
        second.storeBytes(of: 1, as: UInt8.self)
        (second - 1).storeBytes(of: 1, as: UInt8.self)
    }

    @Test func `ends the process where it touches a guard`() async {
        await #expect(processExitsWith: .failure) { Self.touchGuard(.marker) }
        await #expect(processExitsWith: .failure) { Self.touchGuard(.protection) }
    }
}
