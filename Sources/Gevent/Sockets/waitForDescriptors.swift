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
/// open, its `Socket`, stream or `File` of this hub is closed meanwhile, another descriptor has its number by then, or it
/// is cancelled by `cancelWaits(on:)`. Any number of greenlets may wait for a descriptor.
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
    let givesWay = core.isSliceUsed()
    if !givesWay, ask(&entries) { return }
    let block = try core.pointee.parkable()
    let loop = core.pointee.loop.takeUnretainedValue()
    let identities = entries.map { OpenDescription.Identity($0.fd) }
    var isCancelled = false
    var watches: [IOWatch] = []
    defer { for watch in watches { watch.close() } }
    for entry in entries where entry.fd >= 0 {
        for (event, isWriting) in [(POLLIN, false), (POLLOUT, true)] where entry.events & Int16(event) != 0 {
            let watch = IOWatch(loop, descriptor: entry.fd, writable: isWriting)
            watch.onReady = { unpark(core, block) }
            // Disarmed at once: the number may be another descriptor's before the greenlet runs.
            watch.onCancel = { [unowned watch] in
                isCancelled = true
                watch.disarm()
                unpark(core, block)
            }
            watch.arm()
            watch.isAwaited = true
            watches.append(watch)
        }
    }
    // Watched while it gives way, too.
    if givesWay { try giveWay(core) }
    while true {
        if isCancelled { throw SocketError.closedElsewhere }
        if ask(&entries) {
            // Closed by `close(2)`, or on another thread, and another one's number by now.
            for (index, identity) in zip(entries.indices, identities)
            where OpenDescription.Identity(entries[index].fd) != identity { entries[index].revents = Int16(POLLNVAL) }
            return
        }
        // Ready for an instant, or somebody was quicker. Level-triggered: the watches would tell at once if they lie.
        for watch in watches { watch.arm() }
        let inTime = try park(core, until: deadline, entries.first.map { .read($0.fd) } ?? .other)
        if !inTime, !isCancelled {
            _ = ask(&entries)
            return
        }
    }
}

/// `poll(2)` without waiting; whether there is anything. A negative number is not open either.
private func ask(_ entries: inout [pollfd]) -> Bool {
    while poll(&entries, nfds_t(entries.count), 0) < 0, errno == EINTR {}
    for index in entries.indices where entries[index].fd < 0 { entries[index].revents = Int16(POLLNVAL) }
    return entries.contains { $0.revents != 0 }
}
