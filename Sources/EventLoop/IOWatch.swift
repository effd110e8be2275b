import CLibEV

/// Readiness of one descriptor in one direction.
///
/// It stays armed after an event, so the owner disarms it where an event finds nobody who wants it; stopping and
/// starting it around each wait would cost an `epoll_ctl` each time. Whoever closes the descriptor closes the watch
/// first: afterwards the number may belong to something else.
package final class IOWatch {
    /// Called on the loop with the watch's `payload` at an event. `isLevel`: what is reported is reported again in each
    /// poll, as long as it is so. `isEnd`: an error, the end of what the peer sends, or something out of band.
    package typealias Handler =
        @convention(c) (_ payload: UnsafeMutableRawPointer, _ isLevel: Bool, _ isEnd: Bool) -> Void

    /// Called on the loop each time the descriptor is ready, and for errors and hang-ups, and once where the descriptor
    /// turns out to be closed: whatever is tried on it then says so. Make it cheap.
    package var onReady: () -> Void = {}

    /// Called by `EventLoop.cancelWaits(on:)`.
    package var onCancel: () -> Void = {}

    /// The descriptor that is watched.
    package let descriptor: Int32

    /// Which of the kernel's events it is for.
    let interest: UInt32
    // Unchecked, from here on: words of one thread, read or written in one step; the observers touch counters of the
    // loop's only.
    /// Whether it asks for changes only: see `arm`.
    @exclusivity(unchecked) private(set) var isEdge = false
    @exclusivity(unchecked) private var isInSet = false
    @exclusivity(unchecked) private var isClosed = false
    /// The next armed watch on the same descriptor: see `DescriptorSet`.
    @exclusivity(unchecked) var next: Unmanaged<IOWatch>?

    private let loop: EventLoop
    private let handler: Handler?
    private let payload: UnsafeMutableRawPointer?

    /// A watch that is not armed yet.
    ///
    /// With a `handler`, that is called instead of `onReady`; what its payload points to must be there while the watch is
    /// armed.
    package init(
        _ loop: EventLoop, descriptor: Int32, writable: Bool, payload: UnsafeMutableRawPointer? = nil,
        handler: Handler? = nil
    ) {
        guard descriptor >= 0 else { fatalError("a watch needs an open descriptor, not \(descriptor)") }
        self.loop = loop
        self.descriptor = descriptor
        interest = UInt32(writable ? CEV_WRITABLE : CEV_READABLE)
        self.payload = payload
        self.handler = handler
    }

    deinit { close() }

    /// Whether events are delivered. False after the loop was destroyed or the descriptor was found closed.
    package var isArmed: Bool { loop.raw != nil && isInSet }

    /// Whether somebody waits for it. Counts for `canWake`, and keeps a virtual clock from jumping.
    @exclusivity(unchecked) package var isAwaited = false {
        didSet {
            guard isAwaited != oldValue else { return }
            loop.awaitedCount += isAwaited ? 1 : -1
            if isIdle { loop.idleCount += isAwaited ? 1 : -1 }
        }
    }

    /// Whether what it waits for may never come, and nobody minds: a server's listener. It does not keep a virtual clock
    /// from jumping. To be set while it is not awaited.
    @exclusivity(unchecked) package var isIdle = false {
        didSet { if isAwaited && isIdle != oldValue { fatalError("a watch became idle while it is awaited") } }
    }

    /// Starts the delivery of events. Idempotent; without effect once the watch is closed or the loop destroyed.
    ///
    /// With `edge`, a state that lasts is reported once (EPOLLET), for an owner who has tried and knows that it is not
    /// ready at this moment; that saves the kernel to look again after each report. While another watch on the descriptor
    /// does not do so, it is reported as long as it lasts.
    package func arm(edge: Bool = false) {
        if isInSet, isEdge == edge { return }
        guard !isClosed, loop.raw != nil else { return }
        isEdge = edge
        if isInSet {
            loop.descriptors.change(self)
        } else {
            isInSet = true
            loop.descriptors.insert(self)
        }
    }

    /// Stops the delivery of events, those already polled too. Idempotent.
    package func disarm() {
        guard isInSet, loop.raw != nil else { return }
        isInSet = false
        loop.descriptors.remove(self)
    }

    /// Stops it for good. Idempotent. Call it before `close(2)`.
    package func close() {
        guard !isClosed else { return }
        disarm()
        isAwaited = false
        isClosed = true
        // Nothing is called any longer; and what the closure holds, often the watch itself, can go.
        onReady = {}
        onCancel = {}
    }

    func ready(isLevel: Bool, isEnd: Bool) {
        loop.dispatchedCount += 1
        if let handler, let payload {
            // Safe: still armed, so that the payload is there.
            handler(payload, isLevel, isEnd)
        } else {
            onReady()
        }
    }
}
