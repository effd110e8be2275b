internal import EventLoop
internal import Glibc

/// The descriptors that `waitForDescriptors` found ready. What Python's `select` returns.
public struct ReadyDescriptors: Sendable, Hashable {
    /// Those of the readable ones asked for, in their order.
    public let readable: [Int32]
    /// Those of the writable ones asked for, in their order.
    public let writable: [Int32]

    /// Whether the time was over.
    public var isEmpty: Bool { readable.isEmpty && writable.isEmpty }
}

/// Waits until one of these descriptors is ready, and gives all that are; none when `timeout` is over. Parks the calling
/// greenlet. gevent's `select.select`, and with one descriptor in both lists its `wait_readwrite`.
///
/// An error or a hang-up counts as ready: what is tried next tells. Throws a `SocketError` with `EBADF` where one is not
/// open, or was cancelled by `cancelWaits(on:)`. Any number of greenlets may wait for a descriptor.
@available(*, noasync)
public func waitForDescriptors(
    readable: [Int32] = [], writable: [Int32] = [], timeout: Duration? = nil
) throws -> ReadyDescriptors {
    let core = HubCore.current
    var entries =
        readable.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        + writable.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
    try waitForAny(core, &entries, until: deadline(core, timeout))
    if let closed = entries.first(where: { $0.revents & Int16(POLLNVAL) != 0 }) {
        throw SocketError("waiting for descriptor \(closed.fd)", errno: EBADF)
    }
    return ReadyDescriptors(
        readable: entries.prefix(readable.count).filter { $0.revents != 0 }.map(\.fd),
        writable: entries.dropFirst(readable.count).filter { $0.revents != 0 }.map(\.fd))
}

/// Fills in the `revents`. Parks until there are any or the deadline has passed.
///
/// `poll(2)` tells what is ready, and the loop when to ask it again. The watches are new ones each time, so that a
/// number which was closed and belongs to something else by now is no harm.
func waitForAny(_ core: Core, _ entries: inout [pollfd], until deadline: Deadline) throws {
    try giveWayIfSliceUsed(core)
    if ask(&entries) { return }
    let block = try core.pointee.parkable()
    let loop = core.pointee.loop.takeUnretainedValue()
    var isCancelled = false
    var watches: [IOWatch] = []
    defer { for watch in watches { watch.close() } }
    for entry in entries {
        for (event, isWriting) in [(POLLIN, false), (POLLOUT, true)] where entry.events & Int16(event) != 0 {
            let watch = IOWatch(loop, descriptor: entry.fd, writable: isWriting)
            watch.onReady = { unpark(core, block) }
            watch.onCancel = {
                isCancelled = true
                unpark(core, block)
            }
            watch.isAwaited = true
            watches.append(watch)
        }
    }
    while true {
        for watch in watches { watch.arm() }
        let inTime = try park(core, until: deadline, entries.first.map { .read($0.fd) } ?? .other)
        if isCancelled { throw SocketError.closedElsewhere }
        if ask(&entries) || !inTime { return }
        // Ready for an instant, or somebody was quicker. Level-triggered: the watches would tell at once if they lie.
    }
}

/// `poll(2)` without waiting; whether there is anything. A negative number is not open either.
private func ask(_ entries: inout [pollfd]) -> Bool {
    while poll(&entries, nfds_t(entries.count), 0) < 0, errno == EINTR {}
    for index in entries.indices where entries[index].fd < 0 { entries[index].revents = Int16(POLLNVAL) }
    return entries.contains { $0.revents != 0 }
}
