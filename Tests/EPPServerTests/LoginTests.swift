import EPP
import Gevent
import GeventTesting
import Testing

@testable import EPPServer

@Suite(.hub)
struct `An embedded registry's session` {
    private let registry: EmbeddedRegistry
    private let session: RegistrySession

    init() throws {
        registry = try EmbeddedRegistry(
            RegistryConfiguration {
                $0.credentials = ["registrar": "s3cr3t-pw"]
                $0.namesPerCheck = 3
            })
        session = RegistrySession(registry)
    }

    private func login(
        _ password: String = "s3cr3t-pw", objects: [String] = [], extensions: [String] = [], language: String = "en",
        newPassword: String? = nil
    ) -> Login {
        Login(
            clientID: "registrar", password: password, newPassword: newPassword, objectURIs: objects,
            extensionURIs: extensions, language: language)
    }

    private func send<C: TransactionCommand>(_ command: C) throws -> C.Reply {
        let (answer, _) = try session.answer(try command.document(transactionID: "test-1")) { _ in .init() }
        let reply = try command.decode(try ServerMessage(answer.document))
        #expect(reply.clientTransactionID == "test-1")
        #expect(answer.ends == reply.code.endsSession)
        return reply
    }

    @Test func `greets with what it offers`() throws {
        let greeting = try ServerMessage(try session.greeting()).greeting()
        #expect(greeting.objectURIs == registry.configuration.objectURIs)
        #expect(greeting.extensionURIs == registry.configuration.extensionURIs)
        #expect(greeting.date?.secondsSince1970 ?? 0 > 1_700_000_000)
        let (answer, _) = try session.answer(try Hello().document()) { _ in .init() }
        #expect(try ServerMessage(answer.document).kind == .greeting)
        #expect(registry.statistics.hellos == 1)
        registry.stop()
    }

    @Test func `takes a right login once`() throws {
        #expect(try send(login()).code == .success)
        let again = try send(login())
        #expect(again.code == .commandUseError)
        #expect(again.message == "Registrar is already logged in.")
        #expect(registry.statistics.logins == 1)
        registry.stop()
    }

    @Test func `refuses a wrong password three times, and ends at the fourth`() throws {
        for _ in 0..<3 { #expect(try send(login("not-the-one")).code == .authenticationError) }
        #expect(try send(login("not-the-one")).code == .authenticationErrorClosing)
        #expect(registry.statistics.refusedLogins == 4)
        #expect(registry.statistics.logins == 0)
        registry.stop()
    }

    @Test func `refuses what it does not offer`() throws {
        let unknown = "urn:example:unknown-1.0"
        #expect(try send(login(objects: [unknown])).code == .unimplementedObjectService)
        #expect(try send(login(extensions: [unknown])).code == .unimplementedExtension)
        #expect(try send(login(language: "tlh")).code == .parameterPolicyError)
        // No client of ours sends it.
        let other = String(decoding: try login().document(), as: UTF8.self).replacing("<version>1", with: "<version>2")
        let (answer, _) = try session.answer(Array(other.utf8)) { _ in .init() }
        #expect(try ServerMessage(answer.document).response(of: Never.self).code == .unimplementedVersion)
        #expect(try send(login()).code == .success)
        registry.stop()
    }

    @Test func `changes the password on demand`() throws {
        #expect(try send(login(newPassword: "n3w-s3cr3t")).code == .success)
        let other = RegistrySession(registry)
        let (answer, _) = try other.answer(try login().document()) { _ in .init() }
        #expect(try ServerMessage(answer.document).response(of: Never.self).code == .authenticationError)
        #expect(registry.password == "n3w-s3cr3t")
        registry.stop()
    }

    @Test func `does nothing before the login`() throws {
        for code in [try send(CheckDomain("a.gov")).code, try send(InfoDomain("a.gov")).code, try send(Logout()).code] {
            #expect(code == .commandUseError)
        }
        #expect(try send(CheckDomain("a.gov")).message == "Registrar is not logged in.")
        registry.stop()
    }

    @Test func `tells taken names from free ones`() throws {
        _ = try send(login())
        let reply = try send(CheckDomain("example.gov", "EXAMPLE.GOV", "free.gov"))
        #expect(reply.data?.map(\.isAvailable) == [false, false, true])
        #expect(reply.data?[0].reason == "In use")
        #expect(try send(CheckDomain("a.gov", "b.gov", "c.gov", "d.gov")).code == .parameterPolicyError)
        registry.stop()
    }

    @Test func `knows its domains, the same at each start`() throws {
        _ = try send(login())
        let info = try #require(try send(InfoDomain("example.gov")).data)
        #expect(info.name == "example.gov")
        #expect(info.roid == "1-GOV")
        #expect(info.statuses == ["ok"])
        #expect(info.nameservers == ["ns1.example.gov", "ns2.example.gov"])
        #expect(info.sponsor == "registrar")
        #expect(info.expiry?.secondsSince1970 != nil && info.created?.secondsSince1970 != nil)
        #expect(
            info.authorization
                == RegisteredDomain("example.gov", sponsor: "registrar", number: 1).authorization)
        #expect(try send(InfoDomain("free.gov")).code == .objectDoesNotExist)
        #expect(try send(InfoDomain("example.gov", authorization: "wrong")).code == .invalidAuthorization)
        #expect(RegistryConfiguration.seededDomains(3) == RegistryConfiguration.seededDomains(3))
        registry.stop()
    }

    @Test func `answers logout with 1500 and is over`() throws {
        _ = try send(login())
        #expect(try send(Logout()).code == .successEndingSession)
        #expect(try send(Logout()).code == .commandUseError)
        #expect(registry.statistics.logouts == 1)
        registry.stop()
    }

    @Test(arguments: [
        ("<epp/>", 2001), ("no XML", 2001),
        ("<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><frobnicate/></command></epp>", 2000),
        ("<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><poll op=\"req\"/></command></epp>", 1300),
        ("<!DOCTYPE epp><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello/></epp>", 2001),
        (
            "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><check><x:check xmlns:x=\"urn:x\"/></check>"
                + "</command></epp>",
            2307
        ),
    ]) func `answers what is not as it should be`(document: String, code: Int) throws {
        _ = try send(login())
        let (answer, _) = try session.answer(Array(document.utf8)) { _ in .init() }
        #expect(try ServerMessage(answer.document).response(of: Never.self).code == ResultCode(code))
        #expect(!answer.ends)
        registry.stop()
    }
}
