#if canImport(Testing)
    internal import Gevent
    internal import Glibc

    /// Which clock a test's hub has.
    enum TestTime: Sendable {
        case real
        /// See `Hub.withVirtualTime(configuration:quiet:_:)`.
        case virtual(quiet: Duration?)
    }

    /// Starts an operating-system thread for each job, runs the job on it, and destroys the hub that the job made.
    final class ThreadPerJobExecutor: TaskExecutor {
        private let time: TestTime
        private let timeLimit: Duration

        init(_ time: TestTime, _ timeLimit: Duration) {
            self.time = time
            self.timeLimit = timeLimit
        }

        func enqueue(_ job: consuming ExecutorJob) {
            let start = Start(executor: self, job: UnownedJob(job))
            var thread = pthread_t()
            // Safe: the retain is taken back by the new thread's first line, or just below where there is no new thread.
            let argument = Unmanaged.passRetained(start)
            let status = pthread_create(
                &thread, nil,
                { argument in
                    // Safe: pthread_create hands over the pointer that it was given, the retain taken above.
                    if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run() }
                    return nil
                }, argument.toOpaque())
            guard status == 0 else {
                argument.release()
                fatalError("a test's thread could not be started: \(String(cString: strerror(status)))")
            }
            pthread_detach(thread)
        }

        /// What a new thread needs to know.
        private final class Start {
            let executor: ThreadPerJobExecutor
            let job: UnownedJob

            init(executor: ThreadPerJobExecutor, job: UnownedJob) {
                self.executor = executor
                self.job = job
            }

            func run() {
                guard case .virtual(let quiet) = executor.time else {
                    runJob()
                    Hub.current.destroy()
                    return
                }
                do {
                    try Hub.withVirtualTime(quiet: quiet) { _ in runJob() }
                } catch {
                    fatalError("a test's virtual hub failed: \(error)")
                }
            }

            private func runJob() {
                let limit = TestTimeLimit.begin(executor.timeLimit)
                defer { limit.end() }
                job.runSynchronously(on: executor.asUnownedTaskExecutor())
            }
        }
    }
#endif
