import EPP
import Testing

@testable import EPPServer

@Suite struct `A registry's personality` {
    @Test func `is found by its name`() {
        let names = RegistryPersonality.all.map(\.name)
        #expect(names == names.sorted() && Set(names).count == names.count)
        #expect(names.allSatisfy { RegistryPersonality(named: $0)?.name == $0 })
        #expect(RegistryPersonality(named: "no")?.name == "norid" && RegistryPersonality(named: "shoe") == nil)
        #expect(RegistryPersonality.all.allSatisfy { !$0.summary.isEmpty })
    }

    @Test func `sets limits, which what is set afterwards replaces`() {
        let configuration = RegistryConfiguration {
            $0.behave(like: .ee)
            $0.commandsPerMinute = 7
        }
        #expect(configuration.sessionsPerClient == 4 && configuration.commandsPerMinute == 7)
        #expect(configuration.personality.name == "ee")
        #expect(RegistryConfiguration().personality.name == "plain")
        let verisign = RegistryConfiguration { $0.behave(like: .verisign) }
        #expect(verisign.extensionURIs.contains(Namestore.uri))
    }

    private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    private static let refusal =
        "<epp><response><result code=\"2303\"><msg>None</msg><extValue><value><text xmlns=\"\">é</text></value>"
        + "</extValue></result><trID><svTRID>s</svTRID></trID></response></epp>"
    private static let message =
        "<epp><response><result code=\"1301\"><msg>Done</msg></result><msgQ count=\"1\" id=\"1\"/><resData><d:x a=\"1\">"
        + "<d:y>2026-03-01T00:00:00Z</d:y><d:z avail=\"1\"/></d:x></resData><extension><e/></extension><trID/></response>"
        + "</epp>"

    @Test(
        arguments: [
            (.adds("<a/>", as: .extension, to: .refusals), refusal, "<extension><a/></extension><trID>"),
            (.adds("<a/>", as: .extension, to: .messages), message, "<e/><a/></extension>"),
            (.adds("<a/>", as: .data, to: .messages), message, "</d:x><a/></resData>"),
            (.adds("<a/>", as: .data, to: .data("d:x")), message, "</d:x><a/></resData>"),
            (.leavesOut("d:y", of: "d:x"), message, "<d:x a=\"1\"><d:z avail=\"1\"/></d:x>"),
            (.leavesOutAvailability, message, "<d:z/>"),
            (.tellsOfEmptyQueue, refusal, "</result><msgQ count=\"0\"/><trID>"),
            (.quotesWithUndeclaredPrefix, refusal, "<value><field:name>é</field:name></value>"),
            (.beginsWithSpace, message, "\n <?xml"), (.sendsControlCharacters, message, "Done\u{C}</msg>"),
            (.encodes("US-ASCII"), refusal, "encoding=\"US-ASCII\""),
            (.writesOffsetsWithoutColon, message, "2026-03-01T00:00:00+0000</d:y>"),
        ] as [(RegistryQuirk, String, String)])
    func `changes what it is about`(quirk: RegistryQuirk, document: String, part: String) {
        let code: ResultCode = document == Self.refusal ? .objectDoesNotExist : .successAckToDequeue
        #expect(quirk.changed(Self.head + document, code: code).contains(part))
    }

    @Test(
        arguments: [
            (.adds("<a/>", as: .extension, to: .refusals), message), (.adds("<a/>", as: .data, to: .messages), refusal),
            (.adds("<a/>", as: .data, to: .data("d:q")), message), (.leavesOut("d:q", of: "d:x"), message),
            (.leavesOut("d:y", of: "d:q"), message), (.leavesOutAvailability, refusal), (.tellsOfEmptyQueue, message),
            (.takesProtocolExtensions, message), (.offers(.domain, as: "x"), message),
        ] as [(RegistryQuirk, String)])
    func `leaves everything else alone`(quirk: RegistryQuirk, document: String) {
        let code: ResultCode = document == Self.refusal ? .objectDoesNotExist : .successAckToDequeue
        #expect(quirk.changed(document, code: code) == document)
    }

    @Test func `encodes what an encoding has bytes for`() {
        func bytes(_ encoding: String?) -> [UInt8] { RegistryQuirk.bytes(of: "é€a", encoding: encoding) }
        #expect(bytes(nil) == Array("é€a".utf8) && bytes("UTF-16") == [0xFE, 0xFF, 0, 0xE9, 0x20, 0xAC, 0, 0x61])
        #expect(bytes("ISO-8859-1") == [0xE9, 0x3F, 0x61] && bytes("US-ASCII") == [0x3F, 0x3F, 0x61])
    }
}
