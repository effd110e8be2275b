import EPP
import Testing

/// What clients send, as the registry reads it. The styles are those of clients in use: PyPI's EPP and pyepp, Debian's
/// Net::EPP, and ones that prefix everything.
@Suite
struct ClientMessageTests {
    private func body(_ text: String) throws -> ClientMessage.Body {
        try ClientMessage(text.bytes).body
    }

    private func command(_ content: String) throws -> ClientMessage {
        try ClientMessage("<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command>\(content)</command></epp>".bytes)
    }

    private func code(_ content: String) throws -> ResultCode? {
        guard case .invalid(let result) = try command(content).body else { return nil }
        return result.code
    }

    @Test(arguments: [
        "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello/></epp>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">\n  <hello />\n</epp>\r\n",
        "<e:epp xmlns:e='urn:ietf:params:xml:ns:epp-1.0'><!-- hi --><e:hello>\n</e:hello></e:epp>",
        """
        <epp xmlns="urn:ietf:params:xml:ns:epp-1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
        xsi:schemaLocation="urn:ietf:params:xml:ns:epp-1.0 epp-1.0.xsd"><hello/></epp>
        """,
    ]) func `a hello is read in any style`(text: String) throws {
        guard case .hello = try body(text) else {
            Issue.record("no hello")
            return
        }
        #expect(try ClientMessage(text.bytes).transactionID == nil)
    }

    @Test func `a login is read in any style`() throws {
        let pretty = """
            <?xml version="1.0" encoding="UTF-8" standalone="no"?>
            <epp xmlns="urn:ietf:params:xml:ns:epp-1.0">
              <command>
                <login>
                  <clID>client</clID>
                  <pw>secret&amp;1</pw>
                  <options>
                    <version>1.0</version>
                    <lang>en</lang>
                  </options>
                  <svcs>
                    <objURI>urn:ietf:params:xml:ns:domain-1.0</objURI>
                    <objURI>urn:ietf:params:xml:ns:contact-1.0</objURI>
                    <svcExtension>
                      <extURI>urn:ietf:params:xml:ns:secDNS-1.1</extURI>
                    </svcExtension>
                  </svcs>
                </login>
              </command>
            </epp>
            """
        let expected = Login(
            clientID: "client", password: "secret&1", objectURIs: Login.defaultObjectURIs,
            extensionURIs: [XMLNamespace.secDNS.uri])
        guard case .login(expected) = try body(pretty) else {
            Issue.record("\(try body(pretty))")
            return
        }
        let prefixed = """
            <epp:epp xmlns:epp="urn:ietf:params:xml:ns:epp-1.0"><epp:command><epp:login><epp:svcs>\
            <epp:svcExtension><epp:extURI>urn:ietf:params:xml:ns:secDNS-1.1</epp:extURI></epp:svcExtension>\
            <epp:objURI>urn:ietf:params:xml:ns:domain-1.0</epp:objURI>\
            <epp:objURI>urn:ietf:params:xml:ns:contact-1.0</epp:objURI></epp:svcs><epp:options><epp:lang>en</epp:lang>\
            <epp:version>1.0</epp:version></epp:options><epp:pw><![CDATA[secret&1]]></epp:pw><epp:clID>client</epp:clID>\
            </epp:login><epp:clTRID>0123456789abcdef0123456789abcdef01234567</epp:clTRID></epp:command></epp:epp>
            """
        let message = try ClientMessage(prefixed.bytes)
        guard case .login(expected) = message.body else {
            Issue.record("\(message.body)")
            return
        }
        #expect(message.transactionID == "0123456789abcdef0123456789abcdef01234567")
    }

    @Test func `a login that leaves out options and services has the usual ones`() throws {
        guard case .login(let login) = try command("<login><clID>client</clID><pw>secret</pw></login>").body else {
            Issue.record("no login")
            return
        }
        #expect(login.version == "1.0" && login.language == "en")
        #expect(login.objectURIs == [] && login.newPassword == nil)
    }

    @Test func `an info with the hosts wanted and an authorization is read`() throws {
        let text = """
            <info><domain:info xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"
              xsi:schemaLocation="urn:ietf:params:xml:ns:domain-1.0 domain-1.0.xsd"
              xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
              <domain:name hosts="del"> Example.gov </domain:name>
              <domain:authInfo><domain:pw>udai</domain:pw></domain:authInfo></domain:info></info>
            <clTRID></clTRID>
            """
        let message = try command(text)
        guard case .infoDomain(InfoDomain("Example.gov", hosts: .delegated, authorization: "udai")) = message.body
        else {
            Issue.record("\(message.body)")
            return
        }
        #expect(message.transactionID == nil)
    }

    @Test func `a command's extensions come with it`() throws {
        let message = try command(
            "<logout/><extension><f:x xmlns:f='urn:f'>1</f:x><g xmlns='urn:g'/></extension><clTRID>abc-1</clTRID>")
        #expect(
            message.extensions.map { [$0.uri, $0.name, $0.xml] } == [
                ["urn:f", "x", "<f:x xmlns:f='urn:f'>1</f:x>"], ["urn:g", "g", "<g xmlns='urn:g'/>"],
            ])
        #expect(message.transactionID == "abc-1")
    }

    @Test(arguments: ["frobnicate", "Check", "LOGIN"]) func `a verb that EPP does not have is told by its name`(
        verb: String
    ) throws {
        let message = try command("<\(verb)/><clTRID>abc-1</clTRID>")
        guard case .unknownCommand(verb) = message.body else {
            Issue.record("\(message.body)")
            return
        }
        #expect(message.transactionID == "abc-1")
    }

    @Test func `a verb in another namespace, or another document, is unknown`() throws {
        guard case .unknownCommand("login") = try command("<login xmlns='urn:x'/>").body else {
            Issue.record("a login of another protocol")
            return
        }
        guard
            case .unknownCommand("greeting") = try body("<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><greeting/></epp>")
        else {
            Issue.record("a greeting from a client")
            return
        }
    }

    @Test(
        arguments: [
            ("<check><d:info xmlns:d='urn:ietf:params:xml:ns:domain-1.0'/></check>", "check", XMLNamespace.domain.uri),
            ("<info><x xmlns='urn:unheard'/></info>", "info", "urn:unheard"),
            (
                "<transfer op='query'><h:transfer xmlns:h='urn:ietf:params:xml:ns:host-1.0'/></transfer>", "transfer",
                XMLNamespace.host.uri
            ),
        ] as [(String, String, String?)]) func `a command without a type here says what it is about`(
            content: String, verb: String, uri: String?
        ) throws
    {
        #expect(try command(content).command?.verb == verb)
        guard case .other(let other) = try command(content).body else {
            Issue.record("not another command")
            return
        }
        #expect(other.verb == verb && other.objectURI == uri)
        #expect(other.operation == (verb == "transfer" ? "query" : nil))
        #expect(other.element.name == verb)
    }

    @Test func `what is missing or wrong is told with the code for it`() throws {
        let domain = "xmlns:d='urn:ietf:params:xml:ns:domain-1.0'"
        #expect(try code("") == .commandSyntaxError)
        #expect(try code("<clTRID>abc</clTRID>") == .commandSyntaxError)
        #expect(try code("<check/>") == .commandSyntaxError)
        #expect(try code("<login/>") == .requiredParameterMissing)
        #expect(try code("<login><clID>client</clID><pw/></login>") == .requiredParameterMissing)
        #expect(try code("<check><d:check \(domain)/></check>") == .requiredParameterMissing)
        #expect(try code("<check><d:check \(domain)><d:name> </d:name></d:check></check>") == .requiredParameterMissing)
        #expect(try code("<info><d:info \(domain)/></info>") == .requiredParameterMissing)
        #expect(
            try code("<info><d:info \(domain)><d:name hosts='x'>a</d:name></d:info></info>") == .parameterRangeError)
        #expect(
            try code("<create><d:create \(domain)><d:name>a</d:name></d:create></create>") == .requiredParameterMissing)
        let proof = "<d:authInfo><d:pw/></d:authInfo>"
        #expect(try code("<create><d:create \(domain)>\(proof)</d:create></create>") == .requiredParameterMissing)
        for period in ["<d:period unit='y'>x</d:period>", "<d:period>1</d:period>", "<d:period unit='d'>1</d:period>"] {
            let text = "<create><d:create \(domain)><d:name>a</d:name>\(period)\(proof)</d:create></create>"
            #expect(try code(text) == .parameterSyntaxError)
        }
        #expect(try code("<logout/><clTRID>ab</clTRID>") == .parameterSyntaxError)
        #expect(try command("<logout/><clTRID>ab</clTRID>").transactionID == nil)
        #expect(try code("<poll/>") == .requiredParameterMissing)
        #expect(try code("<poll op='x'/>") == .unimplementedOption)
        #expect(try code("<poll op='ack'/>") == .requiredParameterMissing)
        #expect(
            try code("<transfer><d:transfer \(domain)><d:name>a</d:name></d:transfer></transfer>")
                == .requiredParameterMissing)
        #expect(
            try code("<transfer op='x'><d:transfer \(domain)><d:name>a</d:name></d:transfer></transfer>")
                == .unimplementedOption)
        #expect(try code("<renew><d:renew \(domain)><d:name>a</d:name></d:renew></renew>") == .requiredParameterMissing)
        let renew = "<renew><d:renew \(domain)><d:name>a</d:name><d:curExpDate>x</d:curExpDate></d:renew></renew>"
        #expect(try code(renew) == .parameterSyntaxError)
        let host = "xmlns:h='urn:ietf:params:xml:ns:host-1.0'"
        for verb in ["check", "info", "create", "update", "delete"] {
            #expect(try code("<\(verb)><h:\(verb) \(host)/></\(verb)>") == .requiredParameterMissing)
        }
        let contact = "xmlns:c='urn:ietf:params:xml:ns:contact-1.0'"
        for verb in ["check", "info", "create", "update", "delete"] {
            #expect(try code("<\(verb)><c:\(verb) \(contact)/></\(verb)>") == .requiredParameterMissing)
            #expect(try code("<\(verb)><d:\(verb) \(domain)/></\(verb)>") == .requiredParameterMissing)
        }
        guard case .invalid(let result) = try command("<login/>").body else { return }
        #expect(result.details == [.init(value: "clID", reason: "is missing")])
    }

    @Test(arguments: [
        "", "<a/>", "<epp/>", "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'/>", "<!DOCTYPE epp><epp/>", "login",
    ])
    func `what is not EPP is refused`(text: String) {
        #expect(throws: ParsingError.self) { try ClientMessage(text.bytes) }
    }
}
