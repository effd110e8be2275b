import GeventTesting
import Testing

@testable import EPPTool

@Suite(.inTurn)
struct `A line editor` {
    /// Feeds keys; `|` in the result is where the cursor is.
    private func edit(_ keys: String, history: [String] = []) -> String {
        var editor = LineEditor(history: history)
        for byte in keys.utf8 { _ = editor.feed(byte) }
        return String(editor.characters[..<editor.cursor]) + "|" + String(editor.characters[editor.cursor...])
    }

    @Test(arguments: [
        ("abc", "abc|"), ("abc\u{7F}", "ab|"), ("abc\u{2}\u{2}X", "aX|bc"), ("abc\u{1}X", "X|abc"),
        ("abc\u{1}\u{5}X", "abcX|"), ("abc\u{1}\u{4}", "|bc"), ("a b c\u{17}", "a b |"), ("a b  \u{17}", "a |"),
        ("abc\u{2}\u{B}", "ab|"), ("abc\u{2}\u{15}", "|c"), ("ab cd\u{17}\u{1}\u{19}", "cd|ab "),
        ("abc\u{1B}[D\u{1B}[DX", "aX|bc"), ("abc\u{1B}[H\u{1B}[CX", "aX|bc"), ("abc\u{1B}[1~X\u{1B}[4~Y", "XabcY|"),
        ("abc\u{1B}[D\u{1B}[3~", "ab|"), ("ab cd\u{1B}bX", "ab X|cd"), ("ab cd\u{1B}[1;5DX", "ab X|cd"),
        ("ab cd\u{1}\u{1B}fX", "abX| cd"), ("ab cd\u{1}\u{1B}d", "| cd"), ("abc\u{1B}OHX", "X|abc"),
        ("a\u{1B}[99~b\u{1B}[200~c", "abc|"), ("\u{7F}\u{2}\u{6}\u{4}x", "x|"),
    ]) func `does what the keys say`(keys: String, line: String) {
        #expect(edit(keys) == line)
    }

    @Test func `takes characters of any length, and one for what is one`() {
        #expect(edit("bü\u{7F}") == "b|")
        #expect(edit("日本\u{2}x") == "日x|本")
        #expect(edit("e\u{301}x\u{7F}\u{7F}") == "|")
        #expect(edit("🇪🇺\u{7F}") == "|")
    }

    @Test func `drops what is no UTF-8 and goes on`() {
        var editor = LineEditor()
        for byte: UInt8 in [0xC3, 0x41, 0xFF, 0x80, 0xE2, 0x82, 0x42, 0x43] { _ = editor.feed(byte) }
        #expect(editor.text == "C")
    }

    @Test func `says when a line is done, given up or the last`() {
        var editor = LineEditor()
        #expect(editor.feed(4) == .ended)
        #expect(editor.feed(UInt8(ascii: "a")) == .editing)
        #expect(editor.feed(3) == .interrupted)
        #expect(editor.feed(12) == .clearScreen)
        #expect(editor.feed(13) == .line("a"))
    }

    @Test func `brings earlier lines back and keeps the one that was begun`() {
        let history = ["first", "second"]
        #expect(edit("new\u{10}", history: history) == "second|")
        #expect(edit("new\u{1B}[A\u{1B}[A\u{1B}[A", history: history) == "first|")
        #expect(edit("new\u{10}\u{10}\u{E}\u{E}\u{E}X", history: history) == "newX|")
        #expect(edit("\u{10}\u{7F}!", history: history) == "secon!|")
    }

    @Test(arguments: [
        ("\u{12}na", "info a.gov|"), ("\u{12}a.gov", "info a.gov|"), ("\u{12}a.gov\u{12}", "check a.gov|"),
        ("\u{12}a.gov\u{12}\u{12}", "check a.gov|"), ("\u{12}b.g\u{7F}\u{7F}\u{7F}a", "check a.gov|"),
        ("new\u{12}b.gov\u{7}X", "newX|"), ("new\u{2}\u{12}zzz\u{3}X", "neX|w"), ("\u{12}chec\u{1}X", "X|check b.gov"),
        ("\u{12}b.gov\u{10}", "check a.gov|"), ("\u{12}ü", "höst ü|"), ("\u{12}b.gov\u{1B}[D!", "check b.go!|v"),
    ]) func `finds earlier lines by a part of them`(keys: String, line: String) {
        let history = ["höst ü", "check a.gov", "check b.gov", "info a.gov"]
        #expect(edit(keys, history: history) == line)
    }

    @Test func `shows what it looks for in place of the prompt`() {
        var editor = LineEditor(history: ["check a.gov"])
        for byte in "\u{12}a.g".utf8 { _ = editor.feed(byte) }
        #expect(editor.rendered(prompt: "> ", width: 80) == "\r(search 'a.g') check a.gov\u{1B}[K")
        _ = editor.feed(UInt8(ascii: "x"))
        #expect(editor.rendered(prompt: "> ", width: 80) == "\r(search 'a.gx': none) check a.gov\u{1B}[K")
        #expect(editor.feed(13) == .line("check a.gov"))
        #expect(editor.rendered(prompt: "> ", width: 80).hasPrefix("\r> "))
    }

    @Test func `completes a word as far as it is certain, then shows what there is`() {
        var editor = LineEditor { text in
            ["create", "check", "delete"].filter { $0.hasPrefix(text.split(separator: " ").last ?? "") }
        }
        func feed(_ text: String) -> LineEditor.Outcome {
            var last = LineEditor.Outcome.editing
            for byte in text.utf8 { last = editor.feed(byte) }
            return last
        }
        #expect(feed("domain d\t") == .editing && editor.text == "domain delete ")
        #expect(feed("\u{15}c\t") == .candidates(["create", "check"]) && editor.text == "c")
        #expect(feed("r\t") == .editing && editor.text == "create ")
        #expect(feed("\u{15}x\t") == .editing && editor.text == "x")
    }

    @Test func `shows the line with the cursor at its place`() {
        var editor = LineEditor()
        for byte in "abcdef\u{2}\u{2}".utf8 { _ = editor.feed(byte) }
        #expect(editor.rendered(prompt: "> ", width: 80) == "\r> abcdef\u{1B}[K\u{1B}[2D")
        // Too long a line is shown around the cursor.
        #expect(editor.rendered(prompt: "> ", width: 6) == "\r> bcd\u{1B}[K")
    }
}

@Suite struct `Words of a line` {
    @Test func `are parted by spaces and kept together by quotes`() throws {
        #expect(
            try WordSplitter.words("  check a.gov\t'b c' \"d 'e'\" f\\ g '' x\"y\"z") == [
                "check", "a.gov", "b c", "d 'e'", "f g", "", "xyz",
            ])
        #expect(try WordSplitter.words("   ").isEmpty)
        for open in ["'a", "\"a", "a\\"] {
            #expect(throws: UsageError.self) { try WordSplitter.words(open) }
        }
    }

    @Test(
        arguments: [
            ("", [], ""), ("che", [], "che"), ("check ", ["check"], ""), ("check a", ["check"], "a"),
            ("x 'a b", ["x"], "a b"),
        ] as [(String, [String], String)])
    func `can be unfinished`(line: String, before: [String], last: String) {
        let (words, word) = WordSplitter.unfinished(line)
        #expect(words == before && word == last)
    }
}

@Suite struct `Completion` {
    private let completer = Completer(names: ["example.gov", "other.gov"])

    @Test(
        arguments: [
            (
                "",
                [
                    "check", "contact", "domain", "exit", "hello", "help", "history", "host", "info", "poll", "raw",
                    "raw-answer", "raw-command", "status", "transfer",
                ]
            ),
            ("ch", ["check"]), ("domain re", ["renew", "restore"]), ("help domain cr", ["create"]),
            ("transfer a", ["approve"]), ("check ex", ["example.gov"]), ("transfer query o", ["other.gov"]),
            ("poll --f", ["--follow"]), ("domain create a.gov --ns", ["--ns"].filter { $0 != "--ns" }),
            ("check --ho", []), ("shoe ", []), ("host update ns1.a.gov --add-status ", ClientStatuses.ofHosts),
            ("contact update abc --remove-status clientT", ["clientTransferProhibited"]),
            ("domain update a.gov --add-status clientH", ["clientHold"]), ("info a.gov --hosts d", ["del"]),
            ("check a.gov --launch s", ["sunrise"]), ("domain create a.gov --contact t", ["tech="]),
            ("contact create abc --form l", ["loc"]), ("check --x", ["--xml"]),
        ] as [(String, [String])])
    func `knows commands, flags, choices and names`(line: String, words: [String]) {
        #expect(completer.candidates(line) == words)
    }
}
