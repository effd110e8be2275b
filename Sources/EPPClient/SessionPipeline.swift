import Gevent

/// The order of a session's exchanges: documents go out one at a time, and whoever sent the oldest one that has no
/// reply yet reads the next reply. Replies carry no address: their order is all that tells whose they are.
final class SessionPipeline {
    /// An exchange's place in the order, from before its document is sent until its reply has been read.
    final class Place {
        /// The session was closed meanwhile: no reply will come here.
        fileprivate(set) var isCut = false
        /// Made by who has to wait, which with a window of 1 nobody has.
        fileprivate var bell: Event?
    }

    /// How many may be under way.
    private let permits: CountingSemaphore
    private let writing = BoundedSemaphore(1)
    /// The first is whose reply comes next.
    private var places: [Place] = []

    init(window: Int) {
        permits = BoundedSemaphore(window)
    }

    func withPermit<Result>(_ body: () throws -> Result) throws -> Result { try permits.withPermit(body) }

    func takePermit() throws { try permits.acquire() }

    func takePermitNoWait() -> Bool { permits.acquireNoWait() }

    func releasePermit() { permits.release() }

    /// Runs `send`, which sends a document for which the caller has a permit, while nobody else sends.
    ///
    /// An interruption that comes before `send` is called leaves nothing behind. When `send` throws, the session must be
    /// closed, which cuts the place.
    func send<Result>(_ send: (Place) throws -> Result) throws -> Result {
        try writing.withPermit {
            let place = Place()
            places.append(place)
            return try send(place)
        }
    }

    /// Waits until the next reply is this place's.
    func waitForTurn(_ place: Place) throws {
        while !place.isCut, places.first !== place {
            let bell = place.bell ?? Event()
            place.bell = bell
            try bell.wait()
        }
        if place.isCut { throw TransportError("the session was closed before the reply came") }
    }

    /// The reply has been read.
    func leave(_ place: Place) {
        // Cut while it was being read, by a `close` that came too late to stop that.
        guard places.first === place else { return }
        places.removeFirst()
        places.first?.bell?.set()
    }

    /// Nobody gets a reply any more.
    func cut() {
        let lost = places
        places = []
        for place in lost {
            place.isCut = true
            place.bell?.set()
        }
    }
}
