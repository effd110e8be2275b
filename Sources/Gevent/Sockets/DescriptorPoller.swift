internal import EventLoop
internal import Glibc

/// What may happen to a descriptor, for `DescriptorPoller`. The numbers of `poll(2)`.
public struct DescriptorEvents: OptionSet, Sendable, Hashable {
    /// `poll(2)`'s bits.
    public let rawValue: Int16

    /// Events by `poll(2)`'s bits.
    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// There is something to read, or a connection to accept, or it has ended. `POLLIN`.
    public static let readable = DescriptorEvents(rawValue: Int16(POLLIN))
    /// There is room for something to write. `POLLOUT`.
    public static let writable = DescriptorEvents(rawValue: Int16(POLLOUT))
    /// An error is kept for it; told whether it is asked for or not. `POLLERR`.
    public static let error = DescriptorEvents(rawValue: Int16(POLLERR))
    /// The other end has gone; told whether it is asked for or not. `POLLHUP`.
    public static let hangUp = DescriptorEvents(rawValue: Int16(POLLHUP))
    /// It is not open; told whether it is asked for or not. `POLLNVAL`.
    public static let invalid = DescriptorEvents(rawValue: Int16(POLLNVAL))
}

/// Waits for many descriptors at once, as they are: each time it tells all that are ready. gevent's `select.poll`.
///
/// ```swift
/// let poller = DescriptorPoller()
/// poller.register(input, for: .readable)
/// poller.register(output, for: [.readable, .writable])
/// for (descriptor, events) in try poller.poll(timeout: .seconds(5)) { … }
/// ```
///
/// The descriptors stay their owners', who may close them at any time: a poll then tells that they are `.invalid`.
/// Where one is closed while a greenlet waits for it, call `cancelWaits(on:)` before.
public final class DescriptorPoller {
    private let core: Core
    private var entries: [pollfd] = []
    private var isPolling = false

    /// A poller that watches nothing yet.
    public init() { core = HubCore.current }

    /// The descriptors that it watches, in the order in which they were registered.
    public var descriptors: [Int32] { entries.map(\.fd) }

    /// Watches a descriptor; one that is registered already, for these events from the next poll on. They are to contain
    /// `.readable` or `.writable`; else the program stops.
    public func register(_ descriptor: Int32, for events: DescriptorEvents) {
        core.checkThread()
        precondition(
            !events.isDisjoint(with: [.readable, .writable]), "a descriptor is watched for reading, writing or both")
        // A negative number would mean "leave out" to poll(2).
        let entry = pollfd(fd: descriptor, events: events.rawValue, revents: 0)
        if let index = index(of: descriptor) { entries[index] = entry } else { entries.append(entry) }
    }

    /// Watches it no longer, from the next poll on. Returns whether it was registered.
    @discardableResult
    public func unregister(_ descriptor: Int32) -> Bool {
        core.checkThread()
        guard let index = index(of: descriptor) else { return false }
        entries.remove(at: index)
        return true
    }

    private func index(of descriptor: Int32) -> Int? { entries.firstIndex { $0.fd == descriptor } }

    /// The descriptors that are ready, and for what, in the order in which they were registered; none when `timeout` is
    /// over. Parks the calling greenlet until there is one.
    ///
    /// Each poll begins afresh: what is ready and was not dealt with is told again. One greenlet at a time; another one
    /// gets a `ConcurrentObjectUseError`.
    @available(*, noasync)
    public func poll(timeout: Duration? = nil) throws -> [(descriptor: Int32, events: DescriptorEvents)] {
        core.checkThread()
        guard !isPolling else {
            throw ConcurrentObjectUseError(
                description: "another greenlet is already waiting with this DescriptorPoller")
        }
        isPolling = true
        defer { isPolling = false }
        var polled = entries
        try waitForAny(core, &polled, until: deadline(core, timeout))
        return polled.filter { $0.revents != 0 }.map { ($0.fd, DescriptorEvents(rawValue: $0.revents)) }
    }
}

@available(*, unavailable) extension DescriptorPoller: Sendable {}

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
private func waitForAny(_ core: Core, _ entries: inout [pollfd], until deadline: Nanoseconds?) throws {
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
