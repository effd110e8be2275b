import ArgumentParser
import EPP
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

    @Test func `checks more names than one command may have by several`() throws {
        let domain = "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\""
        func reply(_ name: String) -> String {
            """
            <response><result code="1000"><msg>Done</msg></result><resData><domain:chkData \(domain)><domain:cd>\
            <domain:name avail="1">\(name)</domain:name></domain:cd></domain:chkData></resData>\
            <trID><svTRID>sv-1</svTRID></trID></response>
            """
        }
        let sender = CannedSender(reply("a.gov"), reply("b.gov"))
        let told = try reports(["check"] + (0..<60).map { "n\($0).gov" }, sender)
        #expect(told.count == 1 && told[0].text(.plain) == "a.gov  available\nb.gov  available")
        #expect(sender.documents.map { $0.split(separator: "<domain:name>").count - 1 } == [50, 10])
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
    ]) func `that is wrong is refused by the flag's name, as wrong usage`(line: [String], names: String) throws {
        let error = try #require(throws: (any Error).self) { _ = try EPPCommand.parseAsRoot(line) }
        #expect(EPPCommand.message(for: error).contains(names))
        #expect(EPPCommand.exitCode(for: error).rawValue == ExitStatus.usage.rawValue)
    }

    @Test(arguments: [
        (["domain", "create", "a.gov"], "--auth-info"), (["domain", "update", "a.gov"], "nothing to change"),
        (["contact", "create", "abc", "--auth-info", "x"], "--name"),
        (["contact", "update", "abc"], "nothing to change"), (["contact", "update", "abc", "--city", "X"], "--cc"),
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
            try parsed(["check", "bücher.gov"]).perform(RecordingSender()) { _ in }
        }
        #expect(error.field == "domain:name" && ExitStatus(error) == .usage)
    }
}
