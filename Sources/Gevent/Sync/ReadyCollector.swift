internal import EventLoop

/// Gathers objects in the order in which they become ready: under `wait`, `iterateReady` and `joinAll`.
final class ReadyCollector<Object> {
    private let core = HubCore.current
    private let lot: WaitLot
    private var ready: [Object] = []
    private var taken = 0
    private var remaining: Int
    private var links: [Link] = []

    init(_ objects: [Object]) {
        lot = WaitLot(core, .other)
        remaining = objects.count
        for object in objects {
            guard let waitable = object as? any Waitable else { continue }
            // What is ready already is told in its turn too: the order of notification is the order of readiness.
            let link = Link { [unowned self] _ in
                ready.append(object)
                lot.wakeFirstAtOnce()
            }
            links.append(link)
            waitable.attach(link)
        }
    }

    /// The next one, nil when there is none left or `end` has come. Parks.
    func next(until end: Deadline) throws -> Object? {
        while taken == ready.count {
            guard remaining > 0 else { return nil }
            if try !lot.wait(until: end), taken == ready.count { return nil }
        }
        defer {
            taken += 1
            remaining -= 1
        }
        return ready[taken]
    }

    /// Leaves no link behind.
    func close() {
        for link in links { link.cancel() }
        links = []
        remaining = 0
        taken = ready.count
    }

    deinit { for link in links { link.cancel() } }
}

/// Waits until all of `objects` are ready, or `count` of them, or `timeout` is over. Parks the calling greenlet.
///
/// Takes nothing: a semaphore that is ready keeps its permit. gevent's `wait`.
///
/// - Returns: those that are ready, in the order in which they became so.
@available(*, noasync) @discardableResult
public func wait(for objects: [any Waitable], timeout: Duration? = nil, count: Int? = nil) throws -> [any Waitable] {
    let end = deadline(HubCore.current, timeout)
    return try wait(for: objects, until: end, count: min(count ?? objects.count, objects.count))
}

/// `wait` with a deadline in loop time.
func wait<Object>(for objects: [Object], until end: Deadline, count: Int? = nil) throws -> [Object] {
    let collector = ReadyCollector(objects)
    defer { collector.close() }
    let wanted = count ?? objects.count
    var ready: [Object] = []
    while ready.count < wanted, let next = try collector.next(until: end) { ready.append(next) }
    return ready
}

/// Gives `objects` one by one as they become ready, `count` of them at most, until `timeout` is over. gevent's `iwait`.
///
/// Making it does not park; its `next` does.
public func iterateReady(
    _ objects: [any Waitable], timeout: Duration? = nil, count: Int? = nil
) -> Results<any Waitable> {
    let collector = ReadyCollector(objects)
    let core = HubCore.current
    let end = deadline(core, timeout)
    var left = min(count ?? objects.count, objects.count)
    return Results { own in
        guard left > 0 else { return nil }
        let limit = min(end, deadline(core, own))
        guard let next = try collector.next(until: limit) else {
            if core.pointee.loop._withUnsafeGuaranteedRef({ $0.updateNow() }) >= end.time { return nil }
            if own != nil { throw Timeout(after: own) }
            return nil
        }
        left -= 1
        return next
    } close: {
        collector.close()
    }
}
