import Gevent
import GeventTesting
import Glibc
import Testing

/// Computes until `isOver`, or for ten minutes.
@inline(never)
private func hogTheThread(until isOver: () -> Bool) {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(600)
    while !isOver(), clock.now < end {}
}

@Suite(.inTurn)
struct `The watchdog` {
    private func watched(
        _ limit: Duration = .milliseconds(20)
    ) -> (thread: HubThread, reports: Locked<[Hub.BlockedReport]>) {
        let reports = Locked<[Hub.BlockedReport]>([])
        let configuration = Hub.Configuration {
            $0.blockingLimit = limit
            $0.onBlocked = { report in reports.change { $0.append(report) } }
        }
        return (HubThread(name: "watched", configuration: configuration), reports)
    }

    @Test func `reports a greenlet that lets no others run, once each time, with its stack`() async throws {
        let (thread, reports) = watched()
        // On a busy machine anything may take longer than the limit; here it is about the hog.
        let ofHog = { @Sendable in reports.value.filter { $0.name == "hog" } }
        try await thread.run { () throws in
            let hog = spawn {
                hogTheThread { !ofHog().isEmpty }
                // Not again for the same time.
                burn(.milliseconds(60))
                let count = ofHog().count
                try sleep(for: .milliseconds(1))
                hogTheThread { ofHog().count > count }
                return count
            }
            hog.name = "hog"
            #expect(try hog.get() == 1)
        }
        let report = try #require(ofHog().first)
        #expect(ofHog().count >= 2)
        #expect(report.spawnSite?.hasPrefix("GeventTests/WatchdogTests.swift:") == true)
        #expect(report.duration.map { $0 >= .milliseconds(20) } == true)
        #expect(report.thread.hasSuffix("(watched)"))
        // The thread sanitizer holds signals back from code that computes.
        if !isSanitized {
            #expect(report.backtrace.frames.contains { $0.function?.contains("hogTheThread") == true }, "\(report)")
            let text = "\(report)"
            #expect(text.contains(#"Z : Greenlet "hog" spawned at GeventTests/WatchdogTests.swift:"#))
            #expect(text.contains("appears to be blocked: it has let no others run for 0."))
            #expect(text.contains("    at "))
        }
        await thread.stop()
    }

    @Test func `reports a callback that hogs the hub, and the main greenlet`() async throws {
        let (thread, reports) = watched()
        let ofHub = { @Sendable in reports.value.contains { $0.name == "Hub" } }
        thread.post { hogTheThread { isSanitized ? !reports.value.isEmpty : ofHub() } }
        try await thread.run {}
        if !isSanitized { #expect(ofHub()) }
        await thread.stop()
    }

    @Test func `does not take a hub that sleeps in a poll for blocked`() async throws {
        let (thread, reports) = watched(.milliseconds(10))
        try await thread.run { try sleep(for: .milliseconds(150)) }
        // On a busy machine a thread may be kept from running anywhere else.
        let polls = reports.value.filter { $0.backtrace.frames.contains { $0.function?.contains("epoll") == true } }
        #expect(polls.isEmpty, "\(polls)")
        await thread.stop()
    }

    @Test func `takes a hub under virtual time for the one that runs`() async throws {
        let (thread, reports) = watched(.milliseconds(10))
        try await thread.run {
            let quiet = Hub.Configuration()
            try Hub.withVirtualTime(configuration: quiet) { _ in burn(.milliseconds(80)) }
        }
        #expect(!reports.value.contains { $0.backtrace.frames.contains { $0.function?.contains("burn") == true } })
        await thread.stop()
    }

    private static func hogWithDefaults() {
        let standardError = CapturedStandardError()
        Hub.defaultConfiguration.blockingLimit = .milliseconds(10)
        // On a busy machine the main greenlet may be reported before this one.
        let isWhole = { (text: String) in text.contains("Greenlet spawned at") && text.hasSuffix("\n\n") }
        let hog = spawn { standardError.wait(until: isWhole, pause: {}) }
        _ = try? hog.join()
        exit(standardError.text.contains("appears to be blocked") ? 0 : 1)
    }

    @Test func `writes to standard error by default`() async {
        await #expect(processExitsWith: .exitCode(0)) { Self.hogWithDefaults() }
    }

    private static func hogInChild() {
        let reports = Locked(0)
        Hub.defaultConfiguration.blockingLimit = .milliseconds(10)
        Hub.defaultConfiguration.onBlocked = { _ in reports.change { $0 += 1 } }
        try? Gevent.sleep(for: .milliseconds(1))
        let child = fork(reports)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        exit(status == 0 ? 0 : 1)
    }

    private static func fork(_ reports: Locked<Int>) -> Int32 {
        guard let child = try? forkProcess() else { exit(92) }
        guard child == 0 else { return child }
        let before = reports.value
        hogTheThread { reports.value > before }
        _exit(reports.value > before ? 0 : 1)
    }

    @Test(.disabled(if: isSanitized, "sanitizers do not bear threads in a forked child"))
    func `goes on in a forked child`() async {
        await #expect(processExitsWith: .exitCode(0)) { Self.hogInChild() }
    }

    @Test func `is part of what makes configurations equal`() {
        let one = Hub.Configuration { $0.onBlocked = { _ in } }
        let copy = one
        #expect(one == copy)
        #expect(one != Hub.Configuration())
        #expect(Hub.Configuration() == Hub.Configuration())
        #expect(Hub.Configuration { $0.blockingLimit = .seconds(1) } != Hub.Configuration())
    }

    @Test func `leaves the workers of a thread pool alone, whose work is to block, but not what they spawn`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let reports = Locked<[Hub.BlockedReport]>([])
                Hub.defaultConfiguration = Hub.Configuration {
                    $0.blockingLimit = .milliseconds(1)
                    $0.onBlocked = { report in reports.change { $0.append(report) } }
                }
                try Hub.current.threadPool.apply {
                    // It has a hub of its own from here on.
                    try sleep(for: .milliseconds(1))
                    usleep(100_000)
                }
                let ofWorkers = { @Sendable in reports.value.filter { $0.thread.hasSuffix("(gevent-worker)") } }
                guard ofWorkers().isEmpty else { return false }
                try Hub.current.threadPool.apply {
                    let hog = spawn { hogTheThread { !ofWorkers().isEmpty } }
                    hog.name = "hog"
                    try hog.join()
                }
                return ofWorkers().first?.name == "hog"
            }
        }
    }
}

@Suite(.inTurn)
struct `A dump on a signal` {
    private static func dumpTwoHubs() async {
        let standardError = CapturedStandardError()
        let first = HubThread(name: "first")
        let second = HubThread(name: "second")
        let silent = HubThread(name: "silent")
        for thread in [first, second] {
            try? await thread.run {
                Hub.current.dumpOnSignal()
                let waiter = spawn { try Event().wait(timeout: .seconds(100)) }
                waiter.name = "waits-there"
            }
        }
        try? await silent.run {}
        raiseSignal(SIGQUIT)
        standardError.wait(until: { $0.components(of: "\n\n") == 2 }, pause: { usleep(1_000) })
        let text = standardError.text
        guard text.contains("(first): "), text.contains("(second): "), !text.contains("(silent)"),
            text.components(of: "waits-there: waits for an Event since ") == 2
        else {
            print(text)
            exit(1)
        }
        await first.stop()
        // The other one goes on, also if it never asked for SIGQUIT alone.
        raiseSignal(SIGQUIT)
        standardError.wait(until: { $0.components(of: "\n\n") == 3 }, pause: { usleep(1_000) })
        await second.stop()
        exit(0)
    }

    @Test func `is written by each hub that asked`() async {
        await #expect(processExitsWith: .exitCode(0)) { await Self.dumpTwoHubs() }
    }

    private static func dumpWhileComputing() {
        let standardError = CapturedStandardError()
        Hub.current.dumpOnSignal(SIGUSR1)
        let hog = spawn {
            raiseSignal(SIGUSR1)
            standardError.wait(
                until: { $0.contains(#"Greenlet "hog" spawned at"#) && $0.hasSuffix("\n\n") }, pause: {})
        }
        hog.name = "hog"
        _ = try? hog.join()
        guard standardError.text.contains("lets no dump be made") else {
            print(standardError.text)
            exit(1)
        }
        // And its own, as soon as it can.
        standardError.wait(until: { $0.contains("Hub of thread") }, pause: { try? Gevent.sleep(for: .milliseconds(1)) })
        exit(0)
    }

    @Test(.disabled(if: isSanitized, "the thread sanitizer holds signals back from code that computes"))
    func `tells who is in the way of one`() async {
        await #expect(processExitsWith: .exitCode(0)) { Self.dumpWhileComputing() }
    }

    private static func endAfterDestroy() {
        Hub.current.dumpOnSignal(SIGUSR1)
        Hub.current.destroy()
        raiseSignal(SIGUSR1)
        Glibc.sleep(20)
    }

    @Test func `leaves the signal to what it did before once the hub is gone`() async {
        await #expect(processExitsWith: .signal(SIGUSR1)) { Self.endAfterDestroy() }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: part) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
