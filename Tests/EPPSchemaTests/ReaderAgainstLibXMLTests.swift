#if canImport(CLibXML2)
    import Foundation
    import Testing

    @testable import EPP

    /// The reader of EPP beside libxml2, on documents of chance.
    ///
    /// What the reader refuses on purpose and libxml2 does not:
    /// - a DOCTYPE, and so every entity that is not predefined;
    /// - encodings other than UTF-8, whether declared or told by the first bytes;
    /// - a version other than 1.x, with which libxml2 goes on;
    /// - white space that is missing in front of `standalone`, which libxml2 does not look for;
    /// - a reference to a character of more than fifteen bytes, by leading zeros;
    /// - what is beyond `XMLLimits`.
    struct `The reader and libxml2` {
        private static let effort = ProcessInfo.processInfo.environment["EPP_FUZZ_EFFORT"].flatMap(Int.init) ?? 1

        private static let deliberate = [
            "a DOCTYPE is not accepted", "the document is UTF-16, only UTF-8 is accepted", "only XML 1 is accepted",
            "the document declares another encoding, only UTF-8 is accepted",
        ]

        /// Compares the readers.
        ///
        /// - Returns: Is the document well-formed?
        @discardableResult
        private func compare(_ document: [UInt8], _ seed: UInt64) -> Bool {
            let text = "seed \(seed): \(String(decoding: document, as: UTF8.self).debugDescription)"
            let other = LibXMLReading(document)
            do throws(ParsingError) {
                let events = ReadingEvent.of(try XMLTree(document))
                guard let others = other.events else {
                    Issue.record("only libxml2 refuses it (\(other.codes)), \(text)")
                    return true
                }
                if events != others { Issue.record("\(events) and \(others), \(text)") }
                return true
            } catch {
                let isGlued =
                    error.reason == "the XML declaration is not well-formed"
                    && ["'standalone", "\"standalone"].contains { text.contains($0) }
                if !Self.deliberate.contains(error.reason), !isGlued, other.events != nil {
                    Issue.record("only EPP's reader refuses it: \(error), \(text)")
                }
                return false
            }
        }

        @Test(arguments: 1...8 as ClosedRange<UInt64>) func `find the same in documents that are well-formed`(
            seed: UInt64
        ) {
            var maker = DocumentMaker(seed: seed)
            var wellFormed = 0
            for _ in 0..<150 * Self.effort where compare(Array(maker.document().utf8), seed) { wellFormed += 1 }
            #expect(wellFormed > 60 * Self.effort, "of 150 documents")
        }

        @Test(arguments: 1...8 as ClosedRange<UInt64>) func `refuse the same of those that are damaged`(seed: UInt64) {
            var maker = DocumentMaker(seed: seed &+ 1000)
            var refused = 0
            for _ in 0..<400 * Self.effort {
                let document = maker.document()
                if !compare(maker.damaged(document), seed) { refused += 1 }
            }
            #expect(refused > 150 * Self.effort, "of 400 documents")
        }
    }
#endif
