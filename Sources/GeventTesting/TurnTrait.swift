#if canImport(Testing)
    public import Testing

    /// Lets a test wait for its turn, like those with a ``HubTrait``, but gives it neither a thread nor a hub.
    ///
    /// For tests that start threads or processes of their own, such as exit tests.
    public struct TurnTrait: TestTrait, SuiteTrait, TestScoping {
        /// Whether the trait of a suite is passed on to all that is in it: always.
        public var isRecursive: Bool { true }

        /// Runs one test case in its turn.
        @concurrent
        public func provideScope(
            for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
        ) async throws {
            try await TestTurns.shared.withTurn(function)
        }
    }

    extension Trait where Self == TurnTrait {
        /// Each test waits for its turn: at most eight a processor run at a time, those with a hub included.
        public static var inTurn: TurnTrait { TurnTrait() }
    }
#endif
