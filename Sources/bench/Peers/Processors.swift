import Gevent
import Glibc

/// Which processor runs what: server and client do not share one, where there are two.
enum Processors {
    static let areTwo = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1

    /// A command for the given processor.
    static func on(_ number: Int, _ command: [String]) -> [String] {
        areTwo ? ["taskset", "-c", "\(number)"] + command : command
    }

    /// Has the process's first thread, which is the one that measures, run on the given processor alone, and the threads
    /// and processes that it starts from now on.
    static func pin(to number: Int) throws { try set("\(number)") }

    /// Has all of the process's threads run on the given processor alone.
    static func pinAll(to number: Int) throws { try set("\(number)", "-a") }

    /// Lets all of the process's threads run on any again.
    static func unpin() throws { try set("0-\(sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1)", "-a") }

    /// Runs `body` with that thread on the first processor.
    static func pinned<Result>(_ body: () throws -> Result) throws -> Result {
        try pin(to: 0)
        defer { try? unpin() }
        return try body()
    }

    /// Makes a server whose threads have the second processor; the first thread has the first one from then on.
    static func apart<Server>(_ make: () throws -> Server) throws -> Server {
        try pin(to: 1)
        let server = try make()
        try pin(to: 0)
        return server
    }

    /// Nanoseconds of processor time that all threads of another process have used.
    static func time(of process: Int32) -> Double {
        var clock: clockid_t = 0
        return clock_getcpuclockid(process, &clock) == 0 ? Stopwatch.read(clock) : 0
    }

    /// The calling thread's processor time, to be read from another.
    static var clockOfThisThread: clockid_t {
        var clock: clockid_t = 0
        let failure = pthread_getcpuclockid(pthread_self(), &clock)
        precondition(failure == 0, "a thread that runs has a clock")
        return clock
    }

    private static func set(_ list: String, _ option: String...) throws {
        guard areTwo else { return }
        let command = ["taskset"] + option + ["-p", "-c", list, "\(getpid())"]
        // One of many threads may end meanwhile, which is a failure to taskset: again then.
        for _ in 0..<4 where try Subprocess.run(command).status.isSuccess { return }
        try Subprocess.run(command, checks: true)
    }
}
