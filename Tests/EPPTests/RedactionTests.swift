import EPP
import Testing

/// No password reaches a log, from a whole document or a broken one.
@Suite
struct RedactionTests {
    private func redacted(_ text: String) -> String {
        Redaction.text(of: text.bytes)
    }

    @Test(arguments: [
        ("<pw>S3cret</pw>", "<pw>***</pw>"),
        ("<newPW>S3cret</newPW>", "<newPW>***</newPW>"),
        ("<domain:pw roid='A>B'>S3cret</domain:pw>", "<domain:pw roid='A>***</domain:pw>"),
        ("<x><pw>S3cret</pw><pw>S3cret</pw ></x>", "<x><pw>***</pw><pw>***</pw ></x>"),
        ("<pw><![CDATA[S3cret</pw>S3cret]]></pw>a", "<pw>***</pw>a"),
        ("<pw><!-- </pw> -->S3cret</pw>a", "<pw>***</pw>a"),
        ("<pw><pw>S3cret</pw>S3cret</pw>a", "<pw>***</pw>a"),
        ("<pw><pw/>S3cret</pw>a", "<pw>***</pw>a"),
        ("<pw>S3<b>cr</b>et</pw>a", "<pw>***</pw>a"),
        ("<PW>S3cret</PW>", "<PW>***</PW>"),
        ("<pw\n>S3cret</pw>", "<pw\n>***</pw>"),
        ("<a:pw>S3cret</b:pw>S3cret", "<a:pw>***"),
        ("<pw>S3cret", "<pw>***"),
        ("<pw>S3cret</p", "<pw>***"),
        ("<pw>S3cret</pw", "<pw>***"),
        ("<pw a='S3cret", "***"),
        ("<pw '>S3cret</pw><x a=' />", "***"),
        ("<pw><?x </pw>?>S3cret</pw>a", "<pw>***</pw>a"),
        ("<pw><!--></pw>-->S3cret</pw>a", "<pw>***</pw>a"),
        ("<pw><!-- <pw> -->S3cret</pw>a", "<pw>***</pw>a"),
        ("<pw><?x <pw> ?>S3cret</pw>a", "<pw>***</pw>a"),
        ("<pw><?x ?</pw>?>S3cret</pw>a", "<pw>***</pw>a"),
        ("<x y='<pw>'><pw>S3cret</pw></x>", "***"),
        ("<x y='>'><pw>S3cret</pw></x>", "<x y='>'><pw>***</pw></x>"),
        ("<x y='/'><pw>S3cret</pw></x>", "<x y='/'><pw>***</pw></x>"),
        ("<!-- <x> --><pw>S3cret</pw>", "<!-- <x> --><pw>***</pw>"),
        ("<!-- <pw>S3cret</pw> --><a/>", "<!-- <pw***"),
        ("<x><?a <b:pw>S3cret</b:pw> ?>S3cret</x>a", "<x><?a <b:pw***</x>a"),
        ("<x><![CDATA[<pw>]]>S3cret</x>a", "<x><![CDATA[<pw***</x>a"),
        ("<x>&lt;pw&gt;S3cret&lt;/pw&gt;</x>a", "<x>&lt;pw***</x>a"),
        ("<x>&#60;a:newPW&gt;S3cret</x>a", "<x>&#60;a:newPW***</x>a"),
        ("<x a='&lt;pw&gt;S3cret'>S3cret</x>a", "<x a='&lt;pw***</x>a"),
        ("S3cret &#x3c;pw>S3cret", "S3cret &#x3c;pw***"),
        ("<px>S3cret</pw>", "<px>***"),
        ("<pw<S3cret</pw>", "***"),
        ("<x>a</x><login>S3cret</pw></login>", "<x>a</x><login>***"),
        ("<login>S3cret<pw>a</pw></pw>", "<login>***"),
        ("<a><b/><!DOCTYPE a><pw>S3cret</pw></a>", "<a>***"),
        ("<?xml version='1.0' encoding='UTF-7'?>+ADw-pw+AD4-S3cret", "***"),
        ("no markup & all", "no markup & all"),
        ("<pw a='/>'>S3cret</pw>a", "<pw a='/>***</pw>a"),
        ("<pw/>a", "<pw/>a"),
        ("<domain:pw />a", "<domain:pw />a"),
        ("<pwd>shown</pwd>", "<pwd>shown</pwd>"),
        ("<a>pw</a>", "<a>pw</a>"),
    ]) func `the content of a password's element is taken out`(text: String, expected: String) {
        #expect(redacted(text) == expected)
    }

    @Test func `what is not UTF-8 is not shown`() {
        #expect(Redaction.text(of: [0xFF] + "<pw>S3cret</pw>".bytes) == "(16 bytes that are not UTF-8)")
        #expect(Redaction.text(of: "<pw>S3cret</pw>".bytes.flatMap { [$0, 0] }) == "(30 bytes that are not UTF-8)")
    }

    @Test func `a login cut or damaged anywhere does not show its password`() throws {
        let login = Login(clientID: "client", password: "&S3cret<", newPassword: "N3wS3cret")
        let document = try login.document(transactionID: "ABC-1")
        let whole = Redaction.text(of: document)
        #expect(whole.contains("<clID>client</clID><pw>***</pw><newPW>***</newPW><options>"))
        for cut in 0...document.count {
            #expect(!Redaction.text(of: Array(document[..<cut])).contains("S3c"))
        }
    }

    @Test func `nothing that is printed shows a password`() throws {
        let login = Login(clientID: "client", password: "S3cret", newPassword: "S3cret2")
        let create = CreateDomain("a.gov", authorization: "S3cret")
        var info = DomainInfo(name: "a.gov")
        info.authorization = Authorization("S3cret")
        let raw = RawCommand(xml: "<epp><pw>S3cret</pw></epp>")
        let document = try login.document()
        let parsing = #expect(throws: ParsingError.self) { try XMLTree("<epp><pw>S3cret".bytes) }
        let values: [Any] = [
            login, create, InfoDomain("a.gov", authorization: "S3cret"), info, raw, parsing as Any,
            CommandResponse(results: [CommandResult(.success)], data: info), try ClientMessage(document),
            try XMLTree(document), try XMLTree(document).root, Authorization(xml: "<a>S3cret</a>"),
        ]
        let numbers = "S3cret".utf8.map(String.init)
        for value in values {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(describing: value), String(reflecting: value), dumped] {
                #expect(!text.contains("S3cret"), "\(type(of: value))")
            }
            // Nor as a list of bytes.
            let found = dumped.split(whereSeparator: { !$0.isNumber }).map(String.init)
            #expect(!found.windows(of: numbers.count).contains { $0.elementsEqual(numbers) }, "\(type(of: value))")
        }
        #expect(parsing?.redactedDocument == "<epp><pw>***")
    }

    @Test func `an invalid password is not quoted`() {
        let error = #expect(throws: InvalidValue.self) {
            try Login(clientID: "client", password: "S3cret that is too long").document()
        }
        #expect(error?.description == "pw: has 23 characters, but 6 to 16 are allowed")
    }
}

extension Array {
    fileprivate func windows(of count: Int) -> [ArraySlice<Element>] {
        self.count < count ? [] : (0...(self.count - count)).map { self[$0..<($0 + count)] }
    }
}
