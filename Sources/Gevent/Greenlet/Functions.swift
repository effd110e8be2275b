internal import EventLoop

/// Starts a greenlet that runs `body`. Only schedules: it runs when the caller parks, after those spawned before.
/// gevent's `spawn`.
@available(*, noasync, message: "async code has no hub under it: use HubThread.run or Hub.Handle.run")
@discardableResult @inlinable
public func spawn<Value>(
    _ body: consuming @escaping () throws -> Value, file: StaticString = #fileID, line: UInt = #line
) -> Greenlet<Value> {
    Greenlet.spawn(body, file: file, line: line)
}

/// Starts a greenlet that runs `body` on a stack of at least `stackSize` bytes: see ``AnyGreenlet/stackSize``.
///
/// ```swift
/// let tree = spawn(stackSize: 16 << 20) { try Parser(text).parse() }
/// ```
@available(*, noasync, message: "async code has no hub under it: use HubThread.run or Hub.Handle.run")
@discardableResult
public func spawn<Value>(
    stackSize: Int, _ body: @escaping () throws -> Value, file: StaticString = #fileID, line: UInt = #line
) -> Greenlet<Value> {
    Greenlet.spawn(stackSize: stackSize, body, file: file, line: line)
}

/// Starts a greenlet that runs `body` once `delay` has passed. gevent's `spawn_later`.
@available(*, noasync, message: "async code has no hub under it: use HubThread.run or Hub.Handle.run")
@discardableResult
public func spawn<Value>(
    after delay: Duration, _ body: @escaping () throws -> Value, file: StaticString = #fileID, line: UInt = #line
) -> Greenlet<Value> {
    Greenlet.spawn(after: delay, body, file: file, line: line)
}

/// Starts a greenlet without a result, which nobody can wait for or kill. An error is reported. gevent's `spawn_raw`.
@available(*, noasync, message: "async code has no hub under it: use HubThread.run or Hub.Handle.run")
public func spawnRaw(
    _ body: @escaping () throws -> Void, file: StaticString = #fileID, line: UInt = #line
) {
    let greenlet = RawGreenlet(.callback, body)
    greenlet.setSite(file, line)
    greenlet.start()
}

/// Parks the calling greenlet for `duration`; zero or less is a `yield()`. gevent's `sleep`.
///
/// At least that long by the hub's clock, counted from now. One that ends alone ends on time; where many end close to
/// each other one wake-up serves several: up to 40 us late, of more than 10 ms up to 1/256 of their time, at most 1 ms.
/// Throws what is delivered meanwhile: a kill, a `Timeout`.
@available(*, noasync)
public func sleep(for duration: Duration) throws {
    let core = HubCore.current
    guard duration > .zero else { return try yieldTurn(core) }
    _ = try park(core, until: deadline(core, duration), .sleep)
}

/// The same, in whole seconds, as Python has it.
///
/// Without it `sleep(1)` would be libc's wherever that is imported, and would block the hub. With it such a call does not
/// compile until it has its `try`.
@available(*, noasync)
public func sleep(_ seconds: Int) throws { try sleep(for: .seconds(seconds)) }

/// The same, in seconds, as Python has it.
@available(*, noasync)
public func sleep(_ seconds: Double) throws {
    require(!seconds.isNaN, "sleep(_:) is given no number")
    // Beyond three thousand years a clock ends.
    try sleep(for: .seconds(min(max(seconds, -1e11), 1e11)))
}

/// The same, for a number that libc's `sleep` takes exactly: where that is imported too, neither is chosen.
@available(*, noasync)
public func sleep(_ seconds: UInt32) throws { try sleep(for: .seconds(Int64(seconds))) }

/// Lets all that are runnable run, then goes on. Does not wait for descriptors or timers. gevent's `sleep(0)`.
@available(*, noasync)
public func yield() throws { try yieldTurn(HubCore.current) }

/// Parks the calling greenlet until nothing is runnable and what the loop had ready was seen to. gevent's `idle`.
@available(*, noasync)
public func idle() throws {
    let core = HubCore.current
    repeat {
        // A timer that is due at once fires after the run queue was drained and descriptors were looked at.
        _ = try park(core, until: deadline(core, .zero), .yield)
    } while core.pointee.queue.count > 0
}

/// Waits until all of `greenlets` have ended, or `count` of them, or `timeout` is over. Parks the calling greenlet.
///
/// - Parameters:
///   - timeout: for all of them together; nil, the default, for as long as it takes.
///   - raisingErrors: throws the first error of one of them, in time, and leaves the others running.
///   - count: how many are enough; nil, the default, for all.
/// - Returns: those that have ended, in the order in which they did. gevent's `joinall`.
@available(*, noasync) @discardableResult
public func joinAll<G: AnyGreenlet>(
    _ greenlets: some Sequence<G>, timeout: Duration? = nil, raisingErrors: Bool = false, count: Int? = nil
) throws -> [G] {
    let all = Array(greenlets)
    if !raisingErrors, count == nil, timeout == nil, !all.allSatisfy(\.isReady) {
        // The plain case needs no link for each: whoever ends meanwhile is not waited for.
        // Safe: G is AnyGreenlet or a subclass, so its references can be read as such; `all` holds them meanwhile.
        let order = try all.withUnsafeBytes { try joinEach($0.bindMemory(to: Unmanaged<AnyGreenlet>.self)) }
        return order.map { $0.map { all[Int($0)] } } ?? all
    }
    let results = ReadyCollector(all)
    defer { results.close() }
    let end = deadline(HubCore.current, timeout)
    var finished: [G] = []
    while finished.count < min(count ?? all.count, all.count), let next = try results.next(until: end) {
        finished.append(next)
        if raisingErrors, let error = next.error { throw error }
    }
    return finished
}

/// Joins one after the other; gives the order in which they ended, nil for that of `greenlets`. Neither generic nor
/// retaining, for speed.
private func joinEach(_ greenlets: UnsafeBufferPointer<Unmanaged<AnyGreenlet>>) throws -> [UInt32]? {
    for greenlet in greenlets {
        try greenlet._withUnsafeGuaranteedRef {
            if !$0.isReady { try $0.join() }
            // One that ended meanwhile has links that are still to be told.
            try $0.waitBehindLinks()
        }
    }
    let last = HubCore.current.pointee.endCount
    // The end's number, counted so that the latest is the greatest although the numbers wrap round.
    func order(_ greenlet: Unmanaged<AnyGreenlet>) -> UInt32 {
        greenlet._withUnsafeGuaranteedRef { $0.endOrder } &- last &- 1
    }
    var previous: UInt32 = 0
    for greenlet in greenlets {
        let current = order(greenlet)
        guard current >= previous else {
            let keys = greenlets.indices.map { UInt64(order(greenlets[$0])) << 32 | UInt64($0) }
            return keys.sorted().map { UInt32(truncatingIfNeeded: $0) }
        }
        previous = current
    }
    return nil
}

/// Kills all of `greenlets` with one error and waits until they have ended. Parks the calling greenlet.
///
/// Those that never ran end at once. Throws a `Timeout` when `timeout` is over and one still lives. gevent's `killall`.
@available(*, noasync)
public func killAll(
    _ greenlets: some Sequence<AnyGreenlet>, throwing error: any Error = GreenletExit(), timeout: Duration? = nil
) throws {
    let core = HubCore.current
    let end = deadline(core, timeout)
    let started = Array(greenlets).filter { $0.endIfUnstarted(error) }
    guard !started.isEmpty else { return }
    try Delivery(started, error).perform(core)
    let alive = started.filter { !$0.isReady }
    guard try wait(for: alive, until: end).count == alive.count else { throw Timeout(after: timeout) }
}

/// Has one error thrown into all of `greenlets`; never parks.
public func killAllNoWait(_ greenlets: some Sequence<AnyGreenlet>, throwing error: any Error = GreenletExit()) {
    for greenlet in greenlets { greenlet.killNoWait(throwing: error) }
}

/// Parks the calling greenlet until `unparkGreenlet` or `end` (loop time). What it waits for may throw into it.
///
/// - Returns: false if the end came first.
package func parkCurrent(until end: Int64?) throws -> Bool {
    try park(HubCore.current, until: end.map { Deadline(at: $0) } ?? .never, .other)
}

/// Makes a greenlet runnable that is parked in `parkCurrent`; does nothing for one that is not parked.
package func unparkGreenlet(_ greenlet: AnyGreenlet) {
    greenlet.core.checkThread()
    if let block = greenlet.block { unpark(greenlet.core, block) }
}
