import Gevent
import GeventConnPool

/// Connections to PostgreSQL: all that the pool must know of them.
final class PostgresPool: ConnectionPool<PostgresConnection> {
    private let conninfo: String
    /// The server's processes, one for each open connection.
    private(set) var backends: Set<Int32> = []
    /// Those whose connections were kept alive since this was last emptied.
    var keptAlive: Set<Int32> = []

    init(_ size: Int, _ conninfo: String, keepalive: Duration) {
        self.conninfo = conninfo
        super.init(
            size, keepalive: keepalive,
            configuration: .init {
                $0.connectTimeout = .seconds(10)
                $0.keepaliveTimeout = .seconds(10)
                $0.borrowTimeout = .seconds(60)
                // A server of one's own: it is asked again soon.
                $0.reconnectDelay = .milliseconds(50)
                $0.backOff.limit = .milliseconds(500)
                $0.spawnFrequency = .milliseconds(10)
            })
    }

    override func newConnection() throws -> PostgresConnection {
        let connection = try PostgresConnection(conninfo)
        backends.insert(connection.backend)
        return connection
    }

    override func keepalive(_ connection: PostgresConnection) throws {
        try connection.query("")
        keptAlive.insert(connection.backend)
    }

    override func closeConnection(_ connection: PostgresConnection) {
        backends.remove(connection.backend)
        connection.close()
    }
}
