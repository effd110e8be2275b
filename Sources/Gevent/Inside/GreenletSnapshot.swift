internal import EventLoop

extension Hub {
    /// What one greenlet was doing when `Hub.greenlets` was asked for.
    public struct GreenletSnapshot: Sendable, Identifiable {
        /// How far a greenlet is.
        public enum State: Sendable, Equatable {
            /// It is to start later: `spawn(after:)`.
            case delayed
            /// It is about to run for the first time.
            case scheduled
            /// It ran before, and is about to run again.
            case runnable
            /// It asked for this snapshot.
            case running
            /// It waits.
            case waiting
        }

        /// Which greenlet.
        public let id: ObjectIdentifier
        /// Its name.
        public let name: String
        /// Its class.
        public let type: String
        /// How far it is.
        public let state: State
        /// What it waits for, in words; nil unless it waits.
        public let waitsFor: String?
        /// Since when it has waited, by the time of the turn in which it began; nil unless it waits.
        public let since: HubClock.Instant?
        /// When the wait ends at the latest, or a delayed greenlet starts; nil for never.
        public let until: HubClock.Instant?
        /// When each pending `Timeout` of its own is due, the nearest first.
        public let timeouts: [HubClock.Instant]
        /// Where it was spawned, if `spawn` made it.
        public let spawnSite: String?
        /// Who spawned it; nil if that was the main greenlet or a hub callback, or is gone.
        public let spawner: ObjectIdentifier?
        /// Its calls; empty if it has not run yet.
        public let backtrace: Backtrace
        /// When this was taken.
        public let taken: HubClock.Instant
    }
}

extension Hub.GreenletSnapshot: CustomStringConvertible {
    /// One line: name, state, since when and until when, where it was spawned. Without the stack.
    public var description: String {
        var text = name + ": "
        switch state {
        case .delayed: text += "starts in \(Self.seconds((until ?? taken) - taken))"
        case .scheduled: text += "about to start"
        case .runnable: text += "runnable"
        case .running: text += "running"
        case .waiting:
            text += "waits for \(waitsFor ?? "something") since \(Self.seconds(taken - (since ?? taken)))"
            if let until {
                text += ", for \(Self.seconds(until - taken)) more" + (waitsFor == "sleep" ? "" : " at most")
            }
        }
        if let timeout = timeouts.first { text += ", Timeout in \(Self.seconds(timeout - taken))" }
        if let spawnSite { text += ", spawned at \(spawnSite)" }
        return text
    }

    /// Seconds with three decimals: turns are no finer.
    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = max(seconds * 1_000 + (attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000, 0)
        let digits = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - digits.count))\(digits) s"
    }
}

extension Hub {
    /// All greenlets of this hub that have not ended, the main one first: what each does, waits for, since when, and its
    /// stack. gevent's `GreenletTree.current_tree()`.
    public var greenlets: [GreenletSnapshot] {
        checkThread()
        let now = loop.updateNow()
        var timeouts: [ObjectIdentifier: [HubClock.Instant]] = [:]
        for timeout in timed(Timeout.self) {
            guard let (target, deadline) = timeout.aim else { continue }
            timeouts[ObjectIdentifier(target), default: []].append(HubClock.Instant(nanoseconds: deadline))
        }
        let others = liveGreenlets().filter { $0 !== mainGreenlet && $0 !== hubGreenlet }
        let all = [mainGreenlet].compactMap { $0 } + others + timed(AnyGreenlet.self)
        return all.map { $0.snapshot(now, timeouts[ObjectIdentifier($0)] ?? []) }
    }
}

extension AnyGreenlet {
    /// What it is doing.
    final func snapshot(_ now: Nanoseconds, _ timeouts: [HubClock.Instant] = []) -> Hub.GreenletSnapshot {
        let state: Hub.GreenletSnapshot.State
        var until: Nanoseconds?
        switch block?.pointee.state {
        case .runnable, .yielding: state = .runnable
        case .running: state = .running
        case .parked:
            state = .waiting
            if let timer = block?.pointee.timer, timer.isStarted { until = timer.deadline }
        case .free, nil:
            until = startTime
            state = until == nil ? .scheduled : .delayed
        }
        return Hub.GreenletSnapshot(
            id: ObjectIdentifier(self), name: name, type: "\(Swift.type(of: self))", state: state,
            waitsFor: state == .waiting ? block?.pointee.reason.description : nil,
            since: state == .waiting ? block.map { HubClock.Instant(nanoseconds: $0.pointee.parkedSince) } : nil,
            until: until.map { HubClock.Instant(nanoseconds: $0) }, timeouts: timeouts.sorted(), spawnSite: site,
            spawner: spawner.map { ObjectIdentifier($0) },
            backtrace: block.map { Hub.Backtrace(core, $0) } ?? Hub.Backtrace(),
            taken: HubClock.Instant(nanoseconds: now))
    }
}
