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

        init(_ time: TestTime) { self.time = time }

        func enqueue(_ job: consuming ExecutorJob) {
            let start = Start(executor: self, job: UnownedJob(job), time: time)
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
            let time: TestTime

            init(executor: ThreadPerJobExecutor, job: UnownedJob, time: TestTime) {
                self.executor = executor
                self.job = job
                self.time = time
            }

            func run() {
                guard case .virtual(let quiet) = time else {
                    job.runSynchronously(on: executor.asUnownedTaskExecutor())
                    Hub.current.destroy()
                    return
                }
                do {
                    try Hub.withVirtualTime(quiet: quiet) { _ in
                        job.runSynchronously(on: executor.asUnownedTaskExecutor())
                    }
                } catch {
                    fatalError("a test's virtual hub failed: \(error)")
                }
            }
        }
    }
#endif
