internal import Glibc

/// Waits for many descriptors at once, as they are: each time it tells all that are ready. gevent's `select.poll`.
///
/// ```swift
/// let poller = DescriptorPoller()
/// poller.register(input, for: .readable)
/// poller.register(output, for: [.readable, .writable])
/// for (descriptor, events) in try poller.poll(timeout: .seconds(5)) { … }
/// ```
///
/// The descriptors stay their owners', who may close them at any time: a poll then tells that they are `.invalid`. One
/// that is under way throws a `SocketError` with `EBADF` where a `Socket`, stream or `File` of its hub closes one of them;
/// before `close(2)` call `cancelWaits(on:)`.
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
        require(
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
