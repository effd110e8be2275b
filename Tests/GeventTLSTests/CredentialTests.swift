import Gevent
import GeventTesting
import Glibc
import Testing

@testable import GeventTLS

/// Certificates, keys and trust, as files and as bytes, good and bad.
@Suite(.inTurn)
struct CredentialTests {
    /// A directory of its own, gone when the test is.
    final class Directory {
        let path: String

        init() throws {
            var template = Array("/tmp/gevent-tls-XXXXXX".utf8CString)
            // Safe: mkdtemp writes over the array's own bytes, whose length it keeps.
            guard mkdtemp(&template) != nil else { throw SocketError(errno: errno) }
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        deinit {
            for name in ["cert.pem", "key.pem", "ca.pem"] { unlink(path + "/" + name) }
            rmdir(path)
        }

        func write(_ bytes: [UInt8], _ name: String) throws -> String {
            let file = path + "/" + name
            let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            guard descriptor >= 0 else { throw SocketError(errno: errno) }
            defer { _ = Glibc.close(descriptor) }
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw SocketError(errno: errno) }
            return file
        }
    }

    private func reasonOfContext(_ change: (inout TLSConfiguration) -> Void) -> TLSError.Reason? {
        do {
            _ = try Certificates.clientContext(change)
            return nil
        } catch {
            return reason(error)
        }
    }

    @Test func `certificate, key and trust are read from files`() throws {
        let directory = try Directory()
        let issued = try Certificates.authority.issueServer(passphrase: "öffne dich")
        let certificate = try directory.write(issued.certificate, "cert.pem")
        let key = try directory.write(issued.key, "key.pem")
        let authority = try directory.write(Certificates.authority.certificate, "ca.pem")
        let server = try TLSContext(
            TLSConfiguration {
                $0.credential = .files(certificate: certificate, key: key, passphrase: "öffne dich")
            })
        let client = try TLSContext(TLSConfiguration { $0.trust = .file(authority) })
        try WirePair(client: client, server: server).shakeHands()
    }

    @Test func `one file may hold both`() throws {
        let directory = try Directory()
        let both = try directory.write(Certificates.server.key + Certificates.server.certificate, "cert.pem")
        let server = try TLSContext(TLSConfiguration { $0.credential = .files(certificate: both, key: both) })
        try WirePair(client: Certificates.clientContext(), server: server).shakeHands()
    }

    @Test func `a wrong passphrase is told`() throws {
        let issued = try Certificates.authority.issueClient(passphrase: "right")
        for wrong in ["wrong", "", "right ", String(repeating: "x", count: 5000)] {
            let credential = TLSCredential.pem(certificate: issued.certificate, key: issued.key, passphrase: wrong)
            #expect(reasonOfContext { $0.credential = credential } == .wrongPassphrase)
        }
        #expect(reasonOfContext { $0.credential = issued.credential } == nil)
    }

    @Test func `a missing passphrase is told, and nobody is asked at the terminal`() throws {
        let issued = try Certificates.authority.issueClient(passphrase: "right")
        #expect {
            _ = try Certificates.clientContext {
                $0.credential = .pem(certificate: issued.certificate, key: issued.key)
            }
        } throws: {
            reason($0) == .wrongPassphrase && "\($0)".contains("no passphrase is given")
        }
    }

    @Test func `a passphrase for a key in the clear does no harm`() {
        let credential = TLSCredential.pem(
            certificate: Certificates.client.certificate, key: Certificates.client.key, passphrase: "x")
        #expect(reasonOfContext { $0.credential = credential } == nil)
    }

    @Test func `a key of another certificate is refused`() {
        let credential = TLSCredential.pem(certificate: Certificates.client.certificate, key: Certificates.server.key)
        #expect(reasonOfContext { $0.credential = credential } == .keyMismatch)
    }

    @Test func `a key of another kind is refused`() throws {
        let other = try CertificateAuthority(keyKind: .rsa2048)
        let credential = TLSCredential.pem(certificate: Certificates.client.certificate, key: other.key)
        #expect(reasonOfContext { $0.credential = credential } == .keyMismatch)
    }

    @Test func `a file that is not there is named`() {
        let path = "/tmp/gevent-tls-nowhere/x.pem"
        let credential = TLSCredential.files(certificate: path, key: path)
        #expect(reasonOfContext { $0.credential = credential } == .unreadableFile(path))
        #expect(reasonOfContext { $0.trust = .file(path) } == .unreadableFile(path))
        #expect(reasonOfContext { $0.trust = .file("/tmp") } == .unreadableFile("/tmp"))
    }

    @Test func `what is no PEM is refused`() {
        let garbage = Array("garbage".utf8)
        let cut = Array(Certificates.server.certificate.prefix(200))
        for bytes in [garbage, cut, []] {
            #expect(reasonOfContext { $0.trust = .pem(bytes) } == .invalidConfiguration)
            let certificate = TLSCredential.pem(certificate: bytes, key: Certificates.server.key)
            #expect(reasonOfContext { $0.credential = certificate } == .invalidConfiguration)
            let key = TLSCredential.pem(certificate: Certificates.server.certificate, key: bytes)
            #expect(reasonOfContext { $0.credential = key } == .invalidConfiguration)
        }
    }

    @Test func `a trust whose second certificate is damaged is refused`() {
        let damaged = Certificates.authority.certificate + Certificates.otherAuthority.certificate.dropLast(100)
        #expect(reasonOfContext { $0.trust = .pem(damaged) } == .invalidConfiguration)
    }

    @Test func `settings that contradict each other are refused`() {
        #expect(
            reasonOfContext {
                $0.minimumVersion = .v1_3
                $0.maximumVersion = .v1_2
            } == .invalidConfiguration)
        #expect(reasonOfContext { $0.applicationProtocols = [""] } == .invalidConfiguration)
        #expect(
            reasonOfContext { $0.applicationProtocols = [String(repeating: "x", count: 256)] } == .invalidConfiguration)
    }

    @Test func `no description shows a secret`() {
        let credential = TLSCredential.pem(certificate: [1], key: Array("KEYBYTES".utf8), passphrase: "secret-phrase")
        var dumped = ""
        dump(credential, to: &dumped)
        let configuration = TLSConfiguration { $0.credential = credential }
        for text in ["\(credential)", String(reflecting: credential), dumped, "\(configuration)"] {
            #expect(!text.contains("secret-phrase"))
            #expect(!text.contains("75, 69, 89"))
        }
    }

    // MARK: - What is encrypted

    /// A certificate or list in OpenSSL's own encrypted form, as `openssl rsa -aes256` leaves keys.
    private func encrypted(_ pem: [UInt8]) -> [UInt8] {
        var lines = String(decoding: pem, as: UTF8.self).split(separator: "\n").map(String.init)
        lines.insert(contentsOf: ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,\(hex)", ""], at: 1)
        return Array(lines.joined(separator: "\n").utf8)
    }

    private let hex = "000102030405060708090A0B0C0D0E0F"

    @Test func `an encrypted certificate, authority or list is told, and nobody is asked at the terminal`() throws {
        let certificate = Certificates.server.certificate
        let key = Certificates.server.key
        let list = try Certificates.authority.revocationList([])
        let changes: [(inout TLSConfiguration) -> Void] = [
            { $0.credential = .pem(certificate: encrypted(certificate), key: key) },
            { $0.credential = .pem(certificate: encrypted(certificate), key: key, passphrase: "x") },
            { $0.credential = .pem(certificate: certificate + encrypted(certificate), key: key) },
            { $0.trust = .pem(encrypted(certificate)) },
            { $0.revocation = .lists(encrypted(list)) },
        ]
        for change in changes {
            #expect {
                _ = try Certificates.clientContext(change)
            } throws: {
                reason($0) == .wrongPassphrase && "\($0)".contains("is encrypted")
            }
        }
    }

    @Test func `an encrypted key before the certificate in one file does no harm`() throws {
        let issued = try Certificates.authority.issueServer(passphrase: "right")
        let both = issued.key + issued.certificate
        #expect(
            reasonOfContext { $0.credential = .pem(certificate: both, key: both, passphrase: "right") } == nil)
    }

    // MARK: - Names

    @Test(arguments: [
        ("a.b", "a.b"), ("a.b.", "a.b"), ("1.2.3.4", "1.2.3.4"), ("fe80::1%eth0", "fe80::1"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("_dmarc.A-b.example", "_dmarc.A-b.example"),
        (String(repeating: "a", count: 63), String(repeating: "a", count: 63)),
    ])
    func `a server name is what certificates know it as`(given: String, text: String) throws {
        #expect(try ServerName(given).text == text)
    }

    @Test func `an address is no name, and a name that begins as one is no address`() throws {
        #expect(try ServerName("1.2.3.4") == .address("1.2.3.4"))
        #expect(try ServerName("1.2.3.4.example") == .host("1.2.3.4.example"))
    }

    @Test(arguments: [
        "", ".", "..", ".example.gov", "a..b", "a.b..", "good.example\0.evil", "*.example.gov", "*", "a b", " a.b",
        "a.b\n",
        "a.b\t", "bücher.example", "例え.jp", "a,b", "[::1]", "1.2.3", "127.1", "1.2.3.4.", "1.2.3.4%lo", "a/b", "a:700",
        String(repeating: "a", count: 64) + ".gov", String(repeating: "abc.", count: 64) + "gov",
    ])
    func `what is no server name is refused as that`(given: String) {
        #expect {
            _ = try ServerName(given)
        } throws: {
            reason($0) == .invalidServerName(given)
        }
    }
}
