import EPP
import EPPServer
import Gevent
import GeventTLS
import Glibc

/// What peers talk to: servers as ours have, on the second processor; what they need to know of them is in files.
enum PeerServers {
    /// A round over TLS of each of the figures.
    static func lines(_ peer: Peer, _ figures: [String]) throws -> [String: Double] {
        let authority = try CertificateAuthority(keyKind: .rsa2048)
        let server = try Processors.apart { try LineServer(authority) }
        defer {
            server.stop()
            try? Processors.unpin()
        }
        return try withFiles(["authority": authority.certificate]) { path in
            try figures.reduce(into: [:]) { values, name in
                // What waits for each reply by itself wakes nobody on another processor.
                let processor = peer.kind == .c && name == "tls-pool" ? 1 : 0
                let words = [name, "\(server.port)", path("authority")]
                values.merge(try peer.sample(words, on: processor)) { $1 }
            }
        }
    }

    /// A round of `epp-pool`; the password goes the way that nobody else sees.
    static func registry(_ peer: Peer) throws -> [String: Double] {
        let server = try BenchRegistry()
        defer { server.stop() }
        let files = [
            "authority": server.pki.authority, "certificate": server.client.certificate, "key": server.client.key,
        ]
        return try withFiles(files) { path in
            let words = ["epp-pool", "\(server.thread.port)", path("authority"), path("certificate"), path("key")]
            return try peer.sample(
                words + [server.thread.clientID], on: 0, input: server.thread.password + "\n")
        }
    }

    /// Runs `body` with files in a directory of their own, which nobody else may read.
    private static func withFiles<Result>(
        _ files: [String: [UInt8]], _ body: (_ path: (String) -> String) throws -> Result
    ) throws -> Result {
        var template = Array("/tmp/bench.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SocketError("no temporary directory") }
        let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer {
            for name in files.keys { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }
        for (name, content) in files {
            guard let file = fopen("\(directory)/\(name)", "w") else { throw SocketError("no temporary file") }
            defer { fclose(file) }
            guard fwrite(content, 1, content.count, file) == content.count else {
                throw SocketError("a temporary file is not whole")
            }
        }
        return try body { "\(directory)/\($0)" }
    }
}

/// An embedded registry on the second processor, with keys as registries have them.
struct BenchRegistry {
    let pki: RegistryPKI
    let client: CertificateAuthority.Issued
    let thread: RegistryThread

    init() throws {
        let authority = try CertificateAuthority(keyKind: .rsa2048)
        let client = try authority.issueClient("registrar")
        let pki = try RegistryPKI(authority: authority, server: authority.issueServer(), client: client)
        let configuration = RegistryConfiguration { $0.maximumSessions = nil }
        thread = try Processors.apart { try RegistryThread(configuration, pki: pki) }
        self.client = client
        self.pki = pki
    }

    func stop() {
        try? thread.stop()
        try? Processors.unpin()
    }
}
