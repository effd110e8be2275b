import EPPServer
import Gevent
import GeventTesting
import Glibc
import Testing

@testable import EPPTool

private let done =
    "<response><result code=\"1000\"><msg>Done</msg></result><trID><svTRID>sv-1</svTRID></trID></response>"
private let refused =
    "<response><result code=\"2303\"><msg>None</msg></result><trID><svTRID>sv-1</svTRID></trID></response>"

@Suite(.hub)
struct `A shell` {
    private final class Told {
        var output: [String] = []
        var complaints: [String] = []
    }

    private func shell(_ sender: CannedSender, json: Bool = false, takesXML: Bool = false) -> (Shell, Told) {
        let told = Told()
        let shell = Shell(
            sender, history: LineHistory(path: nil), json: json, takesXML: takesXML, statistics: { "all is well" },
            output: { told.output.append($0) }, complain: { told.complaints.append($0) })
        return (shell, told)
    }

    @Test func `runs lines as they are typed on the command line`() {
        let sender = CannedSender(done, done)
        let (shell, told) = shell(sender)
        shell.run("domain delete 'a.gov'")
        shell.run("host delete ns1.a.gov")
        shell.run("status")
        shell.run("  ")
        shell.run("# a comment")
        #expect(told.output == ["1000 Done", "1000 Done", "all is well"] && told.complaints.isEmpty)
        #expect(sender.documents.count == 2 && shell.status == .success)
        #expect(shell.history.lines == ["domain delete 'a.gov'", "host delete ns1.a.gov", "status", "# a comment"])
        #expect(shell.completer.names == ["a.gov", "ns1.a.gov"])
        shell.run("exit")
        #expect(shell.isOver)
    }

    @Test func `goes on after a line that failed, and keeps the first failure`() {
        let (shell, told) = shell(CannedSender(refused, done))
        shell.run("domain delete a.gov", number: 7)
        shell.run("domain delete b.gov")
        shell.run("shoe")
        #expect(told.complaints.count == 2 && told.complaints[0] == "line 7: None (2303)")
        #expect(told.output == ["1000 Done"] && shell.status == .refused)
    }

    @Test(arguments: [
        ("serve --port 0 --pki x", "not for the shell"), ("shell", "not for the shell"), ("login", "not for the shell"),
        ("check a.gov --host h", "flags that choose"), ("raw - --cleaned", "standard input"), ("check 'a", "quote"),
        ("check", "names"),
    ]) func `refuses what has no meaning in it`(line: String, reason: String) {
        let (shell, told) = shell(CannedSender())
        shell.run(line)
        #expect(told.complaints.count == 1 && told.complaints[0].contains(reason))
        #expect(shell.status == .usage && told.output.isEmpty)
    }

    @Test func `prints JSON where it is asked for, failures too`() {
        let (shell, told) = shell(CannedSender(done, refused), json: true)
        shell.run("domain delete a.gov")
        shell.run("domain delete a.gov")
        #expect(told.output[0].hasPrefix(#"{"command":"DeleteDomain","ok":true"#))
        #expect(told.output[1].hasPrefix(#"{"command":"DeleteDomain","ok":false,"code":2303"#))
    }

    @Test func `sends lines of XML as they stand, where they may be sent`() {
        let xml = "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command><logout/></command></epp>"
        let sender = CannedSender(done)
        let (shell, told) = shell(sender, takesXML: true)
        shell.run(xml)
        shell.run("<epp>")
        #expect(sender.documents == [xml] && told.output == ["1000 Done"])
        #expect(told.complaints.count == 1 && told.complaints[0].hasPrefix("the line: ") && shell.status == .usage)
        let (other, complaints) = self.shell(CannedSender())
        other.run(xml)
        #expect(complaints.complaints.count == 1 && complaints.complaints[0].contains("--cleaned"))
        #expect(other.status == .usage && !LineHistory.isHarmless(xml))
    }

    @Test func `tells of wrong usage as JSON, too`() {
        let (shell, told) = shell(CannedSender(), json: true)
        shell.run("chekc a.gov")
        shell.run("poll --drian")
        #expect(told.complaints.count == 2 && told.complaints[0].contains("did you mean \"check\"?"))
        #expect(told.output.map { $0.contains(#""ok":false,"code":null,"#) } == [true, true])
        #expect(told.output[1].hasPrefix(#"{"command":"Poll","#))
    }

    @Test func `helps`() {
        let (shell, told) = shell(CannedSender())
        shell.run("help check")
        #expect(told.output.joined().contains("USAGE: epp check") && shell.status == .success)
    }

    @Test func `keeps lines in a file of its own, but for secrets`() throws {
        try withDirectory { directory in
            let path = "\(directory)/state/epp/history"
            var history = LineHistory(path: path)
            let secrets = [
                "info a.gov --auth-info 2fooBAR", "info a.gov --auth-info=2fooBAR", "info a.gov --auth-info '2foo",
                "info a.gov --auth-info x --auth-info-file f",
            ]
            for line in ["check a.gov", "check a.gov"] + secrets + ["info b.gov --auth-info-file f"] {
                history.add(line)
            }
            #expect(history.lines.count == 6)
            history.save()
            #expect(LineHistory(path: path).lines == ["check a.gov", "info b.gov --auth-info-file f"])
            var information = stat()
            #expect(stat(path, &information) == 0 && information.st_mode & 0o777 == 0o600)
        }
    }
}
