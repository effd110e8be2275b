import EPP
import Foundation
import Testing

/// What is large costs in proportion to its size: four times as much for four times the bytes, and not sixteen times.
@Suite
struct LinearTimeTests {
    /// A check's reply of about so many bytes.
    private func response(_ size: Int) throws -> CommandResponse<[DomainAvailability]> {
        let entry = DomainAvailability(name: "a-name-of-some-length.example", isAvailable: false, reason: "In use")
        let one = try CommandResponse(results: [CommandResult(.success)], data: [entry]).document().count
        let two = try CommandResponse(results: [CommandResult(.success)], data: [entry, entry]).document().count
        return CommandResponse(
            results: [CommandResult(.success)], data: Array(repeating: entry, count: (size - one) / (two - one)))
    }

    /// What the thread's processor time tells, which other programs hardly change.
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

    /// Works on each of three inputs, each twice as large as the one before: the least times of some rounds must be
    /// nearer to 1 : 4 than to 1 : 16. What disturbs a round makes it longer, so more rounds only bring it nearer to the
    /// truth.
    private func expectLinear<Input>(_ inputs: [Input], _ work: (Input) throws -> Void) rethrows {
        var least = [Double](repeating: .infinity, count: inputs.count)
        for round in 1...10 {
            for (place, input) in inputs.enumerated() {
                least[place] = min(least[place], try seconds { try work(input) })
            }
            if round >= 3, least[2] < least[0] * 8 { return }
        }
        Issue.record("not linear: \(least)")
    }

    private let limits = XMLLimits {
        $0.documentLength = 8 << 20
        $0.elementCount = 1 << 20
    }

    @Test func `frames of 1, 2 and 4 MiB are read in linear time, down to their values`() throws {
        let frames = try [1, 2, 4].map { Frame.encode(try response($0 << 20).document()) }
        for (frame, megabytes) in zip(frames, [1, 2, 4]) { #expect(frame.count > megabytes << 20 - 256) }
        try expectLinear(frames) { frame in
            var decoder = FrameDecoder(limit: 8 << 20)
            for start in stride(from: 0, to: frame.count, by: 16384) {
                decoder.append(frame[start..<min(frame.count, start + 16384)])
                if start + 16384 < frame.count { #expect(try decoder.next() == nil) }
            }
            let message = try ServerMessage(try #require(try decoder.next()), limits: limits)
            let response: CommandResponse<[DomainAvailability]> = try message.response()
            #expect(response.data?.count ?? 0 > frame.count / 200)
        }
    }

    @Test func `frames of 1, 2 and 4 MiB are put together from small pieces in linear time`() throws {
        try expectLinear([1, 2, 4].map { Frame.encode([UInt8](repeating: 0x20, count: $0 << 20)) }) { frame in
            var decoder = FrameDecoder(limit: 8 << 20)
            for start in stride(from: 0, to: frame.count, by: 100) {
                decoder.append(frame[start..<min(start + 100, frame.count)])
                if start + 100 < frame.count, try decoder.next() != nil { Issue.record("too early") }
            }
            #expect(try decoder.next()?.count == frame.count - 4)
        }
    }

    @Test func `many frames that came at once are handed out in linear time`() throws {
        try expectLinear([20_000, 40_000, 80_000]) { count in
            var decoder = FrameDecoder()
            decoder.append(Array(repeating: Frame.encode([1, 2, 3, 4]), count: count).joined())
            var read = 0
            while try decoder.next() != nil {
                read += 1
                // A piece now and then, so that what was handed out is dropped while much is left.
                if read.isMultiple(of: 1000) { decoder.append([]) }
            }
            #expect(read == count)
        }
    }

    @Test func `documents are written, and redacted for a log, in linear time`() throws {
        let responses = try [1, 2, 4].map { try response($0 << 17) }
        try expectLinear(responses) { response in
            let document = try response.document()
            #expect(document.count > 100_000)
        }
        let logins = [1, 2, 4].map { Array(String(repeating: "<pw>secret</pw><a/>", count: $0 << 12).utf8) }
        expectLinear(logins) { #expect(!Redaction.text(of: $0).contains("secret")) }
    }
}
