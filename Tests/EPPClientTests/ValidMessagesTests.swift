import EPP
import EPPClient
import EPPSchema
import EPPServer
import Foundation
import Gevent
import GeventTesting
import Testing

private let schemaDirectory = ProcessInfo.processInfo.environment["EPP_SCHEMAS"]

/// What client and embedded registry say to each other is valid by the schemas of the RFCs, refusals included. Takes the
/// directory of the schemas from `EPP_SCHEMAS`; skipped, saying so, where it is unset.
@Suite(
    .inTurn,
    .hub,
    .enabled("EPP_SCHEMAS names no directory, or EPPSchema was built without libxml2-dev") {
        SchemaSet.isAvailable && schemaDirectory != nil
    })
struct ValidMessagesTests {
    /// A transport that looks at every document of either side.
    private final class CheckedTransport: Transport {
        private let base: any Transport
        private let schemas: SchemaSet
        private(set) var count = 0

        init(_ base: any Transport, _ schemas: SchemaSet) {
            self.base = base
            self.schemas = schemas
        }

        func connect() throws { try base.connect() }
        func close() { base.close() }

        func send(_ document: [UInt8]) throws {
            try check(document)
            try base.send(document)
        }

        func receive() throws -> [UInt8] {
            let document = try base.receive()
            try check(document)
            return document
        }

        func sendUnchecked(_ document: [UInt8]) throws {
            try base.send(document)
        }

        private func check(_ document: [UInt8]) throws {
            do {
                try schemas.validate(document)
            } catch {
                Issue.record("\(error): \(Redaction.text(of: document))")
            }
            count += 1
        }
    }

    private let contact = CreateContact(
        "sh8013",
        postalInfo: [
            PostalInfo(name: "Jo Doe", address: PostalAddress(city: "Dulles", province: "VA", countryCode: "US"))
        ], voice: "+1.7035555555", email: "jdoe@example.gov", authorization: "2fooBAR")
    private let zone = SecDNSData.signers([
        DSData(keyTag: 12345, algorithm: 8, digestType: 2, digest: String(repeating: "A1", count: 32))
    ])

    /// A life of three objects, with what must be refused between its steps.
    private var script: [any TransactionCommand] {
        let name = "valid.gov"
        let host = "ns1.\(name)"
        return [
            CheckDomain("example.gov", name), InfoDomain("example.gov"), InfoDomain("nobody.gov"),
            CheckContact("sh8013", "sh8014"), contact, contact, InfoContact("sh8013", authorization: "2fooBAR"),
            UpdateContact("sh8013", adding: [.clientDeleteProhibited], email: "jo@example.gov"),
            DeleteContact("sh8013"), UpdateContact("sh8013", removing: [.clientDeleteProhibited]),
            TransferContact(.query, "sh8013"), TransferContact(.request, "sh8013", authorization: "2fooBAR"),
            CreateDomain(
                name, period: .years(2), registrant: "sh8013", contacts: [.admin("sh8013")], authorization: "2fooBAR"
            ).with(SecDNSCreate(zone)),
            CreateDomain(name, authorization: "2fooBAR"), CheckHost(host),
            CreateHost(host, addresses: [HostAddress("192.0.2.1")]),
            CreateHost("ns1.example.com"), InfoHost(host),
            UpdateHost(host, adding: HostChanges(addresses: [HostAddress("2001:db8::1")]), newName: "ns2.\(name)"),
            UpdateDomain(
                name,
                adding: DomainChanges(nameservers: [.object("ns2.\(name)")], statuses: [.clientTransferProhibited])
            ).with(SecDNSUpdate(removing: .all)),
            InfoDomain(name), InfoDomain(name, hosts: .subordinate, authorization: "2fooBAR"),
            DeleteHost("ns2.\(name)"),
            RenewDomain(name, currentExpiry: Timestamp("2001-01-01"), period: .years(1)),
            TransferDomain(.query, name), TransferDomain(.request, name, authorization: "2fooBAR"),
            TransferDomain(.cancel, name), Poll(), AcknowledgeMessage("12345"), DeleteDomain(name),
            DeleteHost("ns2.\(name)"), DeleteDomain(name), DeleteContact("sh8013"),
        ]
    }

    @Test func `all that passes between client and registry is valid`() throws {
        let registry = try EmbeddedRegistry()
        defer { registry.stop() }
        let transport = CheckedTransport(
            TLSTransport(
                host: registry.host, port: registry.port, context: try registry.clientContext(), timeout: .seconds(60)),
            try SchemaSet(directory: try #require(schemaDirectory)))
        let session = EPPSession(transport)
        let greeting = try session.connect()
        try session.send(CheckDomain("a.gov"))
        try session.send(Login(clientID: registry.clientID, password: "not-the-one"))
        try session.send(Hello())
        let login = Login(
            clientID: registry.clientID, password: registry.password, extensionURIs: [XMLNamespace.secDNS.uri])
        #expect(try session.send(login.adapted(to: greeting)).isSuccess)
        try session.send(login.adapted(to: greeting))
        for command in script { #expect(try code(of: command, in: session) != .commandFailed, "\(command)") }
        let epp = "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'>"
        for verb in ["<check><x:check xmlns:x='urn:example:x'/></check>", "<frob/>", "<poll/>", "<transfer op='x'/>"] {
            // The registry's answer is looked at; what is sent is wrong on purpose.
            let document = Array("\(epp)<command>\(verb)<clTRID>raw-1</clTRID></command></epp>".utf8)
            try transport.sendUnchecked(document)
            #expect(try ServerMessage(transport.receive()).response(of: Never.self).isSuccess == false)
        }
        #expect(try session.send(Logout()).code == .successEndingSession)
        #expect(transport.count > 2 * script.count)
    }

    private func code<C: TransactionCommand>(of command: C, in session: EPPSession) throws -> ResultCode {
        try session.send(command).code
    }
}
