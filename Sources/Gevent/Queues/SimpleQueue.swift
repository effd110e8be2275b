/// First in, first out, between greenlets. gevent's `SimpleQueue`.
///
/// Those who wait to get, and those who wait to put, are each served in their order; a greenlet that finds an item or
/// room at once comes before them, as in gevent.
open class SimpleQueue<Element> {
    /// How many items it holds at most; nil: as many as there are.
    public final let maxSize: Int?
    private final let limit: Int
    final let core = HubCore.current
    private final let getters: WaitLot
    private final let putters: WaitLot
    private final let ring = Ring<Element>()
    // Unchecked, as `count` is: a number or flag that is read or written in one step, on one thread.
    @exclusivity(unchecked) final private(set) var isShutDown = false

    /// A queue of `maxSize` items at most (nil, the default: unbounded; less than one stops the program) that holds
    /// `items`.
    public init(maxSize: Int? = nil, _ items: [Element] = []) {
        if let maxSize {
            require(maxSize > 0, "a queue's maxSize is at least 1, not \(maxSize); nil is unbounded")
        }
        self.maxSize = maxSize
        getters = WaitLot(core, .queue)
        putters = WaitLot(core, .queue)
        limit = maxSize ?? .max
        for item in items { store(item) }
        count = items.count
        updatePermits()
    }

    // What orders differ in. `take` and `first` are asked for only while there are items, and give no optional: the
    // layout of one of a generic type is looked up each time, which took longer than all the rest.
    func store(_ item: Element) { ring.append(item) }
    func take() -> Element { ring.removeFirst() }
    var first: Element { ring.first }
    func didPut() {}
    func removeAll() { ring.removeAll() }

    /// How many items are in it. gevent's `qsize`.
    @exclusivity(unchecked) public final private(set) var count = 0

    /// Whether nothing is in it.
    public final var isEmpty: Bool { count == 0 }

    /// Whether it holds `maxSize` items.
    public final var isFull: Bool { count >= limit }

    @inline(__always)
    private func updatePermits() {
        getters.permits = count
        putters.permits = isFull ? 0 : 1
    }

    private var isOnHub: Bool { core.pointee.current == core.pointee.hubBlock }

    /// Puts an item in, waiting for room until `timeout` is over. Parks the calling greenlet unless there is room.
    ///
    /// Throws `QueueFull` when the time is over (in a hub callback at once), `QueueShutDown` on a queue that was shut down.
    @available(*, noasync)
    public final func put(_ item: Element, timeout: Duration? = nil) throws {
        core.checkThread()
        if isFull { try waitForRoom(timeout) }
        try putNow(item)
    }

    @inline(never)
    private func waitForRoom(_ timeout: Duration?) throws {
        guard !isShutDown else { return }
        if isOnHub { throw QueueFull() }
        let end = deadline(core, timeout)
        while isFull && !isShutDown {
            if try !putters.wait(until: end), isFull { throw QueueFull() }
        }
    }

    /// Puts an item in if there is room, else throws `QueueFull`; never parks.
    public final func putNoWait(_ item: Element) throws {
        core.checkThread()
        try putNow(item)
    }

    @inline(__always)
    private func putNow(_ item: Element) throws {
        if isShutDown || isFull { throw noRoom }
        store(item)
        count += 1
        didPut()
        updatePermits()
        if !getters.isEmpty { getters.notifyOpen(self) }
    }

    /// Takes the next item, waiting for one until `timeout` is over. Parks the calling greenlet unless there is one.
    ///
    /// Throws `QueueEmpty` when the time is over (in a hub callback at once), `QueueShutDown` once the queue was shut
    /// down and is empty.
    @available(*, noasync)
    public final func get(timeout: Duration? = nil) throws -> Element {
        core.checkThread()
        if isEmpty { try waitForItem(timeout) }
        return try getNow()
    }

    @inline(never)
    private func waitForItem(_ timeout: Duration?) throws {
        guard !isShutDown else { return }
        if isOnHub { throw QueueEmpty() }
        let end = deadline(core, timeout)
        while isEmpty && !isShutDown {
            if try !getters.wait(until: end), isEmpty { throw QueueEmpty() }
        }
    }

    /// Takes the next item if there is one, else throws `QueueEmpty`; never parks.
    public final func getNoWait() throws -> Element {
        core.checkThread()
        return try getNow()
    }

    @inline(__always)
    private func getNow() throws -> Element {
        if isEmpty { throw noItem }
        count -= 1
        updatePermits()
        if !putters.isEmpty { putters.notifyOpen(self) }
        return take()
    }

    private var noRoom: any Error { isShutDown ? QueueShutDown() : QueueFull() }
    private var noItem: any Error { isShutDown ? QueueShutDown() : QueueEmpty() }

    /// Gives the next item and leaves it in, waiting for one until `timeout` is over. Parks and throws as `get` does.
    @available(*, noasync)
    public final func peek(timeout: Duration? = nil) throws -> Element {
        core.checkThread()
        if isEmpty { try waitForItem(timeout) }
        return try peekNoWait()
    }

    /// Gives the next item and leaves it in; throws `QueueEmpty` if there is none. Never parks.
    public final func peekNoWait() throws -> Element {
        if isEmpty { throw noItem }
        return first
    }

    /// Takes the next item, nil once the queue is shut down and empty: `while let x = try queue.next() { }`. Parks the
    /// calling greenlet until there is one; throws `QueueEmpty` when `timeout` is over.
    @available(*, noasync)
    public final func next(timeout: Duration? = nil) throws -> Element? {
        do {
            return try get(timeout: timeout)
        } catch is QueueShutDown {
            return nil
        }
    }

    /// No more puts; gets take what is left, or nothing more.
    final func close(dropping: Bool) {
        isShutDown = true
        if dropping {
            removeAll()
            count = 0
            updatePermits()
        }
        getters.notifyAll(self)
        putters.notifyAll(self)
    }
}

@available(*, unavailable) extension SimpleQueue: Sendable {}
