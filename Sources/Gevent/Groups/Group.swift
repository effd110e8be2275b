/// Greenlets without a limit on their number. gevent's `Group`.
open class Group: AnyGroup {
    /// A group of `greenlets`.
    public init(_ greenlets: some Sequence<AnyGreenlet>) {
        super.init()
        for greenlet in greenlets { add(greenlet) }
    }

    /// An empty group.
    public override init() { super.init() }

    /// Starts a member that runs `body`. Never parks.
    @available(*, noasync, message: "async code has no hub under it: use HubThread.run or Hub.Handle.run")
    @discardableResult
    public final func spawn<Value>(
        _ body: @escaping () throws -> Value, file: StaticString = #fileID, line: UInt = #line
    ) -> Greenlet<Value> {
        spawnAdmitted(body, Site(file, line))
    }

    /// Takes a greenlet in, started or not. Never parks.
    public final func add(_ greenlet: AnyGreenlet) { insert(greenlet) }

    /// Takes a greenlet in and starts it. Never parks.
    public final func start(_ greenlet: AnyGreenlet) {
        insert(greenlet)
        greenlet.start()
    }
}
