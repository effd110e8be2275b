/// Greenlets that wait for one thing each, in the order in which they came. Whoever has a thing hands it to the first: the
/// one that waits need not compete for it when it runs, and nobody overtakes it.
///
/// The things themselves stay with the owner of the queue: a ticket says which one was handed. So a wait allocates
/// nothing: its place is the node in the greenlet's control block.
///
///     waits ──hand──► has a ticket ──runs──► wait returns it
///       │                  └──interrupted──► wait gives it to `handBack`, and throws
///       └──time over──► wait returns nil
///
/// `WaitLot` is the other wait queue: there a notification says that something may have changed, and each waiter looks.
package final class HandOffQueue {
    private let core = HubCore.current
    // Unchecked: changed in one go, without calling anything. Rows channel, pool-contended.
    @exclusivity(unchecked) private var list = WaitList()
    /// What is waited for, for dumps. Asked while somebody waits.
    package var words: () -> String

    package init(_ words: @escaping () -> String) { self.words = words }

    /// How many wait.
    package var count: Int { list.count }

    /// Whether nobody waits.
    package var isEmpty: Bool { list.head == nil }

    /// Since when the first one has waited, by the loop's time; 0 if nobody waits.
    package var firstSince: Int64 { list.head?.pointee.block?.pointee.parkedSince ?? 0 }

    /// The same as the other, until a loop time; nil for as long as it takes.
    package func wait(until end: Int64?, handBack: (UInt64) -> Void) throws -> UInt64? {
        try wait(until: end.map { Deadline(at: $0) } ?? .never, offering: 0, handBack: handBack)
    }

    /// Parks the calling greenlet until it is handed a ticket or `end` has come.
    ///
    /// - Parameters:
    ///   - offer: what `takeOffer` gives to the one that takes it.
    ///   - handBack: called with a ticket that was handed to a greenlet which was interrupted before it ran.
    /// - Returns: the ticket; nil when the time is over.
    func wait(until end: Deadline, offering offer: UInt64 = 0, handBack: (UInt64) -> Void) throws -> UInt64? {
        // Safe: the node belongs to the greenlet that runs this, which leaves the list before it returns.
        let node = try core.pointee.parkable().waitNode
        node.pointee.order = offer
        list.append(node)
        let reason = WaitReason.handOff(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
        do {
            while node.pointee.isQueued {
                if try !park(core, until: end, reason), node.pointee.isQueued {
                    list.remove(node)
                    return nil
                }
            }
        } catch {
            if node.pointee.isQueued { list.remove(node) } else { handBack(node.pointee.order) }
            throw error
        }
        return node.pointee.order
    }

    /// Hands a ticket to the first one that waits; false if nobody does. Never parks.
    @discardableResult
    package func hand(_ ticket: UInt64) -> Bool {
        guard let node = list.head else { return false }
        node.pointee.order = ticket
        release(node)
        return true
    }

    /// Lets the first one go on and takes what it offered; nil if nobody waits. Never parks.
    package func takeOffer() -> UInt64? {
        guard let node = list.head else { return nil }
        let offer = node.pointee.order
        release(node)
        return offer
    }

    private func release(_ node: UnsafeMutablePointer<WaitNode>) {
        list.remove(node)
        if let block = node.pointee.block { unpark(core, block) }
    }
}
