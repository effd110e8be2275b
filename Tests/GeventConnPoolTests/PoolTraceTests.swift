import Foundation
import Gevent
import GeventTesting
import Testing

@testable import GeventConnPool

/// The scenarios of Tests/PoolTrace, which Python ran against the original: the same events, in the same order, at the
/// same millisecond.
@Suite(.virtualTime)
struct `A trace` {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("PoolTrace")

    private static let scenarios: [TraceScenario] = load("scenarios.json") ?? []

    /// What the original did. Tests/PoolTrace/run.sh sees to it that it still does.
    private static let original: [String: [String]] = load("original.json") ?? [:]

    /// Where Tests/PoolTrace/run.sh has random ones.
    private static let random = ProcessInfo.processInfo.environment["POOL_TRACE_RANDOM"].map {
        URL(fileURLWithPath: $0)
    }
    private static let randomScenarios: [TraceScenario] = load("scenarios.json", from: random) ?? []
    private static let randomOriginal: [String: [String]] = load("original.json", from: random) ?? [:]

    private static func load<Value: Decodable>(_ name: String, from folder: URL? = folder) -> Value? {
        guard let folder, let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else { return nil }
        return try? JSONDecoder().decode(Value.self, from: data)
    }

    @Test(arguments: scenarios)
    fileprivate func `equals the original's`(scenario: TraceScenario) throws {
        let expected = try #require(Self.original[scenario.name])
        let events = try TraceRun(scenario).run()
        if let difference = scenario.difference {
            #expect(events == difference.ours, "see #\(difference.repair) in MIGRATION.md")
            #expect(events != expected, "there is no difference any more")
        } else {
            #expect(events == expected)
        }
    }

    @Test(.enabled(if: random != nil), arguments: randomScenarios)
    fileprivate func `of a random scenario equals the original's`(scenario: TraceScenario) throws {
        let expected = try #require(Self.randomOriginal[scenario.name])
        let events = try TraceRun(scenario).run()
        guard events != expected else { return }
        let same = zip(events, expected).prefix { $0 == $1 }.count
        Issue.record(
            """
            after \(events.prefix(same).suffix(12)): here \(events.dropFirst(same).prefix(5)), \
            there \(expected.dropFirst(same).prefix(5))
            """)
    }

    @Test(.enabled(if: random != nil)) func `is there of five hundred random scenarios`() {
        #expect(Self.randomScenarios.count >= 500 && Self.randomOriginal.count == Self.randomScenarios.count)
    }

    @Test func `is there of at least forty scenarios, and each difference is a documented repair`() throws {
        #expect(Self.scenarios.count { $0.difference == nil } >= 40)
        #expect(Set(Self.scenarios.map(\.name)) == Set(Self.original.keys))
        let migration = Self.folder.appendingPathComponent("../../MIGRATION.md")
        let text = try String(contentsOf: migration, encoding: .utf8)
        for case let difference? in Self.scenarios.map(\.difference) {
            #expect(text.contains("<a id=\"\(difference.repair)\"></a>"), "\(difference.repair)")
        }
    }
}
