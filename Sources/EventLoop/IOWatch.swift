import CLibEV

/// Readiness of one descriptor in one direction.
///
/// It stays armed after an event, so the owner disarms it where an event finds nobody who wants it; stopping and
/// starting it around each wait would cost an `epoll_ctl` each time. Whoever closes the descriptor closes the watch
/// first: afterwards the number may belong to something else.
package final class IOWatch {
    /// Called on the loop each time the descriptor is ready, and for errors and hang-ups, and once where the descriptor
    /// turns out to be closed: whatever is tried on it then says so. Make it cheap.
    package var onReady: () -> Void = {}

    /// Called by `EventLoop.cancelWaits(on:)`.
    package var onCancel: () -> Void = {}

    /// The descriptor that is watched.
    package let descriptor: Int32

    /// Its place among what the poll under way reported; -1 if it was not.
    var place = -1

    /// The next armed watch on the same descriptor: see `WatchTable`.
    var next: Unmanaged<IOWatch>?

    private let loop: EventLoop
    /// Stable memory for libev, which links watchers into lists by their addresses.
    private let watcher: UnsafeMutablePointer<ev_io>
    private var isClosed = false

    /// A watch that is not armed yet.
    package init(_ loop: EventLoop, descriptor: Int32, writable: Bool) {
        precondition(descriptor >= 0, "a watch needs an open descriptor, not \(descriptor)")
        self.loop = loop
        self.descriptor = descriptor
        watcher = .allocate(capacity: 1)
        watcher.initialize(to: ev_io())
        let events = Int32(writable ? EV_WRITE : EV_READ)
        cev_io_init(
            watcher,
            { _, watcher, _ in
                guard let data = watcher?.pointee.data else { return }
                // Safe: libev calls back for started watchers only, and these belong to a live IOWatch (see deinit).
                Unmanaged<IOWatch>.fromOpaque(data).takeUnretainedValue().report()
            }, descriptor, events)
        // Safe: unretained, since `deinit` stops the watcher.
        watcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        close()
        watcher.deinitialize(count: 1)
        watcher.deallocate()
    }

    /// Whether events are delivered. False after the loop was destroyed or the descriptor was found closed.
    package var isArmed: Bool { loop.raw != nil && watcher.pointee.active != 0 }

    /// Whether somebody waits for it. Counts for `canWake`, and keeps a virtual clock from jumping.
    package var isAwaited = false {
        didSet {
            guard isAwaited != oldValue else { return }
            loop.awaitedCount += isAwaited ? 1 : -1
            if isIdle { loop.idleCount += isAwaited ? 1 : -1 }
        }
    }

    /// Whether what it waits for may never come, and nobody minds: a server's listener. It does not keep a virtual clock
    /// from jumping. To be set while it is not awaited.
    package var isIdle = false {
        didSet { precondition(!isAwaited || isIdle == oldValue, "a watch became idle while it is awaited") }
    }

    /// Starts the delivery of events. Idempotent; without effect once the watch is closed or the loop destroyed.
    package func arm() {
        guard !isClosed, let raw = loop.raw, watcher.pointee.active == 0 else { return }
        ev_io_start(raw, watcher)
        loop.watches.insert(self)
    }

    /// Stops the delivery of events, those already polled too. Idempotent.
    package func disarm() {
        if place >= 0 {
            loop.reported[place] = nil
            place = -1
        }
        guard let raw = loop.raw, watcher.pointee.active != 0 else { return }
        ev_io_stop(raw, watcher)
        loop.watches.remove(self)
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

    /// libev calls the last one first: they are kept until it is through.
    private func report() {
        guard place < 0 else { return }
        place = loop.reported.count
        loop.reported.append(.passUnretained(self))
    }

    func ready() {
        loop.dispatchedCount += 1
        onReady()
    }
}
