import Gevent
import GeventConnPool

/// A pool of connections to a `FakeServer`, which its tests may give other hooks.
class FakePool: ConnectionPool<FakeConnection> {
    let server: FakeServer
    var onConnect: (() throws -> Void)?
    var onKeepalive: ((FakeConnection) throws -> Void)?
    var onValidate: ((FakeConnection) throws -> Bool)?
    var onRetire: ((FakeConnection) throws -> Void)?
    var onClose: ((FakeConnection) -> Void)?
    var isRefused: ((any Error) -> Bool)?

    init(
        _ size: Int, _ server: FakeServer = FakeServer(), errorTypes: [any Error.Type] = defaultErrorTypes,
        keepalive: Duration? = nil, _ configure: (inout PoolConfiguration) -> Void = { _ in }
    ) {
        self.server = server
        super.init(size, errorTypes: errorTypes, keepalive: keepalive, configuration: .init(configure))
        // Somebody hears of failures, so that they do not reach the hub's handler.
        observer = silent
    }

    private let silent = SilentObserver()

    override func newConnection() throws -> FakeConnection? {
        try onConnect?()
        return try server.connect()
    }

    override func keepalive(_ connection: FakeConnection) throws {
        if let onKeepalive { try onKeepalive(connection) } else { try connection.ping() }
    }

    override func validate(_ connection: FakeConnection) throws -> Bool {
        try onValidate?(connection) ?? !connection.isBroken
    }

    override func retireConnection(_ connection: FakeConnection) throws { try onRetire?(connection) }

    override func closeConnection(_ connection: FakeConnection) {
        onClose?(connection)
        connection.close()
    }

    override func isRefusal(_ error: any Error) -> Bool { isRefused?(error) ?? false }
}

final class SilentObserver: PoolObserver {
    func observe(_ event: PoolEvent) {}
}

/// Writes down events, and checks that each connection's come in a legal order.
final class RecordingObserver: PoolObserver {
    private(set) var events: [PoolEvent] = []
    private(set) var illegal: [String] = []
    /// Discards in place of a return.
    private(set) var discardedLeases = 0
    private var states: [PoolEvent.ConnectionID: String] = [:]

    /// What may follow what, for one connection.
    private static let legal: [String: Set<String>] = [
        "": ["connecting"],
        "connecting": ["connectFailed", "connected"],
        "connected": ["leased", "checking", "retiring", "discarded"],
        "leased": ["returned", "discarded", "leaked"],
        "leaked": ["leakCleared"],
        "leakCleared": ["returned", "discarded"],
        "returned": ["leased", "checking", "retiring", "discarded"],
        "checking": ["checked", "discarded"],
        "checked": ["leased", "checking", "retiring", "discarded"],
        "retiring": ["closed"],
        "discarded": ["closed"],
    ]

    func observe(_ event: PoolEvent) {
        events.append(event)
        guard let connection = event.connection else { return }
        let before = states[connection, default: ""]
        if Self.legal[before]?.contains(event.name) != true {
            illegal.append("\(connection): \(event.name) after \(before)")
        }
        if event.name == "discarded", ["leased", "leaked", "leakCleared"].contains(before) { discardedLeases += 1 }
        states[connection] = event.name
    }

    var names: [String] { events.map(\.name) }
    func count(_ name: String) -> Int { names.count { $0 == name } }
}

extension PoolEvent {
    /// The kind without what it carries.
    var name: String { String("\(kind)".prefix { $0 != "(" }) }
}
