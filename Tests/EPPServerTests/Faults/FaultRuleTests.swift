import EPP
import Testing

@testable import EPPServer

struct `A fault as text` {
    @Test(arguments: [
        ("refuse", RegistryFault.refuse), ("close-before-greeting", .closeBeforeGreeting), ("close", .close),
        ("close-inside-body", .closeInsideBody), ("split=3", .splitFrames(into: 3)),
        ("oversized-frame", .oversizedFrame), ("garbage-frame", .garbageFrame),
        ("garbage-document", .garbageDocument), ("hang", .hang), ("wrong-transaction-id", .wrongTransactionID),
        ("result=2400", .result(.commandFailed)), ("not-logged-in", .notLoggedIn), ("restart", .restart),
        ("delay=200ms", .delay(.milliseconds(200))), ("delay=90s", .delay(.seconds(90))),
        ("delay=15us", .delay(.microseconds(15))),
    ]) func `is read and written`(text: String, fault: RegistryFault) throws {
        #expect(try RegistryFault(parsing: text) == fault)
        #expect(fault.description == text)
        #expect(try RegistryFaultRule(parsing: text) == RegistryFaultRule(fault))
    }

    @Test func `has a form for every fault`() {
        #expect(Set(RegistryFault.forms.map(\.name)).count == 14)
    }

    @Test func `takes other spellings`() throws {
        #expect(try RegistryFault(parsing: "2502") == .result(.sessionLimitClosing))
        #expect(try RegistryFault(parsing: "delay=1.5s") == .delay(.milliseconds(1500)))
        #expect(try RegistryFault(parsing: "delay=2m") == .delay(.seconds(120)))
    }

    @Test(arguments: [
        ("", "no such fault"), ("frobnicate", "no such fault"), ("split", "needs an argument"),
        ("split=0", "above 0"), ("split=x", "above 0"), ("delay=5", "a time"), ("delay=-5ms", "a time"),
        ("delay=999999m", "a time"), ("result=1000", "2000 to 2599"), ("1000", "2000 to 2599"),
        ("hang=1", "no argument"),
        ("close,times=0", "from 1 on"), ("close,every=x", "from 1 on"), ("close,after=-1", "from 0 on"),
        ("close,chance=2", "0 to 1"), ("close,on=nowhere", "on takes"), ("close,on=zone:check", "on takes"),
        ("close,often", "no value"), ("close,often=1", "there is no often"), ("refuse,on=check", "new connections"),
    ]) func `says what is wrong`(text: String, reason: String) throws {
        let error = try #require(throws: InvalidFault.self) { try RegistryFaultRule(parsing: text) }
        #expect(error.description.contains(reason))
        #expect(error.text == text)
    }

    @Test(arguments: [
        RegistryFaultRule(.close, at: .verb("domain:check"), times: 2, every: 3, after: 4, probability: 0.25),
        RegistryFaultRule(.delay(.milliseconds(5)), at: .all), RegistryFaultRule(.refuse, times: 1),
        RegistryFaultRule(.result(.commandFailed), at: .login, every: 2),
    ]) func `carries the rule`(rule: RegistryFaultRule) throws {
        #expect(try RegistryFaultRule(parsing: rule.description) == rule)
    }
}

struct `A plan of faults` {
    private typealias Target = RegistryFaultPoint.Target
    private static let check = Target(verb: "check", object: "domain")

    private func faults(_ plan: inout FaultPlan, _ targets: [Target]) -> [RegistryFault?] {
        targets.map { plan.next(at: $0).fault }
    }

    @Test func `strikes where it is to`() {
        for (point, expected) in [
            (RegistryFaultPoint.greeting, [true, false, false, false]), (.login, [false, true, false, false]),
            (.command, [false, false, true, true]), (.verb("check"), [false, false, true, false]),
            (.verb("domain:check"), [false, false, true, false]), (.verb("host:check"), [false, false, false, false]),
            (.verb("hello"), [false, false, false, true]), (.all, [true, true, true, true]),
        ] {
            var plan = FaultPlan([RegistryFaultRule(.hang, at: point)])
            let struck = faults(&plan, [.greeting, Target(verb: "login"), Self.check, Target(verb: "hello")])
            #expect(struck.map { $0 != nil } == expected, "\(point)")
        }
    }

    @Test func `lets faults strike one after the other`() {
        var plan = FaultPlan([RegistryFaultRule(.close, times: 2), RegistryFaultRule(.hang, times: 1)])
        #expect(faults(&plan, Array(repeating: Self.check, count: 4)) == [.close, .close, .hang, nil])
    }

    @Test func `counts`() {
        var plan = FaultPlan([RegistryFaultRule(.close, times: 2, every: 3, after: 1)])
        let struck = faults(&plan, Array(repeating: Self.check, count: 10)).map { $0 != nil }
        #expect(struck == [false, false, false, true, false, false, true, false, false, false])
    }

    @Test func `leaves due what finds another fault in its place`() {
        var plan = FaultPlan([RegistryFaultRule(.close, times: 3), RegistryFaultRule(.hang, every: 2)])
        #expect(
            faults(&plan, Array(repeating: Self.check, count: 6)) == [.close, .close, .close, .hang, nil, .hang])
    }

    @Test func `puts delays and pieces on top`() {
        var plan = FaultPlan([
            RegistryFaultRule(.delay(.seconds(1)), at: .all), RegistryFaultRule(.splitFrames(into: 2)),
            RegistryFaultRule(.hang, times: 1),
        ])
        #expect(plan.next(at: Self.check) == .init(fault: .hang, delay: .seconds(1), pieces: 2))
        #expect(plan.next(at: .greeting) == .init(delay: .seconds(1)))
        #expect(plan.next(at: Self.check) == .init(delay: .seconds(1), pieces: 2))
    }

    @Test func `leaves to chance the same for the same seed`() {
        func struck(_ seed: UInt64) -> [Bool] {
            var plan = FaultPlan([RegistryFaultRule(.close, probability: 0.3)], seed: seed)
            return faults(&plan, Array(repeating: Self.check, count: 1000)).map { $0 != nil }
        }
        #expect(struck(1) == struck(1))
        #expect(struck(1) != struck(2))
        #expect(200...400 ~= struck(3).count { $0 })
    }
}
