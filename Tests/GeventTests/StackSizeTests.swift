import Foundation
import Gevent
import GeventTesting
import Testing

@Suite(.virtualTime)
struct `A greenlet's stack` {
    /// Uses about so many bytes.
    @inline(never)
    private static func use(_ bytes: Int) -> Int {
        if bytes <= 0 { return 0 }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { numbers in
            numbers.initialize(repeating: bytes)
            return use(bytes - 1_024) &+ (numbers[bytes & 63] == bytes ? 1 : 0)
        }
    }

    @Test func `is as large as it asks for`() throws {
        try Hub.withVirtualTime(configuration: .init { $0.stackSize = 80 * 1024 }) { _ throws in
            let all = [40_000, 200_000, 3 << 20].map { bytes in
                (bytes, spawn(stackSize: bytes * 2) { Self.use(bytes) })
            }
            let one = Greenlet { Self.use(1 << 20) }
            one.stackSize = 4 << 20
            one.start()
            for (bytes, greenlet) in all {
                #expect(greenlet.stackSize >= bytes * 2)
                #expect(try greenlet.get() == (bytes + 1_023) / 1_024)
            }
            #expect(try one.get() == 1_024 && one.stackSize == 4 << 20)
            #expect(spawn {}.stackSize == 80 * 1024)
        }
    }

    @Test func `of whatever size does not change the order in which greenlets run`() throws {
        var order: [Int] = []
        let sizes = [nil, 64 << 10, 4 << 20, nil, nil, 4 << 20, 4 << 20, 128 << 10, nil]
        let all = (0..<90).map { number in
            let greenlet = Greenlet {
                order.append(number)
                if number % 2 == 0 { try yield() }
            }
            if let size = sizes[number % sizes.count] { greenlet.stackSize = size }
            return greenlet.start()
        }
        try joinAll(all)
        #expect(order == Array(0..<90))
        #expect(Hub.current.statistics.stacks <= 2)
    }

    @Test func `of another size is used again`() throws {
        var most = 0
        for _ in 0..<200 {
            let pair = (0..<2).map { _ in spawn(stackSize: 8 << 20) { try yield() } }
            try yield()
            most = max(most, Hub.current.statistics.stacks)
            try joinAll(pair)
        }
        #expect(most <= 4)
    }

    @Test func `that there is no memory for is an error of the greenlet's`() throws {
        let reports = Reports()
        let greenlet = spawn(stackSize: 1 << 47) { 1 }
        let error = thrown { _ = try greenlet.get() }
        #expect((error as? TooManyGreenlets)?.description.contains("the system: Cannot allocate memory") == true)
        #expect(reports.errors.count == 1)
        #expect(try spawn { 2 }.get() == 2)
    }

    private static func spawnTooSmall() { spawn(stackSize: 1_000) {} }

    @Test func `of less than that is refused`() async {
        await #expect(processExitsWith: .failure) { Self.spawnTooSmall() }
        await #expect(processExitsWith: .failure) {
            await HubThread(configuration: .init { $0.stackSize = 32_768 }).stop()
        }
    }

    @Test func `of the least size does all that a greenlet does`() throws {
        try Hub.withVirtualTime(configuration: .init { $0.stackSize = Hub.Configuration.minimumStackSize }) {
            _ throws in
            var report = ""
            Hub.current.errorStream = Hub.ErrorStream { report += $0 }
            let failing = spawn { throw Broken() }
            _ = thrown { try failing.get() }
            #expect(report.contains("failed with Broken"))
            let (a, b) = try Socket.pair()
            let reader = spawn { try b.receive(upTo: 100) }
            let timed = spawn {
                try withTimeout(.seconds(1), default: "late") {
                    try Event().wait(); return ""
                }
            }
            let pool = spawn { try Hub.current.threadPool.apply { 7 } }
            let group = spawn { try joinAll((0..<10).map { _ in spawn { try sleep(for: .seconds(1)) } }).count }
            let text = spawn { "\(Hub.current.statistics) \(AnyGreenlet.current)\n\(Hub.current.dump())".isEmpty }
            try a.sendAll("hello")
            #expect(try reader.get() == Array("hello".utf8))
            #expect(try timed.get() == "late" && pool.get() == 7 && group.get() == 10 && !text.get())
        }
    }

    // MARK: What others need

    private enum JSON: Decodable {
        case null, number(Double), text(String), array([JSON]), object([String: JSON])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([JSON].self) {
                self = .array(value)
            } else {
                self = .object(try container.decode([String: JSON].self))
            }
        }
    }

    @Test(.disabled(if: isSanitized, "frames are larger"), arguments: [true, false])
    func `is large enough by default for as many levels of JSON as Foundation takes`(isObject: Bool) throws {
        func document(_ levels: Int) -> Data {
            let (open, close) = isObject ? (#"{"a":"#, "}") : ("[", "]")
            return Data(
                (String(repeating: open, count: levels) + (isObject ? "1" : "")
                    + String(repeating: close, count: levels)).utf8)
        }
        let decoder = JSONDecoder()
        let (most, more) = (spawn { try decoder.decode(JSON.self, from: document(512)) }, document(513))
        #expect(throws: Never.self) { try most.get() }
        // Foundation's own limit: an error, not the process's end.
        #expect(throws: DecodingError.self) { try spawn { try decoder.decode(JSON.self, from: more) }.get() }
    }
}
