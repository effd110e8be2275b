/// What can be waited for and linked to: greenlets, events, results, semaphores.
public protocol Waitable: AnyObject {
    /// Whether a wait for it would be over at once.
    var isReady: Bool { get }
    /// Adds a link, made for this object. Use `rawLink`, which makes one.
    func attach(_ link: Link)
    /// Takes a link away; nothing happens if it is not there.
    func unlink(_ link: Link)
}

extension Waitable {
    /// Calls `callback` on the hub once this is ready, in the order in which links and waits were begun. Once.
    ///
    /// The callback must not park; an error of it is reported. gevent's `rawlink`.
    @discardableResult
    public func rawLink(_ callback: @escaping (Self) throws -> Void) -> Link {
        // Fidelity: on an Event, an AsyncResult or a semaphore gevent calls one callback once, however often linked.
        let link = Link { owner in
            if let owner = owner as? Self { try callback(owner) }
        }
        attach(link)
        return link
    }
}

extension Waitable where Self: AnyGreenlet {
    /// Calls `callback` in a greenlet of its own, at once when this one has ended, in the order in which links and waits
    /// were begun; it may park. gevent's `link`.
    @discardableResult
    public func link(_ callback: @escaping (Self) throws -> Void) -> Link {
        link(if: { _ in true }, callback)
    }

    /// The same, if it ends with a value or by a `GreenletExit`. gevent's `link_value`.
    @discardableResult
    public func linkValue(_ callback: @escaping (Self) throws -> Void) -> Link {
        link(if: \.isSuccessful, callback)
    }

    /// The same, if it ends with an error. gevent's `link_exception`.
    @discardableResult
    public func linkError(_ callback: @escaping (Self) throws -> Void) -> Link {
        link(if: { !$0.isSuccessful }, callback)
    }

    private func link(if condition: @escaping (Self) -> Bool, _ callback: @escaping (Self) throws -> Void) -> Link {
        let link = Link { owner in
            guard let greenlet = owner as? Self, condition(greenlet) else { return }
            RawGreenlet(.link(greenlet)) { try callback(greenlet) }.startNext()
        }
        attach(link)
        return link
    }
}

/// A callback that waits for something to be ready.
public final class Link {
    private let core: Core
    private let callback: (AnyObject) throws -> Void
    private let node: UnsafeMutablePointer<WaitNode>
    private weak var lot: WaitLot?

    init(_ callback: @escaping (AnyObject) throws -> Void) {
        core = HubCore.current
        self.callback = callback
        node = .allocate(capacity: 1)
        node.initialize(to: WaitNode())
    }

    deinit {
        // Safe: a queued node's lot retains its link, so the node is in no lot here.
        node.deallocate()
    }

    /// Keeps the callback from being called. Nothing happens if it was called or cancelled.
    public func cancel() {
        core.checkThread()
        lot?.remove(node)
    }

    func attach(to lot: WaitLot) {
        require(!node.pointee.isQueued, "a link is attached once")
        self.lot = lot
        node.pointee.link = .passUnretained(self)
        lot.append(node)
    }

    /// On the hub.
    func fire(_ owner: AnyObject) {
        do {
            try callback(owner)
        } catch {
            let context = (owner as? AnyGreenlet).map { UnhandledErrorContext.link($0) } ?? .callback
            core.pointee.hub.takeUnretainedValue().report(error, context)
        }
    }
}

@available(*, unavailable) extension Link: Sendable {}
