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

    private static func load<Value: Decodable>(_ name: String) -> Value? {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else { return nil }
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
