import EPP
import EPPClient
import Gevent
import GeventTesting
import Testing

@testable import EPPTool

/// A success with data, and with what else a response may have.
private func response(_ data: String, code: Int = 1000, message: String = "Done", queue: String = "", ext: String = "")
    -> String
{
    "<response><result code=\"\(code)\"><msg>\(message)</msg></result>\(queue)"
        + (data.isEmpty ? "" : "<resData>\(data)</resData>") + (ext.isEmpty ? "" : "<extension>\(ext)</extension>")
        + "<trID><clTRID>cl-1</clTRID><svTRID>sv-1</svTRID></trID></response>"
}

private let domain = "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\""

@Suite(.inTurn)
struct `A report` {
    private let check = response(
        """
        <domain:chkData \(domain)><domain:cd><domain:name avail="1">long-name.gov</domain:name></domain:cd>\
        <domain:cd><domain:name avail="0">b.gov</domain:name><domain:reason>In use</domain:reason></domain:cd>\
        </domain:chkData>
        """)

    @Test func `of a check is a line for each name, aligned`() throws {
        let report = try reports(["check", "long-name.gov", "b.gov"], CannedSender(check))[0]
        #expect(report.text(.plain) == "long-name.gov  available\nb.gov          taken  In use")
        #expect(
            report.text(Style(isColored: true))
                == "long-name.gov  \u{1B}[32mavailable\u{1B}[0m\nb.gov          \u{1B}[31mtaken\u{1B}[0m  In use")
    }

    @Test func `of a check is one JSON object`() throws {
        let report = try reports(["check", "long-name.gov", "b.gov"], CannedSender(check))[0]
        #expect(
            report.json
                == #"{"command":"CheckDomain","ok":true,"code":1000,"message":"Done","clTRID":"cl-1","#
                + #""svTRID":"sv-1","data":[{"name":"long-name.gov","available":true},"#
                + #"{"name":"b.gov","available":false,"reason":"In use"}]}"#)
    }

    private let info = response(
        """
        <domain:infData \(domain)><domain:name>a.gov</domain:name><domain:roid>A-GOV</domain:roid>\
        <domain:status s="ok"/><domain:status s="clientHold">not paid</domain:status>\
        <domain:registrant>abc</domain:registrant><domain:contact type="admin">adm-1</domain:contact>\
        <domain:ns><domain:hostObj>ns1.a.gov</domain:hostObj></domain:ns><domain:clID>registrar</domain:clID>\
        <domain:exDate>2027-03-01T00:00:00Z</domain:exDate>\
        <domain:authInfo><domain:pw>2fooBAR</domain:pw></domain:authInfo></domain:infData>
        """,
        ext: """
            <secDNS:infData xmlns:secDNS="urn:ietf:params:xml:ns:secDNS-1.1"><secDNS:dsData><secDNS:keyTag>12345\
            </secDNS:keyTag><secDNS:alg>13</secDNS:alg><secDNS:digestType>2</secDNS:digestType><secDNS:digest>49FD\
            </secDNS:digest></secDNS:dsData></secDNS:infData><x:y xmlns:x="urn:x"><x:pw>hidden</x:pw></x:y>
            """)

    @Test func `of an info is a line for each field, extensions included and passwords left out`() throws {
        let report = try reports(["info", "a.gov"], CannedSender(info))[0]
        #expect(
            report.text(.plain) == """
                name        a.gov
                roid        A-GOV
                status      ok
                status      clientHold (not paid)
                registrant  abc
                admin       adm-1
                nameserver  ns1.a.gov
                sponsor     registrar
                expires     2027-03-01T00:00:00Z
                ds          12345 13 2 49FD
                extension   <x:y xmlns:x="urn:x"><x:pw>***</x:pw></x:y>
                """)
        #expect(!report.json.contains("2fooBAR") && !report.json.contains("hidden"))
        #expect(report.jsonValue["data"]?["contacts"]?.text == #"[{"id":"adm-1","role":"admin"}]"#)
        #expect(
            report.jsonValue["data"]?["ds"]?.text
                == #"[{"keyTag":12345,"algorithm":13,"digestType":2,"digest":"49FD"}]"#)
    }

    @Test func `of an info has arrays where there can be several, of none too`() throws {
        let plain = response(
            "<domain:infData \(domain)><domain:name>a.gov</domain:name><domain:roid>A-GOV</domain:roid>"
                + "<domain:ns><domain:hostObj>ns1.a.gov</domain:hostObj></domain:ns><domain:clID>registrar</domain:clID>"
                + "</domain:infData>")
        let data = try #require(try reports(["info", "a.gov"], CannedSender(plain))[0].jsonValue["data"])
        for key in ["statuses", "contacts", "hosts", "ds"] { #expect(data[key] == .array([])) }
        #expect(data["nameservers"]?.text == #"[{"name":"ns1.a.gov","addresses":[]}]"#)
        let contact = response(
            """
            <contact:infData xmlns:contact="urn:ietf:params:xml:ns:contact-1.0"><contact:id>abc</contact:id>\
            <contact:roid>C-1</contact:roid><contact:status s="ok"/><contact:postalInfo type="int">\
            <contact:name>Jo</contact:name><contact:addr><contact:city>X</contact:city><contact:cc>US</contact:cc>\
            </contact:addr></contact:postalInfo><contact:email>a@b.gov</contact:email><contact:clID>r</contact:clID>\
            <contact:crID>r</contact:crID><contact:crDate>2026-03-01T00:00:00Z</contact:crDate>\
            <contact:disclose flag="0"><contact:name type="int"/><contact:email/></contact:disclose></contact:infData>
            """)
        let report = try reports(["contact", "info", "abc"], CannedSender(contact))[0]
        #expect(report.jsonValue["data"]?["hide"]?.text == #"["name","email"]"#)
        #expect(report.text(.plain).hasSuffix("hide        name,email"))
    }

    @Test func `of a failure has its reasons as an array, of none too`() {
        let json = FailureReport(command: "InfoDomain", error: UsageError("no registry")).json
        #expect(json.contains(#""reasons":[],"error":"no registry","exit":64}"#))
    }

    private let fee = "xmlns:fee=\"urn:ietf:params:xml:ns:epp:fee-1.0\""

    @Test func `of a check has the prices, and of a command what it cost`() throws {
        let entries = ["long-name.gov", "b.gov"].map { name in
            "<fee:cd avail=\"1\"><fee:objID>\(name)</fee:objID><fee:class>premium</fee:class><fee:command name=\"create\">"
                + "<fee:period unit=\"y\">1</fee:period><fee:fee>10.00</fee:fee></fee:command><fee:command "
                + "name=\"restore\"><fee:reason>not sold</fee:reason></fee:command></fee:cd>"
        }
        let priced = check.replacing(
            "</resData>",
            with: "</resData><extension><fee:chkData \(fee)><fee:currency>USD</fee:currency>"
                + entries.joined() + "</fee:chkData></extension>")
        let report = try reports(["check", "long-name.gov", "b.gov", "--price"], CannedSender(priced))[0]
        #expect(
            report.text(.plain) == """
                long-name.gov  available  premium, create 1y 10.00, restore no price (not sold) USD
                b.gov          taken      premium, create 1y 10.00, restore no price (not sold) USD  In use
                """)
        #expect(
            report.json.contains(
                #""available":true,"currency":"USD","prices":[{"command":"create","period":"1y","fees":"#
                    + #"[{"amount":"10.00"}],"credits":[]},{"command":"restore","fees":[],"credits":[],"reason":"not sold"}],"#
                    + #""class":"premium"}"#))
        let renewal = response(
            "<domain:renData \(domain)><domain:name>a.gov</domain:name></domain:renData>",
            ext: "<fee:renData \(fee)><fee:currency>USD</fee:currency><fee:fee>10.00</fee:fee><fee:balance>-5.00"
                + "</fee:balance></fee:renData>")
        let paid = try reports(["domain", "renew", "a.gov", "--expires", "2027-03-01"], CannedSender(renewal))[0]
        #expect(paid.text(.plain) == "1000 Done\nname        a.gov\nfee         10.00 USD\nbalance     -5.00")
    }

    @Test func `of a check has the claims, for which a registry sends no other data`() throws {
        let reply = response(
            "",
            ext: """
                <launch:chkData xmlns:launch="urn:ietf:params:xml:ns:launch-1.0"><launch:phase>claims</launch:phase>\
                <launch:cd><launch:name exists="0">a.gov</launch:name></launch:cd><launch:cd><launch:name exists="1">b.gov\
                </launch:name><launch:claimKey>2013-key</launch:claimKey></launch:cd></launch:chkData>
                """)
        let report = try reports(["check", "a.gov", "b.gov", "--launch", "claims"], CannedSender(reply))[0]
        #expect(report.text(.plain) == "a.gov  no claims\nb.gov  claimed 2013-key")
        #expect(
            report.json.contains(#"[{"name":"a.gov","claims":false,"claimKeys":[]},{"name":"b.gov","claims":true,"#))
    }

    @Test func `of an info has the password when it is asked for`() throws {
        let report = try reports(["info", "a.gov", "--show-auth-info"], CannedSender(info))[0]
        #expect(report.text(.plain).contains("authInfo    2fooBAR"))
    }

    @Test func `of a change begins with the result`() throws {
        let reply = response(
            "<domain:creData \(domain)><domain:name>a.gov</domain:name><domain:crDate>2026-03-01T00:00:00Z"
                + "</domain:crDate></domain:creData>", code: 1001, message: "Pending")
        let report = try reports(["domain", "create", "a.gov", "--auth-info", "x"], CannedSender(reply))[0]
        #expect(report.text(.plain) == "1001 Pending\nname        a.gov\ncreated     2026-03-01T00:00:00Z")
        let deletion = try reports(["domain", "delete", "a.gov"], CannedSender(response("")))[0]
        #expect(deletion.text(.plain) == "1000 Done" && deletion.jsonValue["data"] == .null)
    }

    @Test func `of a refusal is an object too, and quotes no password`() throws {
        let reply = """
            <response><result code="2202"><msg>Wrong</msg><extValue><value><domain:pw \(domain)>2fooBAR</domain:pw>\
            </value><reason>not that of a.gov</reason></extValue></result><trID><svTRID>sv-9</svTRID></trID></response>
            """
        let error = try #require(throws: RegistryError.self) {
            _ = try reports(["info", "a.gov"], CannedSender(reply))
        }
        #expect(ExitStatus(error) == .refused)
        let json = FailureReport(command: "InfoDomain", error: error).json
        #expect(json.hasPrefix(#"{"command":"InfoDomain","ok":false,"code":2202,"message":"Wrong","svTRID":"sv-9""#))
        #expect(json.contains("not that of a.gov") && json.hasSuffix(#""exit":1}"#) && !json.contains("2fooBAR"))
    }

    @Test func `of all messages acknowledges each once it is told`() throws {
        func queue(_ count: Int, _ id: String) -> String {
            "<msgQ count=\"\(count)\" id=\"\(id)\"><qDate>2026-03-01T00:00:00Z</qDate><msg>Moved</msg></msgQ>"
        }
        let transfer = """
            <domain:trnData \(domain)><domain:name>a.gov</domain:name><domain:trStatus>pending</domain:trStatus>\
            <domain:reID>other</domain:reID><domain:reDate>2026-03-01T00:00:00Z</domain:reDate>\
            <domain:acID>registrar</domain:acID><domain:acDate>2026-03-06T00:00:00Z</domain:acDate></domain:trnData>
            """
        let sender = CannedSender(
            response(transfer, code: 1301, queue: queue(2, "m-1")), response("", queue: queue(1, "m-2")),
            response("", code: 1301, queue: queue(1, "m-2")), response(""), response("", code: 1300, message: "None"))
        let told = try reports(["poll", "--drain"], sender)
        #expect(told.map { $0.head?.code } == [1301, 1301, 1300])
        #expect(told[0].jsonValue["data"]?["object"]?["requester"] == "other")
        #expect(told[0].text(.plain).contains("about       domainTransfer\nname        a.gov\ntransfer    pending"))
        #expect(sender.documents.map { $0.contains("op=\"ack\" msgID=\"m-1\"") } == [false, true, false, false, false])
        #expect(sender.documents[3].contains("msgID=\"m-2\""))
    }

    @Test func `of messages that are followed goes on when the registry was away`() throws {
        try Hub.withVirtualTime { clock in
            let message = response(
                "", code: 1301, queue: "<msgQ count=\"1\" id=\"m-1\"><msg>Moved</msg></msgQ>")
            let none = response("", code: 1300, message: "None")
            let failed =
                "<response><result code=\"2400\"><msg>Away</msg></result><trID><svTRID>s</svTRID></trID></response>"
            let sender = CannedSender(none, failed, message, failed, message, response(""), none)
            let command = try parsed(["poll", "--follow", "--interval", "60"])
            let start = clock.now
            var told: [Duration] = []
            let follower = spawn { try command.perform(sender) { _ in told.append(clock.now - start) } }
            try sleep(for: .seconds(230))
            try follower.kill()
            // The acknowledgement that failed brings the message once more.
            #expect(told == [.seconds(120), .seconds(180)])
            #expect(sender.documents.count == 7)
        }
    }

    @Test func `lets no text of the registry steer the terminal`() throws {
        let reply = response("", message: "\u{9B}31mred\u{7F} \u{202E}vog.a")
        let report = try reports(["domain", "delete", "a.gov"], CannedSender(reply))[0]
        #expect(report.text(.plain) == #"1000 \u{9B}31mred\u{7F} \u{202E}vog.a"#)
        #expect(report.json.contains(#""message":"\u009b31mred\u007f \u202evog.a""#))
    }
}

@Suite struct `JSON text` {
    @Test func `escapes what must be and keeps the order`() {
        let value = JSONValue.present([
            "z": "a\"b\\c\n\u{1}\u{9B}é", "a": nil, "m": .array([1, .null, true, .number(0.5), .number(.infinity)]),
        ])
        #expect(value.text == #"{"z":"a\"b\\c\n\u0001\u009bé","m":[1,null,true,0.5,null]}"#)
    }
}

@Suite struct `Colours` {
    @Test(
        arguments: [
            (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["TERM": "dumb"], false),
            (true, ["TERM": "xterm"], true),
        ] as [(Bool, [String: String], Bool)])
    func `are for terminals that have them, unless NO_COLOR is set`(
        isTerminal: Bool, environment: [String: String], isColored: Bool
    ) {
        #expect(Style(isTerminal: isTerminal) { environment[$0] }.isColored == isColored)
    }
}

@Suite struct `A table` {
    private let table = Table(
        header: ["", "commands", "failed"], rows: [["check", "240", "0"], ["without waiting", "300", ""]])

    @Test func `has its columns aligned, the numbers to the right`() {
        let lines = [
            "                 commands  failed", "check                 240       0",
            "without waiting       300        ",
        ]
        #expect(table.lines(width: nil) == lines && table.lines(width: 33) == lines)
    }

    @Test(arguments: [32, 25, 1]) func `that is too wide for a terminal becomes several`(width: Int) {
        #expect(
            table.lines(width: width) == [
                "                 commands", "check                 240", "without waiting       300", "",
                "                 failed", "check                 0", "without waiting        ",
            ])
    }

    @Test func `of a demo fits a terminal of 60 columns`() {
        let run = DemoReport.Run(
            name: "connect-parallel", commands: 500, failed: 0, seconds: 1, p50: 1, p99: 2, handshakes: 3, logins: 4)
        let text = DemoReport(runs: [run], fillingTimes: [], cut: 0, repeated: 0, setting: "")
            .text(Style(isColored: false, width: 60))
        let table = text.split(separator: "\n").filter { $0.hasPrefix("connect-parallel") || $0.hasPrefix("run ") }
        #expect(table.count == 4 && table.allSatisfy { $0.count <= 60 })
    }
}
