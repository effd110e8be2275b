import CLibEV
import Synchronization

/// A signal, delivered as a callback on a loop.
///
/// It keeps no loop alive, as in gevent. One signal belongs to one loop at a time in the whole process.
package final class SignalWatch {
    private let loop: EventLoop
    private let number: Int32
    private let callback: () -> Void
    private let watcher: UnsafeMutablePointer<ev_signal>
    private var isCancelled = false

    /// Which loop each signal belongs to, and how many watches it has there: libev ends the process for a second loop.
    private static let owners = Mutex<[Int32: (loop: ObjectIdentifier, count: Int)]>([:])

    init(_ loop: EventLoop, _ number: Int32, _ callback: @escaping () -> Void) {
        precondition((1...64).contains(number), "there is no signal \(number)")
        guard let raw = loop.raw else { preconditionFailure("a signal cannot be watched on a destroyed loop") }
        let identity = ObjectIdentifier(loop)
        Self.owners.withLock { owners in
            let count = owners[number]?.count ?? 0
            precondition(
                count == 0 || owners[number]?.loop == identity,
                "signal \(number) is already watched by the hub of another thread")
            owners[number] = (identity, count + 1)
        }
        self.loop = loop
        self.number = number
        self.callback = callback
        watcher = .allocate(capacity: 1)
        watcher.initialize(to: ev_signal())
        cev_signal_init(watcher, { _, watcher, _ in SignalWatch.arrived(watcher) }, number)
        // Safe: unretained, since `deinit` stops the watcher.
        watcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        ev_signal_start(raw, watcher)
    }

    deinit {
        cancel()
        watcher.deinitialize(count: 1)
        watcher.deallocate()
    }

    /// Stops it and restores the signal's default action if no other watch is left. Idempotent.
    package func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        if let raw = loop.raw { ev_signal_stop(raw, watcher) }
        Self.owners.withLock { owners in
            guard let owner = owners[number] else { return }
            owners[number] = owner.count > 1 ? (owner.loop, owner.count - 1) : nil
        }
    }

    private static func arrived(_ watcher: UnsafeMutablePointer<ev_signal>?) {
        guard let data = watcher?.pointee.data else { return }
        // Safe: libev calls back for started watchers only, and these belong to a live SignalWatch (see deinit). The
        // strong reference keeps it alive should the callback drop it.
        let watch = Unmanaged<SignalWatch>.fromOpaque(data).takeUnretainedValue()
        watch.loop.dispatchedCount += 1
        watch.callback()
    }
}
