import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.disabled(if: isSanitized, "sanitizers handle faults by themselves"))
struct `A SIGSEGV` {
    /// Has a hub's handlers in place, and the default action as what was there before.
    private static func prepare(_ previous: (@convention(c) (Int32) -> Void)? = SIG_DFL) {
        for number in [SIGSEGV, SIGBUS] { signal(number, previous) }
        // What hangs is ended, by another signal.
        alarm(120)
        _ = Hub.current
    }

    private static func jumpToStack(isParked: Bool) {
        prepare()
        let configuration = Hub.Configuration {
            $0.stackParking = .init(minimumGreenlets: 1, delay: .seconds(1))
        }
        _ = try? Hub.withVirtualTime(configuration: configuration) { _ in
            var address: UInt = 0
            spawn {
                var local = 1
                try withUnsafeMutablePointer(to: &local) { pointer in
                    address = UInt(bitPattern: pointer)
                    try Event().wait()
                }
            }
            try sleep(for: isParked ? .seconds(10) : .zero)
            typealias Function = @convention(c) () -> Void
            // Safe: it is meant to fault.
            let function = unsafeBitCast(address, to: Function.self)
            function()
        }
    }

    @Test(arguments: [true, false])
    func `of a jump to a stack ends the process`(isParked: Bool) async {
        await #expect(processExitsWith: .signal(SIGSEGV)) { [isParked = isParked as Bool] in
            Self.jumpToStack(isParked: isParked)
        }
    }

    /// How somebody sends a signal.
    enum Way: Int, CaseIterable, Codable { case kill, thread, queued }

    private static func send(_ number: Int32, _ way: Way) {
        switch way {
        case .kill: kill(getpid(), number)
        case .thread: pthread_kill(pthread_self(), number)
        case .queued: sigqueue(getpid(), number, sigval(sival_int: 1))
        }
    }

    @Test(arguments: [SIGSEGV, SIGBUS], Way.allCases)
    func `that somebody sends ends the process at once`(number: Int32, way: Way) async {
        await #expect(processExitsWith: .signal(number)) { [number = number as Int32, way = way as Way] in
            Self.prepare()
            Self.send(number, way)
            // Not delivered to this very thread, it may take a moment.
            Glibc.sleep(60)
            exit(0)
        }
    }

    @Test(arguments: Way.allCases)
    func `that somebody sends does nothing where it is ignored`(way: Way) async {
        await #expect(processExitsWith: .exitCode(7)) { [way = way as Way] in
            Self.prepare(SIG_IGN)
            for _ in 0..<3 { Self.send(SIGSEGV, way) }
            exit(7)
        }
    }

    @Test func `of a fault ends the process, though it is ignored`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            Self.prepare(SIG_IGN)
            // Safe: it is meant to fault.
            UnsafeMutablePointer<Int>(bitPattern: 16)?.pointee = 1
        }
    }

    @Test func `goes to the handler that was there before`() async {
        await #expect(processExitsWith: .exitCode(9)) {
            Self.prepare { _ in _exit(9) }
            kill(getpid(), SIGSEGV)
            Glibc.sleep(60)
        }
    }
}
