import ArgumentParser
import EPP
import EPPClient
import GeventTesting
import Testing

@testable import EPPTool

@Suite(.inTurn)
struct `A command line` {
    private let domain = "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\""
    private let host = "xmlns:host=\"urn:ietf:params:xml:ns:host-1.0\""
    private let contact = "xmlns:contact=\"urn:ietf:params:xml:ns:contact-1.0\""
    private let secDNS = "xmlns:secDNS=\"urn:ietf:params:xml:ns:secDNS-1.1\""

    private let digest = "49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD"

    @Test func `checks and asks about domains, shortly or in full`() throws {
        let check = "<check><domain:check \(domain)><domain:name>a.gov</domain:name><domain:name>b.gov</domain:name>"
        #expect(try sent("check", "a.gov", "b.gov") == check + "</domain:check></check>")
        #expect(try sent("domain", "check", "a.gov", "b.gov") == check + "</domain:check></check>")
        #expect(
            try sent("info", "a.gov")
                == "<info><domain:info \(domain)><domain:name>a.gov</domain:name></domain:info></info>")
        #expect(
            try sent("domain", "info", "a.gov", "--hosts", "del", "--auth-info", "2fooBAR")
                == "<info><domain:info \(domain)><domain:name hosts=\"del\">a.gov</domain:name><domain:authInfo>"
                + "<domain:pw>2fooBAR</domain:pw></domain:authInfo></domain:info></info>")
    }

    @Test(arguments: [(50, [50, 10]), (25, [25, 25, 10]), (100, [60])])
    func `checks more names than one command may have here by several`(limit: Int, sizes: [Int]) throws {
        let domain = "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\""
        let names = (0..<60).map { "n\($0).gov" }
        func reply(_ names: some Sequence<String>) -> String {
            let entries = names.map { "<domain:cd><domain:name avail=\"1\">\($0)</domain:name></domain:cd>" }.joined()
            return
                "<response><result code=\"1000\"><msg>Done</msg></result><resData><domain:chkData \(domain)>\(entries)"
                + "</domain:chkData></resData><trID><svTRID>sv-1</svTRID></trID></response>"
        }
        var rest = names[...]
        let replies = sizes.map { size in
            defer { rest = rest.dropFirst(size) }
            return reply(rest.prefix(size))
        }
        let sender = CannedSender(replies: replies, namesPerCheck: limit)
        let told = try reports(["check"] + names, sender)
        #expect(told.count == 1)
        #expect(
            told[0].jsonValue["data"]?.text
                == JSONValue.array(
                    names.map { .present(["name": .string($0), "available": true]) }
                ).text)
        #expect(sender.documents.map { $0.split(separator: "<domain:name>").count - 1 } == sizes)
    }

    @Test func `names the one name that cannot be sent, before any is`() throws {
        let sender = RecordingSender()
        for (command, name) in [
            (["check"], "a_b.gov"), (["domain", "check"], "bü..gov"), (["host", "check"], "a_!.gov"),
            (["contact", "check"], "x"),
        ] {
            let error = try #require(throws: UsageError.self) {
                try parsed(command + ["abc.gov", name, "abd.gov"]).perform(sender) { _ in }
            }
            #expect(error.description.hasPrefix("\(name): ") && sender.documents.isEmpty)
        }
    }

    @Test func `of a check that is not answered in full fails, after what was answered`() throws {
        let none =
            "<response><result code=\"1000\"><msg>Done</msg></result><trID><svTRID>sv-1</svTRID></trID></response>"
        let some = none.replacing(
            "</result>",
            with: "</result><resData><domain:chkData \(domain)><domain:cd><domain:name avail=\"1\">A.gov"
                + "</domain:name></domain:cd></domain:chkData></resData>")
        for (reply, told, missing) in [(none, 0, "a.gov, b.gov"), (some, 1, "b.gov")] {
            var count = 0
            let error = try #require(throws: RegistryError.self) {
                try parsed(["check", "a.gov", "b.gov"]).perform(CannedSender(reply)) { _ in count += 1 }
            }
            #expect(error.message == "the registry told nothing about \(missing)" && count == told)
            #expect(ExitStatus(error) == .refused)
        }
    }

    @Test func `creates a domain with all that it may have`() throws {
        #expect(
            try sent(
                "domain", "create", "example.gov", "--period", "2y", "--registrant", "abc", "--contact", "admin=adm-1",
                "--contact", "tech=tec-1", "--ns", "ns1.example.gov", "--ns", "ns2.example.gov", "--auth-info",
                "2fooBAR", "--ds", "12345 13 2 \(digest.prefix(32)) \(digest.dropFirst(32))", "--max-sig-life", "604800"
            )
                == "<create><domain:create \(domain)><domain:name>example.gov</domain:name>"
                + "<domain:period unit=\"y\">2</domain:period><domain:ns><domain:hostObj>ns1.example.gov"
                + "</domain:hostObj><domain:hostObj>ns2.example.gov</domain:hostObj></domain:ns>"
                + "<domain:registrant>abc</domain:registrant><domain:contact type=\"admin\">adm-1</domain:contact>"
                + "<domain:contact type=\"tech\">tec-1</domain:contact><domain:authInfo><domain:pw>2fooBAR</domain:pw>"
                + "</domain:authInfo></domain:create></create><extension><secDNS:create \(secDNS)>"
                + "<secDNS:maxSigLife>604800</secDNS:maxSigLife><secDNS:dsData><secDNS:keyTag>12345</secDNS:keyTag>"
                + "<secDNS:alg>13</secDNS:alg><secDNS:digestType>2</secDNS:digestType><secDNS:digest>\(digest)"
                + "</secDNS:digest></secDNS:dsData></secDNS:create></extension>")
        let attributes = try sent(
            "domain", "create", "a.gov", "--ns", "ns1.a.gov=192.0.2.1,2001:db8::1", "--auth-info", "x", "--dnskey",
            "257 3 13 mdsswUyr")
        #expect(
            attributes.contains(
                "<domain:hostAttr><domain:hostName>ns1.a.gov</domain:hostName><domain:hostAddr ip=\"v4\">192.0.2.1"
                    + "</domain:hostAddr><domain:hostAddr ip=\"v6\">2001:db8::1</domain:hostAddr></domain:hostAttr>"))
        #expect(attributes.contains("<secDNS:keyData><secDNS:flags>257</secDNS:flags>"))
    }

    @Test func `changes a domain`() throws {
        #expect(
            try sent(
                "domain", "update", "a.gov", "--add-ns", "ns3.a.gov", "--remove-contact", "tech=tec-1", "--add-status",
                "clientHold=not paid", "--registrant", "new-1")
                == "<update><domain:update \(domain)><domain:name>a.gov</domain:name><domain:add><domain:ns>"
                + "<domain:hostObj>ns3.a.gov</domain:hostObj></domain:ns><domain:status s=\"clientHold\">not paid"
                + "</domain:status></domain:add><domain:rem><domain:contact type=\"tech\">tec-1</domain:contact>"
                + "</domain:rem><domain:chg><domain:registrant>new-1</domain:registrant></domain:chg></domain:update>"
                + "</update>")
        let security = try sent(
            "domain", "update", "a.gov", "--remove-all-ds", "--add-ds", "1 13 2 \(digest)", "--urgent")
        #expect(security.contains("urgent=\"true\"") || security.contains("urgent=\"1\""))
        #expect(security.contains("<secDNS:rem><secDNS:all>true</secDNS:all></secDNS:rem><secDNS:add>"))
    }

    @Test func `renews, deletes, transfers and restores a domain`() throws {
        #expect(
            try sent("domain", "renew", "a.gov", "--expires", "2027-03-01T10:00:00Z", "--period", "6m")
                == "<renew><domain:renew \(domain)><domain:name>a.gov</domain:name><domain:curExpDate>2027-03-01"
                + "</domain:curExpDate><domain:period unit=\"m\">6</domain:period></domain:renew></renew>")
        #expect(
            try sent("domain", "delete", "a.gov")
                == "<delete><domain:delete \(domain)><domain:name>a.gov</domain:name></domain:delete></delete>")
        for operation in TransferOperation.allCases {
            let text = try sent("transfer", operation.rawValue, "a.gov", "--auth-info", "2fooBAR")
            #expect(text.hasPrefix("<transfer op=\"\(operation.rawValue)\"><domain:transfer \(domain)>"))
            #expect(text.contains("<domain:pw>2fooBAR</domain:pw>"))
        }
        #expect(try sent("domain", "restore", "a.gov").contains("<rgp:restore op=\"request\"/>"))
    }

    @Test func `has all commands for hosts`() throws {
        #expect(
            try sent("host", "create", "ns1.a.gov", "--addr", "192.0.2.1", "--addr", "2001:db8::1")
                == "<create><host:create \(host)><host:name>ns1.a.gov</host:name><host:addr ip=\"v4\">192.0.2.1"
                + "</host:addr><host:addr ip=\"v6\">2001:db8::1</host:addr></host:create></create>")
        #expect(try sent("host", "check", "ns1.a.gov").hasPrefix("<check><host:check"))
        #expect(try sent("host", "info", "ns1.a.gov").hasPrefix("<info><host:info"))
        #expect(try sent("host", "delete", "ns1.a.gov").hasPrefix("<delete><host:delete"))
        #expect(
            try sent("host", "update", "ns1.a.gov", "--add-addr", "192.0.2.2", "--new-name", "ns2.a.gov")
                == "<update><host:update \(host)><host:name>ns1.a.gov</host:name><host:add><host:addr ip=\"v4\">"
                + "192.0.2.2</host:addr></host:add><host:chg><host:name>ns2.a.gov</host:name></host:chg></host:update>"
                + "</update>")
    }

    @Test func `has all commands for contacts`() throws {
        let create = try sent(
            "contact", "create", "abc", "--name", "Jo Doe", "--org", "Example", "--street", "1 Main St", "--city",
            "Dulles", "--sp", "VA", "--pc", "20166", "--cc", "US", "--voice", "+1.7035555555x12", "--email",
            "jo@example.gov", "--auth-info", "2fooBAR", "--hide", "voice,email")
        #expect(
            create
                == "<create><contact:create \(contact)><contact:id>abc</contact:id><contact:postalInfo type=\"int\">"
                + "<contact:name>Jo Doe</contact:name><contact:org>Example</contact:org><contact:addr><contact:street>"
                + "1 Main St</contact:street><contact:city>Dulles</contact:city><contact:sp>VA</contact:sp>"
                + "<contact:pc>20166</contact:pc><contact:cc>US</contact:cc></contact:addr></contact:postalInfo>"
                + "<contact:voice x=\"12\">+1.7035555555</contact:voice><contact:email>jo@example.gov</contact:email>"
                + "<contact:authInfo><contact:pw>2fooBAR</contact:pw></contact:authInfo><contact:disclose flag=\"0\">"
                + "<contact:voice/><contact:email/></contact:disclose></contact:create></create>")
        #expect(try sent("contact", "check", "abc").hasPrefix("<check><contact:check"))
        #expect(try sent("contact", "info", "abc").hasPrefix("<info><contact:info"))
        #expect(try sent("contact", "delete", "abc").hasPrefix("<delete><contact:delete"))
        #expect(try sent("contact", "transfer", "query", "abc").hasPrefix("<transfer op=\"query\"><contact:transfer"))
        #expect(
            try sent(
                "contact", "update", "abc", "--voice", "", "--email", "new@example.gov", "--add-status",
                "clientUpdateProhibited")
                == "<update><contact:update \(contact)><contact:id>abc</contact:id><contact:add><contact:status "
                + "s=\"clientUpdateProhibited\"/></contact:add><contact:chg><contact:voice/><contact:email>"
                + "new@example.gov</contact:email></contact:chg></contact:update></update>")
    }

    @Test func `gives a contact both forms of name and address`() throws {
        let both = [
            "--name", "Jo Doe", "--city", "Reykjavik", "--cc", "IS", "--loc-name", "Jó Dö", "--loc-org", "Dæmi",
            "--loc-street", "Aðalstræti 1", "--loc-city", "Reykjavík", "--loc-sp", "X", "--loc-pc", "101", "--loc-cc",
            "IS",
        ]
        let create = try sent(
            line: ["contact", "create", "abc", "--email", "jo@a.is", "--auth-info", "2fooBAR", "--hide", "name"] + both)
        let local =
            "<contact:postalInfo type=\"loc\"><contact:name>Jó Dö</contact:name><contact:org>Dæmi</contact:org>"
            + "<contact:addr><contact:street>Aðalstræti 1</contact:street><contact:city>Reykjavík</contact:city>"
            + "<contact:sp>X</contact:sp><contact:pc>101</contact:pc><contact:cc>IS</contact:cc></contact:addr>"
            + "</contact:postalInfo>"
        #expect(create.contains("<contact:postalInfo type=\"int\"><contact:name>Jo Doe</contact:name>"))
        #expect(create.contains("</contact:postalInfo>\(local)"))
        #expect(create.contains("<contact:name type=\"int\"/><contact:name type=\"loc\"/>"))
        let update = try sent("contact", "update", "abc", "--loc-name", "Jó")
        #expect(update.contains("<contact:chg><contact:postalInfo type=\"loc\"><contact:name>Jó</contact:name>"))
        #expect(!update.contains("type=\"int\""))
    }

    @Test func `agrees to a price, with each command that has one`() throws {
        let fee = "<fee:fee>12.50</fee:fee>"
        for line in [
            ["domain", "create", "a.gov", "--auth-info", "2fooBAR"],
            ["domain", "renew", "a.gov", "--expires", "2027-03-01"],
            ["transfer", "request", "a.gov", "--auth-info", "2fooBAR"], ["domain", "restore", "a.gov"],
            ["domain", "update", "a.gov", "--add-status", "clientHold"],
        ] {
            let verb = line[0] == "transfer" ? "transfer" : line[1] == "restore" ? "update" : line[1]
            let plain = try sent(line: line + ["--fee", "12.50"])
            #expect(
                plain.contains("<fee:\(verb) xmlns:fee=\"urn:ietf:params:xml:ns:epp:fee-1.0\">\(fee)</fee:\(verb)>"))
            #expect(
                try sent(line: line + ["--fee", "12.50 EUR"]).contains("<fee:currency>EUR</fee:currency>\(fee)"))
        }
    }

    @Test func `asks for prices with a check`() throws {
        let check = try sent("check", "a.gov", "--price", "--period", "2y", "--currency", "EUR")
        #expect(check.contains("<fee:currency>EUR</fee:currency>"))
        #expect(
            check.contains(
                "<fee:command name=\"create\"><fee:period unit=\"y\">2</fee:period></fee:command><fee:command name=\"renew\">"
            ))
        #expect(check.contains("<fee:command name=\"transfer\"/>") && check.contains("<fee:command name=\"restore\"/>"))
    }

    @Test func `takes part in a launch`() throws {
        let launch = "xmlns:launch=\"urn:ietf:params:xml:ns:launch-1.0\""
        #expect(
            try sent("check", "a.gov", "--launch", "claims").contains(
                "<launch:check \(launch) type=\"claims\"><launch:phase>claims</launch:phase></launch:check>"))
        #expect(
            try sent("check", "a.gov", "--launch", "custom:idn").contains(
                "<launch:check \(launch) type=\"avail\"><launch:phase name=\"idn\">custom</launch:phase></launch:check>"
            ))
        #expect(
            try sent("info", "a.gov", "--launch", "sunrise", "--application", "abc").contains(
                "<launch:phase>sunrise</launch:phase><launch:applicationID>abc</launch:applicationID></launch:info>"))
        #expect(
            try sent("domain", "delete", "a.gov", "--launch", "sunrise", "--application", "abc").contains(
                "<launch:delete"))
        #expect(
            try sent(
                "domain", "update", "a.gov", "--add-status", "clientHold", "--launch", "sunrise", "--application", "abc"
            ).contains("<launch:update"))
        let create = ["domain", "create", "a.gov", "--auth-info", "2fooBAR", "--launch"]
        #expect(
            try sent(
                line: create + ["claims", "--notice", "370d0b7c 2027-03-01T00:00:00Z 2027-02-01T00:00:00Z"]
            ).contains(
                "<launch:create \(launch)><launch:phase>claims</launch:phase><launch:notice><launch:noticeID>370d0b7c"
                    + "</launch:noticeID><launch:notAfter>2027-03-01T00:00:00Z</launch:notAfter>"))
        #expect(
            try sent(line: create + ["sunrise", "--launch-type", "application", "--mark-code", "49FD46E6"]).contains(
                "type=\"application\"><launch:phase>sunrise</launch:phase><launch:codeMark><launch:code>49FD46E6</launch:code>"
            ))
        let mark = "<smd:encodedSignedMark xmlns:smd=\"urn:ietf:params:xml:ns:signedMark-1.0\">"
        for text in [
            "Marks: x\n-----BEGIN ENCODED SMD-----\nPD94\nbWw=\n-----END ENCODED SMD-----\n",
            "<?xml version=\"1.0\"?>\n\(mark)PD94bWw=</smd:encodedSignedMark>\n",
        ] {
            try withFile(text) { path throws in
                #expect(
                    try sent(line: create + ["sunrise", "--smd", path]).contains(
                        "<launch:phase>sunrise</launch:phase>\(mark)PD94bWw=</smd:encodedSignedMark></launch:create>"))
            }
        }
        try withFile("nothing") { path in
            let error = try #require(throws: UsageError.self) { _ = try parsed(create + ["sunrise", "--smd", path]) }
            #expect(error.description == "--smd: \(path) has no signed mark")
        }
    }

    @Test(
        arguments: [
            (["--json", "check", "a.gov"], ["check", "--json", "a.gov"]),
            (["--host", "check", "check", "a.gov"], ["check", "--host", "check", "a.gov"]),
            (["--period=2y", "domain", "create", "a.gov"], ["domain", "create", "--period=2y", "a.gov"]),
            (["domain", "--json", "--ns", "x", "update", "a"], ["domain", "update", "--json", "--ns", "x", "a"]),
            (["check", "a.gov", "--json"], ["check", "a.gov", "--json"]), (["-h", "check"], ["check", "-h"]),
            (["help", "domain", "check"], ["help", "domain", "check"]), (["domain"], ["domain"]), ([], []),
            (["--generate-completion-script", "bash"], ["--generate-completion-script", "bash"]),
        ] as [([String], [String])])
    func `may have its options before the command`(words: [String], arranged: [String]) throws {
        #expect(try CommandWords(words).arranged == arranged)
    }

    @Test(arguments: [
        (["chekc", "a.gov"], "there is no command \"chekc\": did you mean \"check\"? (epp --help)"),
        (["domian", "check"], "there is no command \"domian\": did you mean \"domain\"? (epp --help)"),
        (
            ["domain", "creat"],
            "there is no command \"domain creat\": did you mean \"domain create\"? (epp domain --help)"
        ),
        (
            ["help", "domain", "chek"],
            "there is no command \"domain chek\": did you mean \"domain check\"? (epp domain --help)"
        ),
        (["renew", "a.gov"], "there is no command \"renew\": there is \"domain renew\" (epp --help)"),
        (["xyzzy"], "there is no command \"xyzzy\" (epp --help)"),
        (["check"], "Missing expected argument '<names> ...' (epp check --help)"),
        (["--json", "poll", "--drian"], "Unknown option '--drian'. Did you mean '--drain'? (epp poll --help)"),
    ]) func `that names no command, or leaves something out, is told so in one line`(words: [String], line: String)
        throws
    {
        let error = try #require(throws: WrongUsage.self) { _ = try EPPCommand.parse(words) }
        #expect(error.description == line)
    }

    @Test func `polls and acknowledges`() throws {
        #expect(try sent("poll") == "<poll op=\"req\"/>")
        #expect(try sent("poll", "--ack", "12345") == "<poll op=\"ack\" msgID=\"12345\"/>")
    }

    @Test(arguments: [
        (["domain", "create", "a.gov", "--period", "2w", "--auth-info", "x"], "--period"),
        (["domain", "create", "a.gov", "--contact", "boss=x", "--auth-info", "x"], "--contact"),
        (["domain", "create", "a.gov", "--ds", "1 2 3", "--auth-info", "x"], "--ds"),
        (["domain", "create", "a.gov", "--auth-info", "x", "--auth-info-file", "y"], "--auth-info-file"),
        (
            ["domain", "create", "a.gov", "--ds", "1 13 2 AB", "--dnskey", "257 3 13 AB", "--auth-info", "x"],
            "--dnskey"
        ),
        (["domain", "update", "a.gov", "--remove-all-ds", "--remove-ds", "1 13 2 AB"], "--remove-all-ds"),
        (["domain", "renew", "a.gov"], "--expires"), (["domain", "renew", "a.gov", "--expires", "soon"], "--expires"),
        (["transfer", "steal", "a.gov"], "operation"), (["host", "update", "ns1.a.gov"], "--new-name"),
        (["contact", "create", "abc", "--hide", "shoe", "--auth-info", "x"], "--hide"),
        (["contact", "create", "abc", "--voice", "703", "--auth-info", "x"], "telephone"),
        (["poll", "--ack", "1", "--drain"], "--drain"), (["poll", "--follow", "--interval", "0"], "--interval"),
        (["poll", "--interval", "5x"], "--interval"),
        (["check", "a.gov", "--json", "--xml"], "--xml"), (["check", "a.gov", "--price-of", "x"], "--price-of"),
        (["check", "a.gov", "--period", "1y"], "--price"),
        (["domain", "create", "a.gov", "--auth-info", "x", "--fee", "ten"], "--fee"),
        (["domain", "create", "a.gov", "--auth-info", "x", "--fee", "1 EUR x"], "--fee"),
        (["transfer", "approve", "a.gov", "--fee", "1"], "--fee"),
        (["check", "a.gov", "--launch", "soon"], "--launch"),
        (["check", "a.gov", "--launch", "custom"], "--launch"), (["info", "a.gov", "--application", "x"], "--launch"),
        (["domain", "create", "a.gov", "--auth-info", "x", "--mark-code", "x"], "--launch"),
        (["domain", "create", "a.gov", "--launch", "claims", "--notice", "x", "--auth-info", "x"], "--notice"),
        (["contact", "create", "abc", "--form", "loc", "--loc-name", "x", "--auth-info", "x"], "--loc-"),
    ]) func `that is wrong is refused by the flag's name, as wrong usage`(line: [String], names: String) throws {
        let error = try #require(throws: (any Error).self) { _ = try EPPCommand.parseAsRoot(line) }
        #expect(EPPCommand.message(for: error).contains(names))
        #expect(EPPCommand.exitCode(for: error).rawValue == ExitStatus.usage.rawValue)
    }

    @Test(arguments: [
        (["domain", "create", "a.gov"], "--auth-info"), (["domain", "update", "a.gov"], "nothing to change"),
        (["contact", "create", "abc", "--auth-info", "x"], "--name"),
        (["contact", "update", "abc"], "nothing to change"), (["contact", "update", "abc", "--city", "X"], "--cc"),
        (["contact", "update", "abc", "--loc-city", "X"], "--loc-cc"),
        (
            [
                "contact", "create", "abc", "--auth-info", "x", "--name", "x", "--city", "x", "--cc", "US", "--email",
                "x@y",
                "--loc-org", "x",
            ], "--loc-name"
        ),
        (
            [
                "domain", "restore", "a.gov", "--before", "/nowhere", "--after", "x", "--deleted", "2027-03-01",
                "--restored",
                "2027-03-01", "--reason", "x", "--statement", "x",
            ], "--before: /nowhere: No such file"
        ),
        (["raw", "/nowhere"], "--cleaned"), (["raw", "--cleaned", "/nowhere"], "/nowhere"),
        (["transfer", "request", "a.gov"], "--auth-info"),
        (["domain", "restore", "a.gov", "--reason", "why"], "--deleted"),
    ]) func `that lacks something is refused before anything is sent`(line: [String], names: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try parsed(line) }
        #expect(error.description.contains(names))
        #expect(ExitStatus(error) == .usage)
    }

    @Test func `whose values the protocol cannot carry is refused as wrong usage`() throws {
        let error = try #require(throws: InvalidValue.self) {
            try parsed(["info", "bücher.gov"]).perform(RecordingSender()) { _ in }
        }
        #expect(error.field == "domain:name" && ExitStatus(error) == .usage)
    }
}
