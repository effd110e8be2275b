internal import Gevent

/// Lets greenlets of a pool wait until something may have changed. Whoever is rung looks and waits again.
final class Bell {
    private var waiting: [AnyGreenlet] = []

    /// Parks the calling greenlet until `ring` or `end`. False if the end came first.
    @discardableResult
    func wait(until end: Nanoseconds) throws -> Bool {
        let greenlet = AnyGreenlet.current
        waiting.append(greenlet)
        defer { waiting.removeAll { $0 === greenlet } }
        return try parkCurrent(until: end == .never ? nil : end)
    }

    /// The same for a greenlet of the pool's own: a kill by a stranger only makes it look, the end of its hub ends it.
    func pause(until end: Nanoseconds) throws {
        do {
            try wait(until: end)
        } catch let error as HubDestroyed {
            throw error
        } catch {}
    }

    func ring() {
        for greenlet in waiting { unparkGreenlet(greenlet) }
    }
}
