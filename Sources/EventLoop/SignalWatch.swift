import CLibEV

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
    private static let owners = Lock<[Int32: Owner]>([:])

    private struct Owner {
        let loop: ObjectIdentifier
        var count = 0
    }

    init(_ loop: EventLoop, _ number: Int32, _ callback: @escaping () -> Void) {
        guard 1...64 ~= number else { fatalError("there is no signal \(number)") }
        guard let raw = loop.raw else { fatalError("a signal cannot be watched on a destroyed loop") }
        self.loop = loop
        self.number = number
        self.callback = callback
        watcher = .allocate(capacity: 1)
        watcher.initialize(to: ev_signal())
        cev_signal_init(watcher, { _, watcher, _ in SignalWatch.arrived(watcher) }, number)
        // Safe: unretained, since `deinit` stops the watcher.
        watcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()

        let identity = ObjectIdentifier(loop)
        Self.owners.withLock { owners in
            var owner = owners[number] ?? Owner(loop: identity)
            guard owner.loop == identity else {
                fatalError("signal \(number) is already watched by the hub of another thread")
            }
            owner.count += 1
            owners[number] = owner
            // Within the lock: libev's table of signals belongs to the process.
            ev_signal_start(raw, watcher)
        }
        loop.signalWatches.append(.passUnretained(self))
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
        loop.signalWatches.removeAll { $0.toOpaque() == Unmanaged.passUnretained(self).toOpaque() }
        Self.owners.withLock { owners in
            if let raw = loop.raw { ev_signal_stop(raw, watcher) }
            guard var owner = owners[number] else { return }
            owner.count -= 1
            owners[number] = owner.count > 0 ? owner : nil
        }
    }

    /// Runs `body` while no other thread is changing the table of signals.
    static func withOwnersHeld<Result>(_ body: () -> Result) -> Result { owners.withLock { _ in body() } }

    private static func arrived(_ watcher: UnsafeMutablePointer<ev_signal>?) {
        guard let data = watcher?.pointee.data else { return }
        // Safe: libev calls back for started watchers only, and these belong to a live SignalWatch (see deinit). The
        // strong reference keeps it alive should the callback drop it.
        let watch = Unmanaged<SignalWatch>.fromOpaque(data).takeUnretainedValue()
        watch.loop.dispatchedCount += 1
        watch.callback()
    }
}
