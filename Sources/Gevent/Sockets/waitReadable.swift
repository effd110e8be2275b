internal import EventLoop
internal import Glibc

/// Waits until a descriptor of your own is readable. Parks the calling greenlet. gevent's `wait_read`.
///
/// Several greenlets may wait for one descriptor. Throws `error`, or by default a `SocketTimeout`, when `timeout` is over,
/// and a `SocketError` with `EBADF` for a descriptor that is not open, or whose `Socket`, stream or `File` of this hub is
/// closed meanwhile. `close(2)` does not wake the greenlet: call `cancelWaits(on:)` before. Another descriptor that gets
/// the number is `EBADF` too.
@available(*, noasync)
public func waitReadable(_ descriptor: Int32, timeout: Duration? = nil, throwing error: (any Error)? = nil) throws {
    try waitReady(descriptor, timeout, error, isWriting: false)
}

/// Waits until a descriptor of your own is writable. Parks the calling greenlet. gevent's `wait_write`.
///
/// As `waitReadable`, for the other direction.
@available(*, noasync)
public func waitWritable(_ descriptor: Int32, timeout: Duration? = nil, throwing error: (any Error)? = nil) throws {
    try waitReady(descriptor, timeout, error, isWriting: true)
}

private func waitReady(_ descriptor: Int32, _ timeout: Duration?, _ error: (any Error)?, isWriting: Bool) throws {
    let what = "descriptor \(descriptor) to become \(isWriting ? "writable" : "readable")"
    guard let identity = OpenDescription.Identity(descriptor) else {
        throw SocketError("waiting for \(what)", errno: EBADF)
    }
    let core = HubCore.current
    let block = try core.pointee.parkable()
    let end = deadline(core, timeout)
    let watch = IOWatch(core.pointee.loop.takeUnretainedValue(), descriptor: descriptor, writable: isWriting)
    var isReady = false
    var isCancelled = false
    watch.onReady = {
        isReady = true
        unpark(core, block)
    }
    // Fidelity: gevent's waits return, as if it were ready.
    // Disarmed at once: the number may be another descriptor's before the greenlet runs.
    watch.onCancel = { [unowned watch] in
        isCancelled = true
        watch.disarm()
        unpark(core, block)
    }
    watch.arm()
    watch.isAwaited = true
    defer { watch.close() }
    while !isReady {
        guard try park(core, until: end, isWriting ? .write(descriptor) : .read(descriptor)) else {
            throw error ?? SocketTimeout("timed out while waiting for \(what)")
        }
        if isCancelled { break }
    }
    if isCancelled { throw SocketError.closedElsewhere }
    // Closed by `close(2)`, or on another thread?
    guard OpenDescription.Identity(descriptor) == identity else {
        throw SocketError("waiting for \(what)", errno: EBADF)
    }
}

/// Wakes all greenlets of this hub that wait for a descriptor, with a `SocketError` with `EBADF`, when their turn comes.
/// Never parks. To be called before a descriptor of your own is closed; a `Socket`, a `DescriptorStream` and a `File` do
/// so themselves. gevent's `cancel_wait`, and with `close(2)` behind it gevent's `os.close`.
public func cancelWaits(on descriptor: Int32) { HubCore.current.cancelWaits(on: descriptor) }

extension Core {
    /// Wakes all greenlets of this hub that wait for a descriptor.
    func cancelWaits(on descriptor: Int32) {
        if !isGone { pointee.loop.takeUnretainedValue().cancelWaits(on: descriptor) }
    }
}
