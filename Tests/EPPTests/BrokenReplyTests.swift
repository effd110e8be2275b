import EPP
import Foundation
import Testing

/// Replies made at random, each broken in every way in which registries break them: what they say is read all the same.
@Suite
struct `A reply made at random` {
    /// A way in which registries break replies, and what is said about it.
    struct Breakage: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let kinds: [ReplyFlaw.Kind]
        let apply: @Sendable (String) -> [UInt8]

        static let all = [
            Breakage(testDescription: "white space in front", kinds: [.spaceBeforeDeclaration]) {
                "\r\n ".bytes + $0.bytes
            },
            Breakage(testDescription: "a form feed", kinds: [.controlCharacter]) {
                $0.replacing("<trID>", with: "<trID>\u{0C}").bytes
            },
            Breakage(testDescription: "undeclared prefixes", kinds: [.undeclaredPrefix]) {
                $0.replacing("<response>", with: "<response><q:x r:y='1'/>").bytes
            },
            Breakage(testDescription: "UTF-16", kinds: [.encoding]) { text in
                text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            },
            Breakage(testDescription: "ISO-8859-1", kinds: [.encoding]) { text in
                text.replacing("UTF-8", with: "iso-8859-1", maxReplacements: 1).unicodeScalars.map { UInt8($0.value) }
            },
        ]
    }

    @Test(arguments: Breakage.all) func `says the same when it is broken by`(breakage: Breakage) throws {
        var samples = Samples(seed: 11)
        for _ in 0..<12 {
            for data in samples.data() { try check(data, breakage, &samples) }
        }
    }

    private func check<Data: ResponseData & Hashable>(
        _ data: Data, _ breakage: Breakage, _ samples: inout Samples
    ) throws {
        // Every character has a byte in ISO-8859-1.
        let text = String(decoding: try samples.response(data).document(), as: UTF8.self)
            .replacing(/[^\u{0}-\u{FF}]/.matchingSemantics(.unicodeScalar), with: "ü")
        let sent = try ServerMessage(text.bytes).response(of: Data.self)
        let broken = breakage.apply(text)
        guard (try? ServerMessage(broken)) == nil else { throw Difference("read strictly: \(text)") }
        var read = try ServerMessage(broken, reading: .tolerant).response(of: Data.self)
        guard read.flaws.map(\.kind) == breakage.kinds else { throw Difference("\(read.flaws): \(text)") }
        read.flaws = []
        guard read == sent else { throw Difference("\(sent)\n\(read)") }
    }

    @Test func `keeps its code and its data as XML where the data is not as it must be`() throws {
        var samples = Samples(seed: 12)
        for _ in 0..<12 {
            for data in samples.data() where !(data is PollData) { try checkData(data, &samples) }
        }
    }

    private func checkData<Data: ResponseData & Hashable>(_ data: Data, _ samples: inout Samples) throws {
        let sent = samples.response(data)
        // The name of the object is what no data does without.
        let text = String(decoding: try sent.document(), as: UTF8.self)
            .replacing(/:name(?=[ >])/, with: ":nome").replacing(/:id(?=[ >])/, with: ":ид")
        let read = try ServerMessage(text.bytes, reading: .tolerant).response(of: Data.self)
        guard read.results.map(\.code) == sent.results.map(\.code), read.data == nil,
            read.messageQueue?.id == sent.messageQueue?.id, read.serverTransactionID == sent.serverTransactionID,
            read.dataXML.count == 1,
            read.flaws.map(\.kind) == [.unreadableData]
        else { throw Difference("\(read)\n\(text)") }
    }

    @Test func `in the fuzzer's corpus says the same, read either way`() throws {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fuzz/Corpus")
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        var count = 0
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            guard let strict = try? ServerMessage(bytes) else { continue }
            let tolerant = try ServerMessage(bytes, reading: .tolerant)
            #expect(tolerant.flaws.isEmpty && tolerant.kind == strict.kind, "\(file.lastPathComponent)")
            guard strict.kind == .response else { continue }
            #expect(
                try strict.response(of: PollData.self) == tolerant.response(of: PollData.self),
                "\(file.lastPathComponent)")
            count += 1
        }
        #expect(count > 10)
    }

    private struct Difference: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }
}
