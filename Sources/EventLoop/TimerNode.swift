/// Nanoseconds of `CLOCK_MONOTONIC`, or of virtual time, which starts at one second.
package typealias Nanoseconds = Int64

/// A timer's place in a loop's heap.
///
/// Its owner keeps it in memory that does not move while the timer is started (a control block, a heap
/// allocation), and cancels it before that memory goes.
package struct TimerNode {
    /// When it fires, in loop time.
    package var deadline: Nanoseconds = 0
    /// Breaks ties at one deadline: the priority in the upper byte, the order of the starts below. Set by `start`.
    package var rank: UInt64 = 0
    /// The handle in the heap; -1 while not started; below that, the place in the batch that is being fired.
    package var index: Int32 = -1
    /// Whether this timer alone keeps a loop from being run dry (gevent's `ref`).
    package var keepsLoopAlive = true
    /// The owner's own, for `fire` to find it by.
    package var payload: UnsafeMutableRawPointer?
    /// Called on the loop with the address of this node, which is no longer started then. May start and cancel any
    /// timer, this one too.
    package var fire: @convention(c) (UnsafeMutableRawPointer) -> Void

    package init(
        payload: UnsafeMutableRawPointer? = nil, fire: @escaping @convention(c) (UnsafeMutableRawPointer) -> Void
    ) {
        self.payload = payload
        self.fire = fire
    }

    /// Whether it is going to fire.
    package var isStarted: Bool { index != -1 }
}
