/// Hands items from greenlet to greenlet: a put waits until somebody takes the item. gevent's `Channel`.
///
/// Who waits stands in a hand-off queue; items on their way lie on a shelf, and a ticket says where. So a message allocates
/// nothing, and no two greenlets ever see into each other's stacks.
public final class Channel<Element> {
    private let core = HubCore.current
    private let shelf = Shelf<Element>()
    private let putters = HandOffQueue { "a queue" }
    private let getters = HandOffQueue { "a queue" }
    /// Places of items that were handed to a greenlet which was interrupted then; the last one is offered first.
    // Unchecked: changed in one go, without calling anything.
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
        _ = try core.pointee.parkable()
        let place = shelf.put(item)
        // The one who takes goes first, the one who gave right behind it.
        if getters.hand(place) { return try yieldTurn(core) }
        try waitForTaker(place, timeout)
    }

    private func waitForTaker(_ place: UInt64, _ timeout: Duration?) throws {
        var isTaken = false
        do {
            isTaken = try putters.wait(until: deadline(core, timeout), offering: place) { _ in isTaken = true } != nil
            if !isTaken { throw QueueFull() }
        } catch {
            if !isTaken { shelf.drop(place) }
            throw error
        }
    }

    /// Hands an item to a greenlet that waits for one, else throws `QueueFull`; never parks.
    public func putNoWait(_ item: Element) throws {
        core.checkThread()
        guard !getters.isEmpty else { throw QueueFull() }
        hand(shelf.put(item))
    }

    /// To the first one that waits, if there is one.
    private func hand(_ place: UInt64) {
        if !getters.hand(place) { orphans.append(place) }
    }

    /// Takes an item, waiting for one until `timeout` is over. Parks the calling greenlet unless somebody offers one.
    /// Throws `QueueEmpty` when the time is over.
    @available(*, noasync)
    public func get(timeout: Duration? = nil) throws -> Element {
        core.checkThread()
        return shelf.take(try offeredPlace() ?? waitForItem(timeout))
    }

    private func waitForItem(_ timeout: Duration?) throws -> UInt64 {
        // Handed over just before it was interrupted: the item goes to the next one, first of all.
        guard let place = try getters.wait(until: deadline(core, timeout), handBack: { hand($0) }) else {
            throw QueueEmpty()
        }
        return place
    }

    /// Takes an item that somebody offers, else throws `QueueEmpty`; never parks.
    public func getNoWait() throws -> Element {
        core.checkThread()
        guard let place = offeredPlace() else { throw QueueEmpty() }
        return shelf.take(place)
    }

    /// The first item that is offered; whoever offered it goes on.
    private func offeredPlace() -> UInt64? { orphans.popLast() ?? putters.takeOffer() }
}

@available(*, unavailable) extension Channel: Sendable {}
