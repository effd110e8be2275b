internal import CCoroutine
internal import EventLoop
internal import Glibc

extension Hub {
    /// All greenlets of this hub as a tree of who spawned whom: name, state, what each waits for, since when and until
    /// when, where it was spawned, and where it stands. gevent's `format_run_info`.
    ///
    /// `stacks: false` leaves out where they stand.
    public func dump(stacks: Bool = true) -> String {
        let all = greenlets
        if stacks { Symbols.learn(all.flatMap(\.backtrace.addresses)) }
        var lines = ["Hub of thread \(ThreadName.current): \(all.count) greenlets, \(loop.timerCount) timers"]

        let present = Set(all.map(\.id))
        var children: [ObjectIdentifier: [GreenletSnapshot]] = [:]
        var roots: [GreenletSnapshot] = []
        for greenlet in all {
            if let spawner = greenlet.spawner, present.contains(spawner) {
                children[spawner, default: []].append(greenlet)
            } else {
                roots.append(greenlet)
            }
        }
        // A list and no recursion: a chain of greenlets that spawned each other may be long, and this stack is not.
        var open = roots.reversed().map { (greenlet: $0, indent: "  ", isRoot: true, isLast: true) }
        while let (greenlet, indent, isRoot, isLast) = open.popLast() {
            lines.append(indent + (isRoot ? "" : "+- ") + "\(greenlet)")
            let below = isRoot ? indent : indent + (isLast ? "   " : "|  ")
            let own = children[greenlet.id] ?? []
            if stacks {
                let margin = below + (own.isEmpty ? " " : "|") + "    at "
                lines += greenlet.backtrace.lines.map { margin + $0 }
            }
            for (place, child) in own.enumerated().reversed() {
                open.append((child, below, false, place == own.count - 1))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// From now on this signal, by default SIGQUIT, makes the hub write its `dump()` to standard error. Off by default.
    ///
    /// Each hub that asked does so in its next turn. For one that has none within half a second, since a greenlet computes
    /// or a call blocks its thread, the stack of what it is doing is written instead. The signal loses its default action,
    /// which for SIGQUIT is to end the process, while a hub that asked lives. A signal is for dumps or for `onSignal`,
    /// not for both.
    public func dumpOnSignal(_ signal: Int32 = 3) {
        // 3 is SIGQUIT on every Linux; a default argument may not name what is imported for this module alone.
        checkThread()
        isWatched = true
        HubMonitor.shared.dump(self, on: signal)
    }

    /// What is parked, for `LoopExit`.
    func blockedDescriptions() -> [String] {
        let now = loop.updateNow()
        return ([mainGreenlet].compactMap { $0 } + liveGreenlets().filter { $0 !== mainGreenlet })
            .filter { $0.isParked }.prefix(20).map { "\($0.snapshot(now))" }
    }
}
