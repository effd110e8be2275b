/// What one of a pool's places for a connection is doing. A slot is in exactly one of these states, and green threads
/// make each change of state atomic: nothing parks in between.
///
///                    ┌───────────────────────────────────────────────┐
///                    ▼                                               │
///     vacant ─► waitingToConnect ◄─► connecting ─► idle ◄─► leased ──┤
///        ▲           │                   │         ▲ │               │
///        │           ▼                   │         │ ▼               │
///        └───────────┴───────────────────┘       checking ─► retiring┘
///                                                                │
///        ◄───────────────────────────────────────────────────────┘
enum SlotState: Equatable {
    /// Not a slot of the pool: one that a smaller size or `close` took away. Holds nothing.
    /// → waitingToConnect, when the pool grows.
    case vacant
    /// Holds nothing; connects at `due`, or on demand when that is `never`.
    /// → connecting, when it is due and may; vacant.
    case waitingToConnect(due: Nanoseconds)
    /// `newConnection()` runs in the slot's worker, and is not interrupted by borrowers that give up.
    /// → idle, or at once leased, checked or retiring; waitingToConnect, when it failed; vacant.
    case connecting
    /// Holds a connection that nobody has; stands in the idle list.
    /// → leased; checking; retiring.
    case idle
    /// Holds a connection, and a borrower has it.
    /// → idle, or at once leased to the first waiter; retiring, also when it is discarded.
    case leased
    /// Holds a connection, and a hook has it. → idle or at once leased; retiring.
    case checking(Check)
    /// Holds a connection that is to be closed, after `retireConnection` if `gracefully`; no longer alive to the pool.
    /// → waitingToConnect, for `reconnectAt` or later; vacant.
    case retiring(gracefully: Bool, reconnectAt: Nanoseconds)
    /// Not a slot of the pool, which is in a forked child: a borrower still has a connection of the parent's.
    /// → vacant.
    case inherited

    /// Which hook has a connection.
    enum Check {
        /// `validate`, for a borrower that waits.
        case validation
        /// `keepalive`.
        case keepalive
    }
}

/// Where a connection was borrowed.
struct BorrowSite {
    let file: StaticString
    let line: UInt
}

/// One of a pool's places for a connection: its state and what decisions about it need. The connection itself is kept
/// by the pool, under the same index.
struct Slot {
    var state = SlotState.vacant
    /// Neighbours in the idle list; -1 for none.
    var next = -1
    var previous = -1
    /// The number of the connection, or of the attempt at one; 0 before the first.
    var connection = 0
    /// `PoolMachine.generation` when the connect began.
    var generation = 0
    /// Failed attempts since the back-off was reset.
    var failures = 0
    var connectedAt: Nanoseconds = 0
    var expiresAt = Nanoseconds.never
    /// How long this connection may be idle.
    var idleLimit = Nanoseconds.never
    /// When it was last borrowed or came back.
    var usedAt: Nanoseconds = 0
    /// When it was last seen to work.
    var trustedAt: Nanoseconds = 0
    var keptAliveAt = Nanoseconds.min
    var uses = 0
    /// The greenlet that borrows it or works on it.
    var holder: ObjectIdentifier?
    var site = BorrowSite(file: "", line: 0)
    var isLeakReported = false
    /// It is to become vacant as soon as nobody has its connection.
    var isDoomed = false
}
