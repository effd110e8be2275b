import ArgumentParser
import EPP
import EPPClient
import Gevent
import GeventConnPool
import GeventTesting
import Testing

@testable import EPPTool

@Suite(.inTurn)
struct `A mix of commands` {
    @Test func `spreads each kind evenly, by its share`() throws {
        var mix = try LoadMix(parsing: "check=8,info=2")
        let sent = (0..<100).map { _ in mix.next() }
        #expect(sent.filter { $0 == .info }.count == 20)
        let places = sent.indices.filter { sent[$0] == .info }
        #expect(zip(places, places.dropFirst()).allSatisfy { (4...6).contains($1 - $0) })
        #expect(mix.description == "check=8,info=2")
        #expect(try LoadMix(parsing: "poll").kinds == [.poll])
    }

    @Test(arguments: [
        ("", "none of"), ("shoe=1", "\"shoe\""), ("check=0", "check"), ("check=x", "check"),
        ("check=1,check=2", "twice"),
        ("check=1,", "none of"),
    ]) func `that is none is refused`(text: String, reason: String) throws {
        let error = try #require(throws: ValidationError.self) { _ = try LoadMix(parsing: text) }
        #expect(error.message.contains(reason))
    }
}

@Suite(.inTurn)
struct `A histogram of latencies` {
    @Test func `gives quantiles that are at most a 32nd too long and never too short`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var histogram = LatencyHistogram()
            let values = (0..<Int.random(in: 1...500, using: &generator)).map { _ in
                Int64.random(in: 0...(1 << Int64.random(in: 1...45, using: &generator)), using: &generator)
            }
            for value in values { histogram.record(.nanoseconds(value)) }
            let sorted = values.sorted()
            for q in [0.0, 0.5, 0.9, 0.99, 1.0] {
                let exact = sorted[max(1, Int((Double(sorted.count) * q).rounded(.up))) - 1]
                let told = histogram.quantile(q) ?? .zero
                #expect(told >= .nanoseconds(exact) && told <= .nanoseconds(exact + exact / 32))
            }
            #expect(histogram.count == values.count && histogram.maximum == .nanoseconds(sorted.last ?? 0))
        }
    }

    @Test func `adds up and counts between bounds`() {
        var a = LatencyHistogram()
        var b = LatencyHistogram()
        #expect(a.quantile(0.5) == nil && a.mean == nil)
        for value in [1, 3, 10] { a.record(.milliseconds(value)) }
        b.record(.seconds(2))
        a.add(b)
        #expect(a.count == 4 && a.mean == .microseconds(503_500))
        #expect(a.counts(upTo: [.milliseconds(2), .milliseconds(5), .milliseconds(100)]) == [1, 1, 1, 1])
        #expect(a.quantile(1) == .seconds(2))
    }
}

@Suite(.virtualTime)
struct `A load` {
    private func run(
        rate: Double = 100, seconds: Int = 2, callers: Int = 1, grace: Duration = .seconds(60),
        _ perform: @escaping (LoadKind, Int) throws -> Void
    ) throws -> LoadRun {
        let load = LoadRun(
            rate: rate, duration: .seconds(seconds), callers: callers, mix: try LoadMix(parsing: "check"), grace: grace,
            perform: perform)
        try load.run()
        return load
    }

    @Test func `sends at its rate whatever the answers take`() throws {
        let clock = Hub.current.clock
        let start = clock.now
        var times: [Duration] = []
        let load = try run(callers: 50) { _, _ in
            times.append(clock.now - start)
            try sleep(for: .milliseconds(200))
        }
        #expect(times.count == 200 && load.due == 200 && load.finished == 200)
        for (number, time) in times.enumerated() {
            #expect(abs((time - .milliseconds(10 * number)) / .milliseconds(1)) < 0.01)
        }
        #expect(abs((load.latencies.maximum - .milliseconds(200)) / .milliseconds(1)) < 0.01)
    }

    @Test func `counts a pause against every command that it kept waiting`() throws {
        // One caller, a command takes 1 ms, the 50th a second: a hundred commands come due meanwhile.
        let load = try run { _, number in
            try sleep(for: number == 50 ? .seconds(1) : .milliseconds(1))
        }
        let late = load.latencies.counts(upTo: [.milliseconds(2), .milliseconds(100)])
        // They are worked off at 1 ms each while more come: some 110 in all are late.
        #expect(late[0] >= 80 && late[1] + late[2] >= 100)
        #expect((load.latencies.quantile(0.9) ?? .zero) > .milliseconds(400))
        // A closed loop sees one.
        #expect(load.serviceTimes.counts(upTo: [.milliseconds(2)])[1] == 1)
    }

    @Test func `counts errors by what they say, and their time too`() throws {
        let load = try run { _, number in
            try sleep(for: .milliseconds(5))
            if number % 4 == 0 { throw RegistryError("Failed", code: .commandFailed, note: "number \(number)") }
        }
        #expect(load.failed == 50 && load.errors == ["2400 Failed": 50])
        #expect(load.latencies.count == 200)
        let report = LoadReport(load, target: "test", mix: try LoadMix(parsing: "check"), repeated: 0, pool: .init())
        #expect(report.text(.plain).contains("200 sent") && report.text(.plain).contains("50  2400 Failed"))
        #expect(report.jsonValue["ok"] == false && report.jsonValue["succeeded"] == 150)
        #expect(report.jsonValue["latency"]?["count"] == 200)
    }

    @Test func `ends although a command is never answered, and says so`() throws {
        let load = try run(callers: 2, grace: .seconds(3)) { _, number in
            if number == 0 { try sleep(for: .seconds(1_000)) }
        }
        #expect(load.unfinished == 1 && load.finished == 199)
        #expect(load.latencies.count == 200 && load.latencies.maximum > .seconds(4))
        #expect(load.inFlight == 0)
    }

    @Test func `can be ended early`() throws {
        let load = LoadRun(
            rate: 10, duration: .seconds(3_600), callers: 1, mix: try LoadMix(parsing: "check"), grace: .seconds(1)
        ) { _, _ in }
        spawn(after: .milliseconds(1_050)) { load.stop() }
        try load.run()
        #expect(load.due == 11 && load.finished == 11 && load.unfinished == 0)
    }

    @Test func `shows in one line how it is going`() throws {
        var window = LatencyHistogram()
        for _ in 0..<50 { window.record(.milliseconds(2)) }
        let load = try run(seconds: 1) { _, _ in }
        let line = LoadReport.liveLine(
            load, window: window, since: .milliseconds(500), total: .seconds(12), pool: .init())
        #expect(line.hasPrefix("12.00 s  100/s  in flight 0  waiting 0  p50 2.00 ms  p99 2.00 ms  errors 0"))
    }

    @Test(arguments: [
        ["--rate", "0"], ["--rate", "x"], ["--duration", "0"], ["--duration", "soon"], ["--callers", "0"],
        ["--mix", "shoe=1"], ["--pool", "0"], ["--fault", "shoe"], ["--embedded", "--host", "h"],
    ]) func `that cannot be is refused by the flag's name`(flags: [String]) throws {
        let error = try #require(throws: (any Error).self) { _ = try EPPCommand.parseAsRoot(["load"] + flags) }
        #expect(EPPCommand.message(for: error).contains(flags[0]))
        #expect(EPPCommand.exitCode(for: error).rawValue == ExitStatus.usage.rawValue)
    }
}
