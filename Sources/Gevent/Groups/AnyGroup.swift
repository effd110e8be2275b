internal import EventLoop

/// What `Group` and `Pool` share: greenlets that are waited for, or killed, together. A member leaves when it ends.
open class AnyGroup: Sequence {
    final let core = HubCore.current
    private final var members: [ObjectIdentifier: (order: UInt64, greenlet: AnyGreenlet, link: Link)] = [:]
    private final var added: UInt64 = 0
    private final var dying: Set<ObjectIdentifier> = []
    private final let empty = Event()

    init() { empty.set() }

    /// How many members it has.
    public final var count: Int { members.count }

    /// Whether it has none.
    public final var isEmpty: Bool { members.isEmpty }

    /// Its members, in the order in which they were added.
    public final func makeIterator() -> IndexingIterator<[AnyGreenlet]> { snapshot().makeIterator() }

    private final func snapshot() -> [AnyGreenlet] {
        members.values.sorted { $0.order < $1.order }.map(\.greenlet)
    }

    /// Whether `greenlet` is a member.
    public final func contains(_ greenlet: AnyGreenlet) -> Bool { members[ObjectIdentifier(greenlet)] != nil }

    /// Lets a member go; nothing happens if it is none. Never parks.
    public final func discard(_ greenlet: AnyGreenlet) {
        core.checkThread()
        guard let member = members.removeValue(forKey: ObjectIdentifier(greenlet)) else { return }
        dying.remove(ObjectIdentifier(greenlet))
        member.link.cancel()
        didDiscard()
        if members.isEmpty { empty.set() }
    }

    /// A place is free.
    func didDiscard() {}

    /// Takes a greenlet in that there is a place for.
    final func insert(_ greenlet: AnyGreenlet) {
        guard !contains(greenlet) else { return }
        // Linked before anybody can join it: when a join is over, it has left.
        let link = greenlet.rawLink { [weak self] in self?.discard($0) }
        added += 1
        members[ObjectIdentifier(greenlet)] = (added, greenlet, link)
        empty.clear()
    }

    /// Waits for a place, if there is a limit. Parks then.
    func admit(timeout: Duration?) throws {}

    /// Takes a place if one is free.
    func admitNoWait() throws {}

    final func spawnAdmitted<Value>(_ body: @escaping () throws -> Value, _ site: Site) -> Greenlet<Value> {
        let greenlet = Greenlet<Value>(body)
        greenlet.setSite(site.file, site.line)
        insert(greenlet)
        return greenlet.start()
    }

    /// Waits until it has been empty, or `timeout` is over. Parks the calling greenlet. With `raisingErrors` throws an
    /// error of one of the members that it had when called.
    ///
    /// - Returns: whether it has been empty.
    @available(*, noasync) @discardableResult
    public final func join(timeout: Duration? = nil, raisingErrors: Bool = false) throws -> Bool {
        core.checkThread()
        let present = raisingErrors ? snapshot() : []
        let isDone = try empty.wait(timeout: timeout)
        for greenlet in present { if let error = greenlet.error { throw error } }
        return isDone
    }

    /// Kills all members, those that are added meanwhile too, and waits until none is left, or `timeout` is over. Parks
    /// the calling greenlet. Each member is thrown into once.
    @available(*, noasync)
    public final func kill(throwing error: any Error = GreenletExit(), timeout: Duration? = nil) throws {
        core.checkThread()
        let end = deadline(core, timeout)
        while !isEmpty {
            killNoWait(throwing: error)
            let members = snapshot()
            guard try wait(for: members, until: end).count == members.count else { return }
        }
    }

    /// Has `error` thrown into all members; never parks.
    public final func killNoWait(throwing error: any Error = GreenletExit()) {
        core.checkThread()
        for greenlet in snapshot() where !dying.contains(ObjectIdentifier(greenlet)) {
            dying.insert(ObjectIdentifier(greenlet))
            greenlet.killNoWait(throwing: error)
        }
    }

    /// Kills one member and waits until it has ended, or `timeout` is over. Parks the calling greenlet; does nothing for
    /// one that is being killed already. gevent's `killone`.
    @available(*, noasync)
    public final func kill(
        _ greenlet: AnyGreenlet, throwing error: any Error = GreenletExit(), timeout: Duration? = nil
    ) throws {
        guard contains(greenlet), dying.insert(ObjectIdentifier(greenlet)).inserted else { return }
        greenlet.killNoWait(throwing: error)
        try greenlet.join(timeout: timeout)
    }
}

@available(*, unavailable) extension AnyGroup: Sendable {}
