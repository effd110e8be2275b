internal import Gevent

/// In a forked child nothing of the parent's is touched, and the pool begins as it did when it was made.
final class ForkedChild: Addition {
    private var handler: ForkHandler?

    init(_ pool: AnyConnectionPool) {
        super.init()
        handler = pool.hub.onFork { [weak pool] in pool?.startAnewInChild() }
    }
}

extension AnyConnectionPool {
    final func startAnewInChild() {
        for greenlet in slots.compactMap(\.worker) + [keeper].compactMap(\.self) where greenlet !== AnyGreenlet.current
        {
            greenlet.killNoWait()
        }
        // Whoever still has one of these finds that it is none of the pool's any more.
        for slot in slots {
            if slot.state != .leased { forget(slot) }
            slot.state = .gone
        }
        (slots, freePlaces, idle, connecting) = ([], [], SlotQueue(), SlotQueue())
        (reopening, backingOff, checkingCount, closingCount) = (SlotQueue(), SlotQueue(), 0, 0)
        (keeper, keeperDue, lastFirst) = (nil, .min, .min)
        epoch += 1
        for addition in additions { addition.startAnew() }
        change { _ in }
        if !isClosed, keepaliveInterval != nil { startKeepalive() }
    }
}
