import EPP
import EPPClient
import EPPServer
import Gevent
import GeventTLS
import GeventTesting
import Glibc
import Testing

/// In a process of its own, where every descriptor can be counted.
@Suite(.inTurn)
struct `A failed session` {
    @Test func `leaves no descriptor behind, whatever went wrong`() async throws {
        await #expect(processExitsWith: .success) {
            try LeakScenario.run()
        }
    }
}

private enum LeakScenario {
    static func run() throws {
        // Once for what is opened for good: the loop's own descriptors, threads, OpenSSL's.
        try everything()
        let before = count()
        for _ in 0..<3 { try everything() }
        let after = count()
        guard before == after else {
            print("\(after - before) descriptors are left")
            exit(1)
        }
    }

    private static func everything() throws {
        let registry = try EmbeddedRegistry()
        for fault in [
            RegistryFault.refuse, .closeBeforeGreeting, .closeInsideBody, .oversizedFrame, .garbageFrame,
            .garbageDocument, .hang,
        ] {
            registry.inject(fault, at: .greeting, times: 1)
            attempt(registry, try registry.clientContext())
        }
        attempt(registry, try TLSContext())
        attempt(registry, try TLSContext(TLSConfiguration { $0.trust = .pem(registry.pki.authority) }))
        registry.inject(.close, times: 1)
        attempt(registry, try registry.clientContext())
        registry.stop()
        attempt(registry, try registry.clientContext())
        guard try registry.join(timeout: .seconds(5)) else { throw SocketTimeout("the registry does not end") }
    }

    private static func attempt(_ registry: EmbeddedRegistry, _ context: TLSContext) {
        // Not closed and not kept: failing must be enough.
        let session = EPPSession(
            host: registry.host, port: registry.port, context: context, timeout: .milliseconds(100))
        do {
            try session.connect()
            try session.send(Login(clientID: registry.clientID, password: registry.password))
            try session.send(CheckDomain("example.gov"))
            fatalError("nothing failed")
        } catch {}
    }

    private static func count() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
