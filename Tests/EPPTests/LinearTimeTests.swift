import EPP
import Foundation
import Testing

/// A large frame costs in proportion to its size: four times as much for four times the bytes, and not sixteen times.
@Suite(.timeLimit(.minutes(4)))
struct LinearTimeTests {
    /// A check's reply of about so many bytes, as a frame.
    private func frame(_ size: Int) throws -> [UInt8] {
        let entry = DomainAvailability(name: "a-name-of-some-length.example", isAvailable: false, reason: "In use")
        let one = try CommandResponse(results: [CommandResult(.success)], data: [entry]).document().count
        let two = try CommandResponse(results: [CommandResult(.success)], data: [entry, entry]).document().count
        let response = CommandResponse(
            results: [CommandResult(.success)], data: Array(repeating: entry, count: (size - one) / (two - one)))
        return Frame.encode(try response.document())
    }

    /// What the thread's processor time tells, which other programs do not change.
    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return now() - start
    }

    @Test func `frames of 1, 2 and 4 MiB are read in linear time`() throws {
        let limits = XMLLimits {
            $0.documentLength = 8 << 20
            $0.elementCount = 1 << 20
        }
        var times: [Double] = []
        for megabytes in [1, 2, 4] {
            let frame = try frame(megabytes << 20)
            #expect(frame.count > megabytes << 20 - 256)
            // The quicker of two: the first may have to ask the system for memory.
            let attempts = try (0..<2).map { _ in
                try seconds {
                    var decoder = FrameDecoder(limit: 8 << 20)
                    for start in stride(from: 0, to: frame.count, by: 16384) {
                        decoder.append(frame[start..<min(frame.count, start + 16384)])
                        if start + 16384 < frame.count { #expect(try decoder.next() == nil) }
                    }
                    let document = try #require(try decoder.next())
                    let root = try XMLTree(document, limits: limits).root
                    #expect(root.name == "epp")
                }
            }
            times.append(attempts.min() ?? 0)
        }
        #expect(times[1] < times[0] * 4 && times[2] < times[0] * 9, "\(times)")
    }
}
