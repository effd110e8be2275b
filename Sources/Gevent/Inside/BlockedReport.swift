internal import CCoroutine

extension Hub {
    /// A greenlet that has let no others run for longer than `Configuration.blockingLimit`, or did not let its hub dump.
    /// gevent's `EventLoopBlocked`.
    public struct BlockedReport: Sendable, CustomStringConvertible {
        /// What was given the greenlet as its name; nil if nothing was. `MainGreenlet` is the thread's own stack, `Hub`
        /// a callback.
        public let name: String?
        /// Where it was spawned, if `spawn` made it.
        public let spawnSite: String?
        /// How long it had run, at the least; nil in the place of a dump.
        public let duration: Duration?
        /// Its thread: number and name.
        public let thread: String
        /// What it was doing. Empty if the thread could not be interrupted within a second, or was
        /// blocked no longer when it was.
        public let backtrace: Backtrace

        init(_ duration: Duration?, _ thread: ThreadName, _ sample: cg_sample?) {
            self.duration = duration
            self.thread = "\(thread)"
            guard var sample else {
                name = nil
                spawnSite = nil
                backtrace = Backtrace()
                return
            }
            // Safe: both are arrays within the sample, filled so far; the name ends with a zero.
            let given = withUnsafeBytes(of: &sample.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            name = given.isEmpty ? nil : given
            // Safe: a StaticString's text.
            spawnSite = sample.spawn_file.map { "\(String(cString: $0)):\(sample.spawn_line)" }
            let count = Int(sample.count)
            backtrace = Backtrace(
                withUnsafeBytes(of: &sample.addresses) { Array($0.bindMemory(to: UInt.self).prefix(count)) })
        }

        /// What is written to standard error: who, how long, and where it stands.
        public var description: String {
            let who = "Greenlet" + (name.map { " \"\($0)\"" } ?? "") + (spawnSite.map { " spawned at \($0)" } ?? "")
            let what =
                if let duration {
                    "appears to be blocked: it has let no others run for \(GreenletSnapshot.seconds(duration))"
                } else {
                    "lets no dump be made"
                }
            let lines = backtrace.addresses.isEmpty ? ["    (not to be seen)"] : backtrace.lines.map { "    at " + $0 }
            return (["\(Hub.timestamp()) : \(who) \(what), on thread \(thread)"] + lines).joined(separator: "\n")
        }
    }
}
