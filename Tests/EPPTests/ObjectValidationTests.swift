import EPP
import Testing

/// What the protocol cannot carry is refused before it is sent, with the name of the field: all commands and extensions
/// beyond those of `ValidationTests`.
@Suite
struct ObjectValidationTests {
    private func field(_ command: some Command) -> String? {
        do {
            _ = try command.document()
            return nil
        } catch {
            return (error as? InvalidValue)?.field ?? "\(error)"
        }
    }

    private func field(_ value: some MessageExtension) -> String? {
        do {
            _ = try value.xml()
            return nil
        } catch {
            return (error as? InvalidValue)?.field ?? "\(error)"
        }
    }

    private let long = String(repeating: "x", count: 256)

    @Test(arguments: ["xn--bcher-kva.example", "XN--MNCHEN-3YA.DE", "xn--p1ai", "a.xn--fiqs8s", "xn--nxasmq6b.gov"])
    func `an A-label that stands for something is a name`(name: String) {
        #expect(field(CheckDomain(name)) == nil)
    }

    @Test(arguments: [
        "xn--a.gov", "xn--abc-.gov", "xn--.gov", "xn--99999999.gov", "xn--bcher-kvb1.gov", "a.xn--zzzzzzzzz",
    ])
    func `an A-label that stands for nothing is no name`(name: String) {
        #expect(field(CheckDomain(name)) == "domain:name")
    }

    @Test func `domains`() {
        #expect(field(UpdateDomain("a b")) == "domain:name")
        #expect(field(UpdateDomain("a.gov", registrant: .set("x"))) == "domain:registrant")
        #expect(field(UpdateDomain("a.gov", authorization: .set(Authorization("p", roid: "x")))) == "domain:pw roid")
        #expect(field(UpdateDomain("a.gov", adding: DomainChanges(statuses: ["linked"]))) == "domain:status")
        let many = DomainChanges(statuses: Array(repeating: .clientHold, count: 12))
        #expect(field(UpdateDomain("a.gov", removing: many)) == "domain:status")
        let bad = DomainChanges(statuses: [ObjectStatus("ok", reason: "a\nb")])
        #expect(field(UpdateDomain("a.gov", adding: bad)) == "domain:status")
        let language = DomainChanges(statuses: [ObjectStatus("ok", language: "e_")])
        #expect(field(UpdateDomain("a.gov", adding: language)) == "domain:status lang")
        #expect(field(DeleteDomain("")) == "domain:name")
        #expect(field(RenewDomain("a.gov", currentExpiry: Timestamp("soon"))) == "domain:curExpDate")
        #expect(
            field(RenewDomain("a.gov", currentExpiry: Timestamp("2026-01-01"), period: .years(0))) == "domain:period")
        #expect(field(TransferDomain(.request, "a.gov", period: .months(100))) == "domain:period")
    }

    @Test func `hosts`() {
        #expect(field(CheckHost()) == "host:name")
        #expect(field(InfoHost("-a")) == "host:name")
        #expect(field(CreateHost("ns.a.gov", addresses: [HostAddress("192.0.2.256")])) == "host:addr")
        #expect(field(UpdateHost("a.gov", adding: HostChanges(addresses: [HostAddress("::x")]))) == "host:addr")
        #expect(field(UpdateHost("a.gov", removing: HostChanges(statuses: ["clientHold"]))) == "host:status")
        #expect(field(UpdateHost("a.gov", newName: "a..gov")) == "host:chg name")
        #expect(field(DeleteHost("a_b")) == "host:name")
    }

    private func contact(_ change: (inout CreateContact) -> Void) -> String? {
        var create = CreateContact(
            "sh8013",
            postalInfo: [PostalInfo(name: "J", address: PostalAddress(city: "Dulles", countryCode: "US"))],
            email: "j@example.com", authorization: "2fooBAR")
        change(&create)
        return field(create)
    }

    @Test func `contacts`() {
        #expect(contact { _ in } == nil)
        #expect(contact { $0.id = "ab" } == "contact:id")
        #expect(contact { $0.postalInfo = [] } == "contact:postalInfo")
        #expect(contact { $0.postalInfo += $0.postalInfo } == "contact:postalInfo")
        #expect(contact { $0.postalInfo[0].name = "" } == "contact:name")
        #expect(contact { $0.postalInfo[0].name = " J" } == "contact:name")
        #expect(contact { $0.postalInfo[0].name = "Jürgen" } == "contact:postalInfo")
        #expect(contact { ($0.postalInfo[0].form, $0.postalInfo[0].name) = (.local, "Jürgen") } == nil)
        #expect(contact { $0.postalInfo[0].organization = long } == "contact:org")
        #expect(contact { $0.postalInfo[0].address.street = ["", "", "", ""] } == "contact:street")
        #expect(contact { $0.postalInfo[0].address.street = ["a\tb"] } == "contact:street")
        #expect(contact { $0.postalInfo[0].address.city = "" } == "contact:city")
        #expect(contact { $0.postalInfo[0].address.province = long } == "contact:sp")
        #expect(contact { $0.postalInfo[0].address.postalCode = "12345678901234567" } == "contact:pc")
        for code in ["USA", "U", "", "Ü", "1A"] {
            #expect(contact { $0.postalInfo[0].address.countryCode = code } == "contact:cc", "\(code)")
        }
        for number in ["7035555555", "+1", "+1.", "+.1", "+1234.1", "+1.123456789012345", "+1.70-1", "", "+1.1.1"] {
            #expect(contact { $0.voice = PhoneNumber(number) } == "contact:voice", "\(number)")
            #expect(contact { $0.fax = PhoneNumber(number) } == "contact:fax", "\(number)")
        }
        #expect(contact { $0.voice = PhoneNumber("+123.12345678901", extensionNumber: "") } == "contact:voice x")
        for address in ["", "@", "a@", "@b", "a b@c", "a"] {
            #expect(contact { $0.email = address } == "contact:email", "\(address)")
        }
        #expect(contact { $0.authorization = Authorization("a\nb") } == "contact:pw")
        #expect(field(UpdateContact("abc", adding: ["clientHold"])) == "contact:status")
        #expect(field(UpdateContact("abc", voice: .set("1"))) == "contact:voice")
        #expect(field(UpdateContact("abc", email: "")) == "contact:email")
        #expect(field(UpdateContact("abc", postalInfo: [.init(name: "")])) == "contact:name")
        #expect(field(InfoContact("ab")) == "contact:id")
        #expect(field(CheckContact()) == "contact:id")
        #expect(field(TransferContact(.query, "ab")) == "contact:id")
    }

    @Test func `DNSSEC`() {
        func signer(_ type: Int, _ digest: String, tag: Int = 1, algorithm: Int = 8) -> String? {
            field(
                SecDNSCreate(.signers([DSData(keyTag: tag, algorithm: algorithm, digestType: type, digest: digest)])))
        }
        #expect(signer(2, String(repeating: "aB", count: 32)) == nil)
        #expect(signer(2, String(repeating: "aB", count: 20)) == "secDNS:digest")
        #expect(signer(9, "abc") == "secDNS:digest")
        #expect(signer(9, "") == "secDNS:digest")
        #expect(signer(9, "0g") == "secDNS:digest")
        #expect(signer(9, "00", tag: 65536) == "secDNS:keyTag")
        #expect(signer(9, "00", algorithm: 256) == "secDNS:alg")
        #expect(signer(256, "00") == "secDNS:digestType")
        for key in ["", "a", "AQAB=", "AQ=A", "AR==", "AQB=C", "AQ B", "===="] {
            #expect(field(SecDNSCreate(.keys([DNSKeyData(algorithm: 1, publicKey: key)]))) == "secDNS:pubKey", "\(key)")
        }
        #expect(field(SecDNSCreate(.signers([]))) == "secDNS:dsData")
        #expect(field(SecDNSUpdate(removing: .data(.keys([])))) == "secDNS:dsData")
        #expect(field(SecDNSUpdate(maximumSignatureLife: 0)) == "secDNS:maxSigLife")
    }

    @Test func `grace periods, fees, launches, changes and logins`() {
        let good = RestoreReport(
            before: "a", after: "b", deleted: Timestamp("2026-01-01T00:00:00Z"),
            restored: Timestamp("2026-01-02T00:00:00.5+01:00"), reason: "c", statements: ["d"])
        func report(_ change: (inout RestoreReport) -> Void) -> String? {
            var report = good
            change(&report)
            return field(RestoreDomain(report: report))
        }
        #expect(report { _ in } == nil)
        for date in ["2026-01-01", "2026-01-01 00:00:00Z", "2026-01-01T00:00:60Z", "2026-02-30T00:00:00Z", ""] {
            #expect(report { $0.deleted = Timestamp(date) } == "rgp:delTime", "\(date)")
        }
        #expect(report { $0.statements = [] } == "rgp:statement")
        #expect(field(GracePeriods([.init("ok")])) == "rgp:rgpStatus")
        for amount in ["", ".", "1,0", "-1", "x", "1.0.0", "--1"] {
            #expect(field(FeeTransform(.create, fees: [Fee(amount)])) == "fee:fee", "\(amount)")
        }
        for amount in ["0", "-0.0", "+1.5", "12.", ".5"] {
            #expect(field(FeeTransform(.create, fees: [Fee(amount)])) == nil, "\(amount)")
        }
        #expect(field(FeeTransform(.create, fees: [Fee("1")], credits: [FeeCredit("1")])) == "fee:credit")
        #expect(field(FeeTransform(.create, fees: [])) == "fee:fee")
        #expect(field(FeeTransform(.create, fees: [Fee("1")], currency: "usd")) == "fee:currency")
        for duration in ["", "P", "PT", "5D", "P5", "P1S", "PT1D", "P1M1Y", "P1.5D", "P1DT"] {
            let fee = Fee("1", gracePeriod: duration)
            #expect(field(FeeTransform(.create, fees: [fee])) == "fee:fee grace-period", "\(duration)")
        }
        #expect(field(FeeCheck([FeeCommand(.custom)])) == "fee:command customName")
        #expect(field(FeeCheck([])) == "fee:command")
        #expect(field(LaunchCheck()) == "launch:phase")
        #expect(field(LaunchCreate(LaunchPhase(.custom))) == "launch:phase name")
        #expect(field(LaunchCreate(.sunrise, marks: .codes([.init()]))) == "launch:codeMark")
        #expect(field(LaunchApplication(.update, .sunrise)) == "launch:applicationID")
        let change = ChangePoll(
            .update, date: Timestamp("2026-01-01T00:00:00Z"), serverTransactionID: "ab", who: "URS")
        #expect(field(change) == "changePoll:svTRID")
        #expect(field(LoginSecurity(password: "short")) == "loginSec:pw")
        #expect(field(LoginSecurity(userAgent: .init())) == "loginSec:userAgent")
        #expect(field(LoginSecurityData([])) == "loginSec:event")
    }
}
