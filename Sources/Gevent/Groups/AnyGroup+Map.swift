extension AnyGroup {
    /// Calls `transform` for each input in a member of its own and gives the results in the order of the inputs. Parks
    /// the calling greenlet.
    ///
    /// Throws the error of the first input that failed, without waiting for the others. gevent's `map`.
    @available(*, noasync)
    public final func map<Input, Output>(
        _ inputs: some Sequence<Input>, _ transform: @escaping (Input) throws -> Output,
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> [Output] {
        var greenlets: [Greenlet<Output>] = []
        for input in inputs {
            try admit(timeout: nil)
            greenlets.append(spawnAdmitted({ try transform(input) }, Site(file, line)))
        }
        return try greenlets.map { try $0.get() }
    }

    /// The same, giving each result when it is its turn, in the order of the inputs. gevent's `imap`.
    ///
    /// Never parks itself; `next()` of what it gives does. A failed input is thrown there, and the iteration can go on.
    ///
    /// - Parameter maxSize: how many results may be ready that nobody has taken; nil, the default, for any number.
    public final func lazyMap<Input, Output>(
        _ inputs: some Sequence<Input>, maxSize: Int? = nil, _ transform: @escaping (Input) throws -> Output,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Results<Output> {
        lazily(inputs, maxSize, isOrdered: true, transform, Site(file, line))
    }

    /// The same, giving each result as it comes. gevent's `imap_unordered`.
    public final func lazyMapUnordered<Input, Output>(
        _ inputs: some Sequence<Input>, maxSize: Int? = nil, _ transform: @escaping (Input) throws -> Output,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Results<Output> {
        lazily(inputs, maxSize, isOrdered: false, transform, Site(file, line))
    }

    private final func lazily<Input, Output>(
        _ inputs: some Sequence<Input>, _ maxSize: Int?, isOrdered: Bool,
        _ transform: @escaping (Input) throws -> Output, _ site: Site
    ) -> Results<Output> {
        if let maxSize { require(maxSize > 0, "maxSize is at least 1, not \(maxSize)") }
        // nil ends it.
        let arrived = SimpleQueue<(index: Int, result: Result<Output, any Error>)?>()
        let room = maxSize.map { CountingSemaphore($0) }
        let feeder = Greenlet<Void> {
            var running = 0
            let idle = CountingSemaphore(0)
            for (index, input) in inputs.enumerated() {
                try room?.acquire()
                try self.admit(timeout: nil)
                running += 1
                let greenlet = self.spawnAdmitted({ try transform(input) }, site)
                greenlet.rawLink { greenlet in
                    let result = greenlet.failure.map { Result.failure($0) } ?? greenlet.value.map { .success($0) }
                    if let result { try arrived.putNoWait((index, result)) }
                    idle.release()
                }
            }
            for _ in 0..<running { try idle.acquire() }
            try arrived.putNoWait(nil)
        }
        feeder.setSite(site.file, site.line)
        feeder.start()
        var early: [Int: Result<Output, any Error>] = [:]
        var index = 0
        var isOver = false
        return Results { timeout in
            while !isOver {
                if isOrdered, let result = early.removeValue(forKey: index) {
                    index += 1
                    room?.release()
                    return try result.get()
                }
                let next: (index: Int, result: Result<Output, any Error>)?
                do {
                    next = try arrived.get(timeout: timeout)
                } catch is QueueEmpty {
                    throw Timeout(after: timeout)
                }
                guard let (place, result) = next else {
                    isOver = true
                    break
                }
                guard isOrdered else {
                    room?.release()
                    return try result.get()
                }
                early[place] = result
            }
            return nil
        } close: {
            isOver = true
            feeder.killNoWait()
        }
    }

    /// Runs `body` in a member and gives what it gives. Parks the calling greenlet; called by a member it runs `body`
    /// in place, so that a full pool does not wait for itself. gevent's `apply`.
    @available(*, noasync) @discardableResult
    public final func apply<Output>(
        _ body: @escaping () throws -> Output, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Output {
        if contains(.current) { return try body() }
        try admit(timeout: nil)
        return try spawnAdmitted(body, Site(file, line)).get()
    }

    /// Runs `body` in a member as soon as there is a place, and `callback` with its value. Never parks. gevent's
    /// `apply_async`.
    @discardableResult
    public final func applyAsync<Output>(
        _ body: @escaping () throws -> Output, callback: ((Output) throws -> Void)? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Greenlet<Output> {
        let site = Site(file, line)
        let work = {
            let output = try body()
            try callback?(output)
            return output
        }
        if (try? admitNoWait()) != nil { return spawnAdmitted(work, site) }
        // No place: one outside of the pool waits for it.
        let waiting = Greenlet {
            try self.admit(timeout: nil)
            return try self.spawnAdmitted(work, site).get()
        }
        waiting.setSite(file, line)
        return waiting.start()
    }
}
