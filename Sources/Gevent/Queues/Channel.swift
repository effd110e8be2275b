internal import DequeModule

/// Hands items from greenlet to greenlet: a put waits until somebody takes the item. gevent's `Channel`.
public final class Channel<Element> {
    private final class Side {
        /// Who waits; nil for an item whose giver has gone on.
        let block: Block?
        var item: Element?
        var isMatched = false

        init(_ block: Block?, _ item: Element? = nil) {
            self.block = block
            self.item = item
        }
    }

    private let core = HubCore.current
    private var putters = Deque<Side>()
    private var getters = Deque<Side>()

    /// An empty channel; it holds nothing by itself.
    public init() {}

    /// Waiting puts, less waiting gets.
    public var balance: Int { putters.count - getters.count }

    /// Offers an item and waits until it was taken, or `timeout` is over. Parks the calling greenlet. Throws `QueueFull`
    /// when the time is over: then nobody has it.
    @available(*, noasync)
    public func put(_ item: Element, timeout: Duration? = nil) throws {
        core.checkThread()
        let me = Side(try core.pointee.parkable(), item)
        if let getter = getters.popFirst() {
            // The one who takes goes first, the one who gave right behind it.
            hand(item, to: getter)
            me.isMatched = true
            try yieldTurn(core)
            return
        }
        putters.append(me)
        defer { if !me.isMatched { putters.removeAll { $0 === me } } }
        let end = deadline(core, timeout)
        while !me.isMatched {
            if try !park(core, until: end, .queue), !me.isMatched { throw QueueFull() }
        }
    }

    /// Hands an item to a greenlet that waits for one, else throws `QueueFull`; never parks.
    public func putNoWait(_ item: Element) throws {
        core.checkThread()
        guard let getter = getters.popFirst() else { throw QueueFull() }
        hand(item, to: getter)
    }

    private func hand(_ item: Element, to getter: Side) {
        getter.item = item
        getter.isMatched = true
        if let block = getter.block { unpark(core, block) }
    }

    /// Takes an item, waiting for one until `timeout` is over. Parks the calling greenlet unless somebody offers one.
    /// Throws `QueueEmpty` when the time is over.
    @available(*, noasync)
    public func get(timeout: Duration? = nil) throws -> Element {
        core.checkThread()
        if let item = takeOffered() { return item }
        let me = Side(try core.pointee.parkable())
        getters.append(me)
        defer { if !me.isMatched { getters.removeAll { $0 === me } } }
        let end = deadline(core, timeout)
        while me.item == nil && !me.isMatched {
            do {
                if try !park(core, until: end, .queue), !me.isMatched { throw QueueEmpty() }
            } catch {
                // Handed over just before it was interrupted: the item goes to the next one, first of all.
                if me.isMatched, let item = me.item { putBack(item) }
                throw error
            }
        }
        guard let item = me.item else { throw QueueEmpty() }
        return item
    }

    /// Takes an item that somebody offers, else throws `QueueEmpty`; never parks.
    public func getNoWait() throws -> Element {
        core.checkThread()
        guard let item = takeOffered() else { throw QueueEmpty() }
        return item
    }

    private func takeOffered() -> Element? {
        guard let putter = putters.popFirst() else { return nil }
        putter.isMatched = true
        if let block = putter.block { unpark(core, block) }
        return putter.item
    }

    private func putBack(_ item: Element) {
        if let getter = getters.popFirst() {
            hand(item, to: getter)
        } else {
            // Nobody waits: it is offered on behalf of the one who gave it.
            putters.prepend(Side(nil, item))
        }
    }
}

@available(*, unavailable) extension Channel: Sendable {}
