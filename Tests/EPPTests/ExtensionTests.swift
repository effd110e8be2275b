import EPP
import Testing

/// Extensions on commands and responses, one and several, known and unknown.
@Suite
struct ExtensionTests {
    @Test func `several extensions stand behind the verb in the order in which they were given`() throws {
        let command = UpdateDomain("a.gov").with(RestoreDomain())
            .with(
                SecDNSUpdate(removing: .all, maximumSignatureLife: 60),
                RawExtension(xml: "<x:a xmlns:x=\"urn:x\"><x:b/></x:a>"))
        #expect(
            try command.verbXML()
                == "<update><domain:update xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">"
                + "<domain:name>a.gov</domain:name><domain:chg/></domain:update></update><extension>"
                + "<rgp:update xmlns:rgp=\"urn:ietf:params:xml:ns:rgp-1.0\"><rgp:restore op=\"request\"/></rgp:update>"
                + "<secDNS:update xmlns:secDNS=\"urn:ietf:params:xml:ns:secDNS-1.1\"><secDNS:rem><secDNS:all>true"
                + "</secDNS:all></secDNS:rem><secDNS:chg><secDNS:maxSigLife>60</secDNS:maxSigLife></secDNS:chg>"
                + "</secDNS:update><x:a xmlns:x=\"urn:x\"><x:b/></x:a></extension>")
        #expect(!command.isReadOnly && CheckDomain("a.gov").with(FeeCheck([.init(.create)])).isReadOnly)
        #expect(type(of: command).name == "UpdateDomain")
        let message = try ClientMessage(command.document())
        #expect(try message.decodeExtension() == RestoreDomain())
        #expect(try message.decodeExtension(SecDNSUpdate.self)?.removing == .all)
        #expect(try message.decodeExtension(FeeCheck.self) == nil)
    }

    @Test func `fees, launches and security are written with their customary prefixes`() throws {
        let fee = "xmlns:fee=\"urn:ietf:params:xml:ns:epp:fee-1.0\""
        #expect(
            try FeeCheck([.init(.create, period: .years(1)), .init(.custom, customName: "x")], currency: "USD").xml()
                == "<fee:check \(fee)><fee:currency>USD</fee:currency><fee:command name=\"create\">"
                + "<fee:period unit=\"y\">1</fee:period></fee:command><fee:command name=\"custom\" customName=\"x\"/>"
                + "</fee:check>")
        let costs = FeeTransform(
            .renew,
            fees: [Fee("5.00", description: "Fee", isRefundable: true, gracePeriod: "P5D", isDelayed: true)],
            credits: [FeeCredit("-1.00", description: LocalizedText("Rabatt", language: "de"))])
        #expect(
            try costs.xml()
                == "<fee:renew \(fee)><fee:fee description=\"Fee\" refundable=\"1\" grace-period=\"P5D\" applied=\"delayed\">"
                + "5.00</fee:fee><fee:credit description=\"Rabatt\" lang=\"de\">-1.00</fee:credit></fee:renew>")
        let launch = "xmlns:launch=\"urn:ietf:params:xml:ns:launch-1.0\""
        #expect(
            try LaunchCheck(phase: .claims).xml()
                == "<launch:check \(launch) type=\"claims\"><launch:phase>claims</launch:phase></launch:check>")
        let create = LaunchCreate(
            .claims, kind: .registration,
            notice: LaunchNotice(
                id: "370d0b7c9223372036854775807", notAfter: Timestamp("2014-06-19T10:00:00.0Z"),
                accepted: Timestamp("2014-06-19T09:00:00.0Z")))
        #expect(
            try create.xml()
                == "<launch:create \(launch) type=\"registration\"><launch:phase>claims</launch:phase><launch:notice>"
                + "<launch:noticeID>370d0b7c9223372036854775807</launch:noticeID>"
                + "<launch:notAfter>2014-06-19T10:00:00.0Z</launch:notAfter>"
                + "<launch:acceptedDate>2014-06-19T09:00:00.0Z</launch:acceptedDate></launch:notice></launch:create>")
        #expect(
            try LoginSecurity(userAgent: .init(application: "epp 1"), password: "p4ssw0rd").xml()
                == "<loginSec:loginSec xmlns:loginSec=\"urn:ietf:params:xml:ns:epp:loginSec-1.0\"><loginSec:userAgent>"
                + "<loginSec:app>epp 1</loginSec:app></loginSec:userAgent><loginSec:pw>p4ssw0rd</loginSec:pw>"
                + "</loginSec:loginSec>")
    }

    @Test func `a long password moves into the extension, a short one stays`() throws {
        let long = Login(clientID: "client", password: "this is a long password", newPassword: "short1")
        let secured = long.secured(by: .init(application: "epp"))
        #expect(secured.base.password == LoginSecurity.placeholder && secured.base.newPassword == "short1")
        #expect(secured.base.extensionURIs == [XMLNamespace.loginSecurity.uri])
        let message = try ClientMessage(secured.document())
        let security = try #require(try message.decodeExtension(LoginSecurity.self))
        #expect(security.password == "this is a long password" && security.newPassword == nil)
        #expect(throws: InvalidValue.self) { try long.document() }
        let redacted = Redaction.text(of: try secured.document())
        #expect(!redacted.contains("long password") && !redacted.contains("short1"))
        #expect(!"\(security) \(String(reflecting: secured))".contains("long password"))
        var dumped = ""
        dump(secured, to: &dumped)
        #expect(!dumped.contains("long password") && !dumped.contains("short1"))
    }

    @Test func `an element of no namespace stays in none`() throws {
        let message = try ClientMessage(CheckDomain("a.gov").with(RawExtension(xml: "<a b='1'><c/></a>")).document())
        #expect(message.extensions.map(\.uri) == [""])
        #expect(message.extensions.first?.xml == "<a xmlns=\"\" b='1'><c/></a>")
    }

    @Test func `an authorization of an extension does not reach a log`() throws {
        let create = CreateDomain("a.gov", authorization: Authorization(xml: "<t:x xmlns:t=\"urn:t\">S3cret</t:x>"))
        let redacted = Redaction.text(of: try create.document())
        #expect(!redacted.contains("S3cret") && redacted.contains("<domain:ext>***</domain:ext>"))
    }

    @Test func `an extension that is not as it must be is an error where it is asked for, and only there`() throws {
        var response = CommandResponse<Never>(results: [CommandResult(.success)], serverTransactionID: "abc")
        response.extensions = [
            "<s:infData xmlns:s=\"urn:ietf:params:xml:ns:secDNS-1.1\"><s:dsData/></s:infData>",
            "<g:infData xmlns:g=\"urn:ietf:params:xml:ns:rgp-1.0\"><g:rgpStatus s=\"addPeriod\">ends</g:rgpStatus></g:infData>",
        ]
        let read = try Logout().decode(ServerMessage(response.document()))
        #expect(throws: ParsingError.self) { try read.decodeExtension(SecDNSInfo.self) }
        #expect(try read.decodeExtension() == GracePeriods([.init("addPeriod", message: "ends")]))
        #expect(try read.decodeExtensions(FeeResult.self) == [])
    }

    @Test func `a protocol extension goes both ways`() throws {
        let element = "<x:ask xmlns:x=\"urn:x\"><x:what>a</x:what></x:ask>"
        let command = ProtocolExtension(element)
        let document = try command.document(transactionID: "abc")
        #expect(String(decoding: document, as: UTF8.self).hasSuffix("<extension>\(element)</extension></epp>"))
        guard case .protocolExtension(command) = try ClientMessage(document).body else {
            Issue.record("came back as something else")
            return
        }
        #expect(try command.decode(ServerMessage(document)) == .protocolExtension([element]))
        let refusal = CommandResponse<String>(results: [CommandResult(.unknownCommand)], serverTransactionID: "abc")
        let refused = try ServerMessage(refusal.document { _, _ in })
        #expect(try command.decode(refused) == .response(refusal))
        #expect(throws: InvalidValue.self) { try ProtocolExtension().document() }
        #expect(throws: ParsingError.self) { try ProtocolExtension("no XML").document() }
        #expect(throws: ParsingError.self) { try Logout().decode(ServerMessage(document)) }
    }
}
