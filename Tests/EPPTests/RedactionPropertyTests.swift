import EPP
import Foundation
import Testing

/// Documents of chance with passwords in them, whole and damaged in one place: the password is never shown.
struct `A redacted document` {
    private static let effort = ProcessInfo.processInfo.environment["EPP_FUZZ_EFFORT"].flatMap(Int.init) ?? 1

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `never shows a password, whatever stands around or inside of it`(seed: UInt64) throws {
        var maker = Maker(seed: seed)
        for _ in 0..<200 * Self.effort {
            let text = maker.document()
            _ = try XMLTree(text.bytes)
            let shown = Redaction.text(of: text.bytes)
            #expect(!shown.contains(RedactionSecret.text), "seed \(seed): \(text)")
            // What is no secret is still of use.
            #expect(shown.hasPrefix("<epp>"), "seed \(seed): \(text)")
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `never shows a password where the document is damaged in one place`(seed: UInt64) {
        var maker = Maker(seed: seed)
        for _ in 0..<400 * Self.effort {
            let text = maker.document()
            let damaged = maker.damaged(text)
            let shown = Redaction.text(of: damaged)
            #expect(!shown.contains(RedactionSecret.text), "seed \(seed): \(String(decoding: damaged, as: UTF8.self))")
        }
    }

    /// Makes documents whose comments, instructions, CDATA sections and attributes are full of what looks like tags.
    private struct Maker {
        var samples: Samples

        init(seed: UInt64) {
            samples = Samples(seed: seed)
        }

        private static let noise = [
            "</pw>", "<pw>", "<a:pw>", "</a:pw>", "<newPW>", "</newPW>", ">", "<", "/>", "?", "-", "]", "]]", "'", "\"",
            "&", "<!--", "<?", "<![CDATA[", "a", " ", "é", "</authInfo>", "<pw/>", "?</pw>", "->",
        ]

        mutating func document() -> String {
            "<epp>\(content(depth: 0))\(password())\(content(depth: 0))</epp>"
        }

        private mutating func content(depth: Int) -> String {
            (0..<samples.number(0...3)).map { _ in piece(depth: depth) }.joined()
        }

        private mutating func piece(depth: Int) -> String {
            switch samples.number(0...6) {
            case 0: return "<!--\(noise(without: "--", "-->"))-->"
            case 1: return "<?x \(noise(without: "?>"))?>"
            case 2: return "<![CDATA[\(noise(without: "]]>"))]]>"
            case 3: return samples.pick(["text", "&lt;", "&#62;", "&amp;", "é", "'", "\"", "> ", "/"])
            case 4 where depth < 3: return password()
            case 5 where depth < 3:
                let name = samples.pick(["a", "login", "authInfo", "p", "pwd", "w"])
                let value = noise(without: "<", "&", "\"")
                return "<\(name) b=\"\(value)\">\(content(depth: depth + 1))</\(name)>"
            default: return samples.pick(["<b/>", "<b />", "<b c='>'/>", "<b c='/'></b>"])
            }
        }

        private mutating func password() -> String {
            let name = samples.pick(["pw", "newPW", "pw", "ext"])
            let start = samples.pick(["", " ", "\n", " a='>'", " a=\"/\"", " a='</pw>'".replacing("<", with: "&lt;")])
            let text = RedactionSecret.text
            let secret = samples.pick([
                text, "<![CDATA[\(text)]]>", "<b>\(text)</b>", "<pw>\(text)</pw>", "&lt;\(text)&gt;",
            ])
            return "<\(name)\(start)>\(content(depth: 3))\(secret)\(content(depth: 3))</\(name)>"
        }

        private mutating func noise(without forbidden: String...) -> String {
            var noise = (0..<samples.number(0...4)).map { _ in samples.pick(Self.noise) }.joined()
            // Each removal may join what is forbidden anew.
            while let found = forbidden.first(where: { noise.contains($0) }) {
                noise = noise.replacing(found, with: "")
            }
            let end = forbidden.contains("--") ? "-" : forbidden.contains("?>") ? "?" : "]"
            while noise.hasSuffix(end) { noise.removeLast() }
            return noise
        }

        /// The document with something taken out, put in or changed in one place.
        mutating func damaged(_ text: String) -> [UInt8] {
            var bytes = text.bytes
            let place = samples.number(0...(bytes.count - 1))
            switch samples.number(0...3) {
            // Three could be the end of an instruction and the start of the tag behind it: no password is left then.
            case 0: bytes.removeSubrange(place..<min(bytes.count, place + samples.number(1...2)))
            case 1: bytes.insert(contentsOf: samples.pick(Self.noise).bytes, at: place)
            case 2: bytes[place] = UInt8(samples.number(0x20...0x7E))
            default: bytes = samples.chance() ? Array(bytes[place...]) : Array(bytes[..<place])
            }
            return bytes
        }
    }
}

private enum RedactionSecret {
    static let text = "S3cret"
}
