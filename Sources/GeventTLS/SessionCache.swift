internal import COpenSSL
internal import Synchronization

/// The sessions that a client may resume, by host name and port. One for each context, so a session is only ever used
/// under the settings (trust, verification, credential) under which it came about.
///
/// Shared by the hubs of all threads: short critical sections in which nothing parks.
final class SessionCache: Sendable {
    struct Key: Hashable, Sendable {
        let host: String
        /// Port number, or path of a Unix socket.
        let place: String
    }

    /// One session of OpenSSL's, with a reference of its own.
    final class Session: @unchecked Sendable {
        // Safe (@unchecked Sendable): an SSL_SESSION is reference-counted atomically and is not changed once it has
        // been handed out.
        let raw: OpaquePointer

        /// Takes over one reference.
        init(owning raw: OpaquePointer) { self.raw = raw }

        deinit { SSL_SESSION_free(raw) }

        /// RFC 8446, C.4: a TLS 1.3 ticket is used once, lest its uses be linked to each other.
        var isForOneUse: Bool { SSL_SESSION_get_protocol_version(raw) >= TLS1_3_VERSION }
    }

    /// As many tickets as a pool of usual size wants at once when it connects anew.
    private static let sessionsPerKey = 16
    private static let keyLimit = 256

    private struct State {
        var sessions: [Key: [Session]] = [:]
        /// The keys, the one whose sessions came longest ago first.
        var order: [Key] = []
    }

    private let state = Mutex(State())

    func store(_ session: Session, for key: Key) {
        // What is dropped is freed outside of the lock.
        let dropped: [Session]? = state.withLock { state in
            if var known = state.sessions[key] {
                known.append(session)
                let surplus = known.count - (session.isForOneUse ? Self.sessionsPerKey : 1)
                let old = Array(known.prefix(max(0, surplus)))
                known.removeFirst(old.count)
                state.sessions[key] = known
                return old
            }
            state.sessions[key] = [session]
            state.order.append(key)
            guard state.order.count > Self.keyLimit else { return nil }
            return state.sessions.removeValue(forKey: state.order.removeFirst())
        }
        _ = dropped
    }

    /// The newest session for a key that can be resumed.
    func take(for key: Key) -> Session? {
        var unusable: [Session] = []
        let found: Session? = state.withLock { state in
            while let session = state.sessions[key]?.last {
                guard SSL_SESSION_is_resumable(session.raw) == 1 else {
                    unusable.append(session)
                    state.sessions[key]?.removeLast()
                    continue
                }
                if session.isForOneUse { state.sessions[key]?.removeLast() }
                return session
            }
            return nil
        }
        return found
    }

    /// Forgets what is kept for a key, after a handshake with one of its sessions has failed.
    func removeAll(for key: Key) {
        let dropped: [Session]? = state.withLock { state in
            state.order.removeAll { $0 == key }
            return state.sessions.removeValue(forKey: key)
        }
        _ = dropped
    }

    /// How many sessions are kept for a key.
    func count(for key: Key) -> Int {
        state.withLock { $0.sessions[key]?.count ?? 0 }
    }
}
