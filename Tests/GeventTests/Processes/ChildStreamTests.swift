import Gevent
import GeventTesting
import Glibc
import Testing

/// The two sides of a terminal: a program's, and its user's.
private func makeTerminal() throws -> (program: Int32, user: Int32) {
    let user = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    // unlockpt and ptsname, which Glibc does not show to Swift: TIOCSPTLCK and TIOCGPTN.
    var lock: Int32 = 0
    var number: UInt32 = 0
    guard user >= 0, ioctl(user, 0x4004_5431, &lock) == 0, ioctl(user, 0x8004_5430, &number) == 0 else {
        throw SocketError(errno: errno)
    }
    return (open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), user)
}

private func makePipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SocketError(errno: errno) }
    return (ends[0], ends[1])
}

private func isNonBlocking(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0 }

@Suite(.hub)
struct ChildStreamTests {
    /// Whether a child finds its standard input non-blocking.
    func isNonBlockingInChild(_ input: Subprocess.Redirection) throws -> Bool {
        let child = try Subprocess(["cat", "/proc/self/fdinfo/0"], input: input, output: .pipe)
        let line = try #require(try child.communicate().text.split(separator: "\n").first { $0.hasPrefix("flags:") })
        return try #require(Int32(line.dropFirst(7), radix: 8)) & O_NONBLOCK != 0
    }

    @Test func `a child's pipe blocks where another child reads it, and parks here`() throws {
        let first = try Subprocess(["cat"], input: .pipe, output: .pipe)
        let output = try #require(first.standardOutput)
        #expect(try !isNonBlockingInChild(.descriptor(output.descriptor)))
        let reader = spawn { try output.receiveText(upTo: 10) }
        try yield()
        #expect(!reader.isReady)
        let input = try #require(first.standardInput)
        try input.sendAll("x")
        #expect(try reader.get() == "x")
        // Reaped here: a zombie that outlives its hub keeps the monitor of exit tests from seeing its own.
        input.close()
        try first.wait()
    }

    @Test func `a socket blocks where a child reads it, and parks here`() throws {
        let (mine, childs) = try Socket.pair()
        #expect(try !isNonBlockingInChild(.descriptor(childs.descriptor)))
        let reader = spawn { try childs.receiveText(upTo: 10) }
        try yield()
        #expect(!reader.isReady)
        try mine.sendAll("x")
        #expect(try reader.get() == "x")
        // More than there is room for, by each way to send.
        let file = try #require(fopen("/proc/self/exe", "r"))
        defer { fclose(file) }
        let writer = spawn {
            try childs.sendAll([UInt8](repeating: 1, count: 1 << 20))
            return try childs.sendFile(fileno(file), count: 1 << 20)
        }
        try yield()
        #expect(!writer.isReady)
        #expect(try mine.receiveExactly(2 << 20).count == 2 << 20)
        #expect(try writer.get() == 1 << 20)
    }

    @Test func `a listener that a child has does not block here`() throws {
        let listener = try Socket.listen(on: .loopback(port: 0))
        _ = try isNonBlockingInChild(.descriptor(listener.descriptor))
        let accepting = spawn { try listener.accept().0 }
        try yield()
        #expect(!accepting.isReady)
        let client = try Socket.connect(to: listener.localAddress)
        try accepting.get().close()
        client.close()
    }

    @Test(arguments: [true, false])
    func `a stream does not make a terminal non-blocking for others`(closesDescriptor: Bool) throws {
        let (program, user) = try makeTerminal()
        defer { for descriptor in [program, user] { close(descriptor) } }
        // As a shell has it.
        let shells = dup(program)
        defer { close(shells) }
        let stream = try DescriptorStream(
            descriptor: closesDescriptor ? dup(program) : program, closesDescriptor: closesDescriptor)
        #expect(!isNonBlocking(shells))
        let reader = spawn { try stream.receiveLine() }
        try yield()
        #expect(!reader.isReady)
        #expect(write(user, "x\n", 2) == 2)
        #expect(try reader.get() == "x")
        #expect(try !isNonBlockingInChild(.descriptor(stream.descriptor)))
        stream.close()
        #expect(!isNonBlocking(shells))
        #expect(isatty(shells) == 1)
    }

    @Test(arguments: [true, false])
    func `a stream does not make a pipe or a socket non-blocking for others`(isSocket: Bool) throws {
        var ends: [Int32] = [-1, -1]
        #expect((isSocket ? socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) : pipe(&ends)) == 0)
        defer { for descriptor in ends { close(descriptor) } }
        let reading = try DescriptorStream(descriptor: ends[0], closesDescriptor: false)
        let writing = try DescriptorStream(descriptor: dup(ends[1]))
        #expect(!isNonBlocking(ends[0]) && !isNonBlocking(ends[1]))
        #expect(reading.descriptor == ends[0])
        let writer = spawn {
            try writing.sendAll([UInt8](repeating: 7, count: 1 << 20))
            writing.close()
        }
        try yield()
        #expect(!writer.isReady)
        #expect(try reading.receiveExactly(1 << 20) == [UInt8](repeating: 7, count: 1 << 20))
        try writer.get()
        let reader = spawn { try reading.receiveText(upTo: 1) }
        try yield()
        #expect(!reader.isReady)
        #expect(write(ends[1], "x", 1) == 1)
        #expect(try reader.get() == "x")
        reading.close()
        #expect(fcntl(ends[0], F_GETFD) != -1)
    }

    @Test func `the user's side of a terminal is another one's when opened again, so its flag is restored`() throws {
        let (program, user) = try makeTerminal()
        defer { for descriptor in [program, user] { close(descriptor) } }
        let stream = try DescriptorStream(descriptor: user, closesDescriptor: false)
        #expect(write(program, "x\n", 2) == 2)
        #expect(try stream.receiveLine() == "x")
        stream.close()
        #expect(!isNonBlocking(user))
    }

    @Test(.enabled(if: geteuid() == 0, "another user is needed"))
    func `a terminal of another user's is non-blocking until the stream is closed or a child has it`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (program, user) = try makeTerminal()
                guard seteuid(65_534) == 0 else { return false }
                let stream = try DescriptorStream(descriptor: program, closesDescriptor: false)
                let reader = spawn { try stream.receiveLine() }
                try yield()
                guard isNonBlocking(program), !reader.isReady, write(user, "x\n", 2) == 2, try reader.get() == "x"
                else { return false }
                let child = try Subprocess(["true"], input: .descriptor(program))
                guard try child.wait().isSuccess, !isNonBlocking(program) else { return false }
                let again = try DescriptorStream(descriptor: dup(program))
                guard isNonBlocking(program) else { return false }
                again.close()
                return !isNonBlocking(program)
            }
        }
    }

    // exit, not _exit: a sanitizer would count what stands on greenlets' stacks as leaked.
    @Test(.enabled(if: !isSanitized))
    func `a stream that lives at exit leaves no flag behind`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (program, user) = try makeTerminal()
                let child = try forkProcess()
                if child == 0 {
                    let streams = try [user, program].map { try DescriptorStream(descriptor: $0) }
                    // Nothing that exit flushes may reach those who read from the parent.
                    for number in Int32(0)..<256 where number != user && number != program { close(number) }
                    withExtendedLifetime(streams) { exit(0) }
                }
                return try waitForProcess(child) == .exited(0) && !isNonBlocking(user) && !isNonBlocking(program)
            }
        }
    }

    @Test func `standard input that a File or a stream reads is there for a child`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (reading, writing) = try makePipe()
                dup2(reading, 0)
                close(reading)
                let file = try File(descriptor: 0)
                let stream = try DescriptorStream(descriptor: 0, closesDescriptor: false)
                let child = try Subprocess(["cat"], output: .pipe)
                _ = write(writing, "hello", 5)
                close(writing)
                let result = try child.communicate()
                return withExtendedLifetime((file, stream)) { result.text == "hello" && result.status.isSuccess }
            }
        }
    }

    @Test func `streams that were left non-blocking block in a child that inherits them`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                let (reading, writing) = try makePipe()
                dup2(reading, 0)
                _ = fcntl(0, F_SETFL, O_NONBLOCK)
                let child = try Subprocess(["cat", "/proc/self/fdinfo/0"], output: .pipe)
                let text = try child.communicate().text
                close(writing)
                return text.split(separator: "\n").contains { $0.hasPrefix("flags:") && !$0.hasSuffix("4000") }
            }
        }
    }

    struct Long: Error, CustomStringConvertible {
        let description = String(repeating: "x", count: 300_000)
    }

    @Test func `a report goes whole to a descriptor that somebody has made non-blocking`() throws {
        let (reading, writing) = try makePipe()
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        Hub.current.errorStream = .descriptor(writing)
        let count = Hub.current.threadPool.spawn {
            var room = [UInt8](repeating: 0, count: 65_536)
            var count = 0
            while case let part = read(reading, &room, room.count), part > 0 { count += part }
            return count
        }
        try spawn { throw Long() }.join()
        Hub.current.errorStream = .silent
        close(writing)
        #expect(try count.get() > 300_000)
        close(reading)
    }

    // gevent: FileObjectThread(fd, close=False).
    @Test func `a File's descriptor stays open and inherited where it is others'`() throws {
        let (reading, writing) = try makePipe()
        defer { for end in [reading, writing] { close(end) } }
        do {
            let file = try File(descriptor: writing, closesDescriptor: false)
            try file.write("x")
            file.close()
            #expect(file.isClosed)
        }
        #expect(fcntl(writing, F_GETFD) == 0)
        #expect(try File(descriptor: reading, closesDescriptor: false).read(upTo: 2) == Array("x".utf8))
        #expect(fcntl(reading, F_GETFD) == 0)
    }

    @Test func `a File waits where somebody has made its descriptor non-blocking`() throws {
        let (reading, writing) = try makePipe()
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        let file = try File(descriptor: reading)
        let reader = spawn { try file.read(upTo: 10) }
        // Until its thread has found nothing.
        try Hub.current.threadPool.apply {}
        #expect(write(writing, "x", 1) == 1)
        #expect(try reader.get() == Array("x".utf8))
        close(writing)
    }
}
