import EventLoop

/// A timer on the heap that notes its name when it fires. It keeps itself alive while it is started.
final class Recorder {
    let name: String
    var onFire: () -> Void = {}

    private let node = UnsafeMutablePointer<TimerNode>.allocate(capacity: 1)
    private let loop: EventLoop
    private let log: Log
    private var itself: Recorder?

    final class Log {
        var names: [String] = []
    }

    init(_ name: String, _ loop: EventLoop, _ log: Log) {
        self.name = name
        self.loop = loop
        self.log = log
        node.initialize(
            to: TimerNode { raw in
                let node = raw.assumingMemoryBound(to: TimerNode.self)
                guard let payload = node.pointee.payload else { return }
                // Safe: `itself` keeps the recorder alive while it is started.
                Unmanaged<Recorder>.fromOpaque(payload).takeUnretainedValue().fired()
            })
        node.pointee.payload = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        node.deallocate()
    }

    var isStarted: Bool { node.pointee.isStarted }
    var rank: UInt64 { node.pointee.rank }
    var deadline: Nanoseconds { node.pointee.deadline }

    func start(at deadline: Nanoseconds, priority: Int8 = 0, keepsLoopAlive: Bool = true) {
        loop.start(node, at: deadline, priority: priority, keepsLoopAlive: keepsLoopAlive)
        itself = node.pointee.isStarted ? self : nil
    }

    /// Starts it so many nanoseconds from now.
    func start(in delay: Nanoseconds) {
        start(at: loop.now + delay)
    }

    func cancel() {
        loop.cancel(node)
        itself = nil
    }

    private func fired() {
        itself = nil
        log.names.append(name)
        onFire()
    }
}

extension Duration {
    var nanoseconds: Nanoseconds { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

/// How long the body takes in real time.
func elapsed(_ body: () -> Void) -> Duration {
    ContinuousClock().measure(body)
}
