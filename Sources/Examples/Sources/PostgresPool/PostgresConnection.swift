import CPostgres
import Gevent
import Glibc

/// A connection to PostgreSQL over libpq's calls that do not block: where they would, the greenlet parks.
final class PostgresConnection {
    /// The server refused a statement. The connection is as good as before.
    struct Refusal: Error, CustomStringConvertible {
        /// PostgreSQL's five characters.
        let code: String
        let message: String
        var description: String { "\(code): \(message)" }
    }

    // nil once closed; used by one greenlet at a time, which is what a pool sees to.
    private var raw: OpaquePointer?
    /// Which process of the server serves it, or did. libpq forgets it when the connection fails.
    private(set) var backend: Int32 = 0

    /// Connects and authenticates. Parks the calling greenlet. Only the lookup of a host's name is libpq's own, which
    /// blocks the thread: where that matters, say `hostaddr`.
    ///
    /// - Throws: a `SocketError`, whatever the reason.
    init(_ conninfo: String) throws {
        guard let raw = PQconnectStart(conninfo) else { throw SocketError("no memory for a connection") }
        self.raw = raw
        // What the server says on its way out comes as an error too; libpq would print it.
        PQsetNoticeProcessor(raw, { _, _ in }, nil)
        do {
            // As libpq's manual has it: as if it had asked to write.
            var step = PGRES_POLLING_WRITING
            while step != PGRES_POLLING_OK {
                // Asked anew each time: for the next address, or without TLS, libpq opens another socket.
                let descriptor = try socket(raw, "connecting")
                switch step {
                case PGRES_POLLING_READING: try waitReadable(descriptor)
                case PGRES_POLLING_WRITING: try waitWritable(descriptor)
                default: throw lost("connecting")
                }
                step = PQconnectPoll(raw)
            }
            guard PQsetnonblocking(raw, 1) == 0 else { throw lost("connecting") }
            backend = PQbackendPID(raw)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Runs a statement and gives its rows as text. Parks the calling greenlet.
    ///
    /// - Throws: a `Refusal`; a `SocketError` when the connection is of no more use.
    @discardableResult
    func query(_ sql: String, _ parameters: String...) throws -> [[String?]] {
        guard let raw else { throw SocketError("the connection is closed") }
        try send(raw, sql, parameters)
        var rows: [[String?]] = []
        var failure: (any Error)?
        // To the end, whatever it is: a result that is left over would be the next statement's.
        while let result = try nextResult(raw) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK: rows += Self.rows(result)
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            // There would be no end of these: libpq waits for the caller to copy.
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw SocketError("COPY is more than this connection can do")
            default: failure = failure ?? error(result)
            }
        }
        if let failure { throw failure }
        return rows
    }

    /// Idempotent.
    func close() {
        guard let raw else { return }
        self.raw = nil
        PQfinish(raw)
    }

    private func send(_ raw: OpaquePointer, _ sql: String, _ parameters: [String]) throws {
        let copies = parameters.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let values = copies.map { UnsafePointer<CChar>($0) }
        guard PQsendQueryParams(raw, sql, Int32(values.count), nil, values, nil, nil, 0) == 1 else {
            throw lost("sending")
        }
        while true {
            switch PQflush(raw) {
            case 0: return
            case 1:
                // The server may have to be rid of an answer before it reads on.
                let descriptor = try socket(raw, "sending")
                let ready = try waitForDescriptors(readable: [descriptor], writable: [descriptor])
                guard ready.readable.isEmpty || PQconsumeInput(raw) == 1 else { throw lost("sending") }
            default: throw lost("sending")
            }
        }
    }

    private func nextResult(_ raw: OpaquePointer) throws -> OpaquePointer? {
        while PQisBusy(raw) == 1 {
            try waitReadable(try socket(raw, "receiving"))
            guard PQconsumeInput(raw) == 1 else { throw lost("receiving") }
        }
        return PQgetResult(raw)
    }

    /// libpq closes its socket when the connection fails; -1 is nothing to wait for.
    private func socket(_ raw: OpaquePointer, _ doing: String) throws -> Int32 {
        let descriptor = PQsocket(raw)
        guard PQstatus(raw) != CONNECTION_BAD, descriptor >= 0 else { throw lost(doing) }
        return descriptor
    }

    private func error(_ result: OpaquePointer) -> any Error {
        let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let message = String(cString: PQresultErrorMessage(result)).split(separator: "\n").first ?? ""
        // 57P01 to 57P03: the server goes, or is not there yet. 08: the connection failed.
        if code.hasPrefix("57P") || code.hasPrefix("08") || PQstatus(raw) == CONNECTION_BAD {
            return SocketError("the server ended the connection: \(message)")
        }
        return Refusal(code: code, message: String(message))
    }

    private func lost(_ doing: String) -> SocketError {
        let message = String(cString: PQerrorMessage(raw)).split(separator: "\n").first ?? "for no reason given"
        return SocketError("\(doing): \(message)")
    }

    private static func rows(_ result: OpaquePointer) -> [[String?]] {
        (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }
}
