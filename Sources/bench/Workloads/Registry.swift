import EPP
import EPPClient
import EPPServer
import Gevent
import GeventConnPool

extension Workload {
    /// Commands of a real protocol; the registry has a thread of its own, whose CPU time does not count.
    static let eppPool = Workload(
        name: "epp-pool", summary: "EPP check through RegistryClient, 20 callers on 10 sessions, client CPU and rate",
        unit: Unit.microseconds.rawValue
    ) { repetitions in
        let server = try BenchRegistry()
        defer { server.stop() }
        let registry = server.thread
        var settings = RegistryClient.Settings(
            host: registry.host, port: registry.port, clientID: registry.clientID, password: registry.password)
        settings.poolSize = 10
        let client = RegistryClient(settings, context: try server.pki.clientContext())
        try withTimeout(.seconds(30)) {
            while client.statistics.idle < 10 { try sleep(for: .milliseconds(2)) }
        }
        let figure = try time("epp-pool", .microseconds, repetitions) {
            Round {
                let callers = (0..<20).map { _ in
                    spawn { for _ in 0..<200 { try client.send(CheckDomain("example.gov")) } }
                }
                try joinAll(callers, raisingErrors: true)
                return 20 * 200
            }
        }
        try client.close(timeout: .seconds(5))
        return [figure, Figure(name: "epp-pool-rate", unit: "1/s", samples: figure.wall.map { 1e6 / $0 })]
    }

    /// What of a check is XML.
    static let eppXML = Workload(
        name: "epp-xml", summary: "an EPP check written as XML and its reply read", unit: .microseconds
    ) {
        let command = CheckDomain("example.gov")
        let reply = Array(checked.utf8)
        let count = Scale.of(20_000)
        return Round {
            for _ in 0..<count {
                var writer = XMLWriter()
                try command.encode(to: &writer, transactionID: "bench-00000001")
                let document = try writer.finish()
                let response = try command.decode(ServerMessage(reply))
                guard document.count > 200, response.data?.isEmpty == false else { throw SocketError("no data") }
            }
            return count
        }
    }

    private static let checked = """
        <?xml version="1.0" encoding="UTF-8" standalone="no"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response>\
        <result code="1000"><msg>Command completed successfully</msg></result><resData>\
        <domain:chkData xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:cd>\
        <domain:name avail="0">example.gov</domain:name><domain:reason>In use</domain:reason></domain:cd>\
        </domain:chkData></resData><trID><clTRID>bench-00000001</clTRID><svTRID>registry-00000001</svTRID></trID>\
        </response></epp>
        """
}
