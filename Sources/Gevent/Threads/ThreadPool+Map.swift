extension ThreadPool {
    /// Calls `transform` on the threads for each input and gives the results in the order of the inputs. Parks the calling
    /// greenlet.
    ///
    /// Throws the error of the first input that failed, without waiting for the others. gevent's `map`.
    @available(*, noasync)
    public func map<Input: Sendable, Output: Sendable>(
        _ inputs: some Sequence<Input>, _ transform: @escaping @Sendable (Input) throws -> Output,
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> [Output] {
        let results = inputs.map { input in spawn({ try transform(input) }, file: file, line: line) }
        return try results.map { try $0.get() }
    }

    /// The same, giving each result when it is its turn, in the order of the inputs. gevent's `imap`.
    ///
    /// Never parks itself; `next()` of what it gives does. A failed input is thrown there, and the iteration can go on.
    /// No more inputs are taken than there are threads.
    ///
    /// - Parameter maxSize: how many results may be ready that nobody has taken; nil, the default, for any number.
    public func lazyMap<Input: Sendable, Output: Sendable>(
        _ inputs: some Sequence<Input>, maxSize: Int? = nil,
        _ transform: @escaping @Sendable (Input) throws -> Output,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Results<Output> {
        Pool(size: size).lazyMap(
            inputs, maxSize: maxSize, { input in try self.applyForGroup { try transform(input) } }, file: file,
            line: line)
    }

    /// The same, giving each result as it comes. gevent's `imap_unordered`.
    public func lazyMapUnordered<Input: Sendable, Output: Sendable>(
        _ inputs: some Sequence<Input>, maxSize: Int? = nil,
        _ transform: @escaping @Sendable (Input) throws -> Output,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Results<Output> {
        Pool(size: size).lazyMapUnordered(
            inputs, maxSize: maxSize, { input in try self.applyForGroup { try transform(input) } }, file: file,
            line: line)
    }

    /// Has a thread run `body`, and a greenlet call `callback` with its value. Never parks. gevent's `apply_async`.
    @discardableResult
    public func applyAsync<Output: Sendable>(
        _ body: @escaping @Sendable () throws -> Output, callback: ((Output) throws -> Void)? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) -> AsyncResult<Output> {
        let result = spawn(body, file: file, line: line)
        if let callback {
            result.rawLink { result in
                guard let value = result.value else { return }
                let greenlet = RawGreenlet(.callback) { try callback(value) }
                greenlet.setSite(file, line)
                greenlet.start()
            }
        }
        return result
    }

    /// Reported once: by the greenlet that fails with it.
    private func applyForGroup<Output: Sendable>(_ body: @escaping @Sendable () throws -> Output) throws -> Output {
        guard let result = try applyQuietly(until: .never, body) else {
            fatalError("a wait without a deadline ended without a result")
        }
        return result
    }
}
