/// Hands items from greenlet to greenlet: a put waits until somebody takes the item. gevent's `Channel`.
///
/// Who waits stands in a list, by the node in its control block; items on their way lie on a shelf, and a node's number
/// says where. So a message allocates nothing, and no two greenlets ever see into each other's stacks.
///
///     put waits:  node ─► item, until a get takes both, or the put gives up
///     get waits:  node, until a put leaves an item for it: then the node is out of the list, and knows the place
public final class Channel<Element> {
    private let core = HubCore.current
    private let shelf = Shelf<Element>()
    // Unchecked, all of them: changed in one go, without calling anything.
    @exclusivity(unchecked) private var putters = WaitList()
    @exclusivity(unchecked) private var getters = WaitList()
    /// Places of items that were handed to a greenlet which was interrupted then; the last one is offered first.
    @exclusivity(unchecked) private var orphans: [UInt64] = []

    /// An empty channel; it holds nothing by itself.
    public init() {}

    /// Waiting puts, less waiting gets.
    public var balance: Int { putters.count + orphans.count - getters.count }

    /// Offers an item and waits until it was taken, or `timeout` is over. Parks the calling greenlet. Throws `QueueFull`
    /// when the time is over: then nobody has it.
    @available(*, noasync)
    public func put(_ item: Element, timeout: Duration? = nil) throws {
        core.checkThread()
        let block = try core.pointee.parkable()
        let place = shelf.put(item)
        if getters.head != nil {
            // The one who takes goes first, the one who gave right behind it.
            hand(place)
            return try yieldTurn(core)
        }
        try waitForTaker(block.waitNode, place, timeout)
    }

    // Not generic in effect: the nodes alone say what happened.
    private func waitForTaker(_ node: UnsafeMutablePointer<WaitNode>, _ place: UInt64, _ timeout: Duration?) throws {
        node.pointee.order = place
        putters.append(node)
        let end = deadline(core, timeout)
        do {
            while node.pointee.isQueued {
                if try !park(core, until: end, .queue), node.pointee.isQueued { throw QueueFull() }
            }
        } catch {
            if node.pointee.isQueued {
                putters.remove(node)
                shelf.drop(place)
            }
            throw error
        }
    }

    /// Hands an item to a greenlet that waits for one, else throws `QueueFull`; never parks.
    public func putNoWait(_ item: Element) throws {
        core.checkThread()
        guard getters.head != nil else { throw QueueFull() }
        hand(shelf.put(item))
    }

    /// To the first one that waits, if there is one.
    private func hand(_ place: UInt64) {
        guard let node = getters.head else { return orphans.append(place) }
        getters.remove(node)
        node.pointee.order = place
        if let block = node.pointee.block { unpark(core, block) }
    }

    /// Takes an item, waiting for one until `timeout` is over. Parks the calling greenlet unless somebody offers one.
    /// Throws `QueueEmpty` when the time is over.
    @available(*, noasync)
    public func get(timeout: Duration? = nil) throws -> Element {
        core.checkThread()
        return shelf.take(try offeredPlace() ?? waitForItem(timeout))
    }

    private func waitForItem(_ timeout: Duration?) throws -> UInt64 {
        let node = try core.pointee.parkable().waitNode
        getters.append(node)
        let end = deadline(core, timeout)
        do {
            while node.pointee.isQueued {
                if try !park(core, until: end, .queue), node.pointee.isQueued { throw QueueEmpty() }
            }
        } catch {
            if node.pointee.isQueued {
                getters.remove(node)
            } else {
                // Handed over just before it was interrupted: the item goes to the next one, first of all.
                hand(node.pointee.order)
            }
            throw error
        }
        return node.pointee.order
    }

    /// Takes an item that somebody offers, else throws `QueueEmpty`; never parks.
    public func getNoWait() throws -> Element {
        core.checkThread()
        guard let place = offeredPlace() else { throw QueueEmpty() }
        return shelf.take(place)
    }

    /// The first item that is offered; whoever offered it goes on.
    private func offeredPlace() -> UInt64? {
        if !orphans.isEmpty { return orphans.removeLast() }
        guard let node = putters.head else { return nil }
        putters.remove(node)
        if let block = node.pointee.block { unpark(core, block) }
        return node.pointee.order
    }
}

@available(*, unavailable) extension Channel: Sendable {}
