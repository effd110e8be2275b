import Gevent
import GeventTesting
import Glibc
import Testing

/// Whether a process of this number is there, a zombie included.
private func exists(_ process: Int32) -> Bool { kill(process, 0) == 0 }

@Suite(.hub)
struct SubprocessTests {
    @Test func `run gives status and output`() throws {
        let result = try Subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
        #expect(result.status == .exited(3))
        #expect(result.text == "out\n")
        #expect(result.errorText == "err\n")
        #expect(!result.status.isSuccess)
    }

    @Test func `others run while it waits`() throws {
        // It ends when the other greenlet says so.
        let child = try Subprocess(["cat"], input: .pipe, output: .null)
        let input = try #require(child.standardInput)
        let other = spawn {
            for _ in 0..<3 { try sleep(for: .milliseconds(1)) }
            input.close()
        }
        #expect(try child.wait() == .exited(0))
        #expect(other.isReady)
    }

    @Test func `input and output larger than the pipes go both ways at once`() throws {
        let input = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let result = try Subprocess.run(["sh", "-c", "tee /dev/stderr"], input: input)
        #expect(result.output == input)
        #expect(result.errorOutput == input)
    }

    @Test func `input that it does not read is no failure`() throws {
        let input = [UInt8](repeating: 1, count: 1_000_000)
        #expect(try Subprocess.run(["true"], input: input).status.isSuccess)
    }

    @Test func `standard error may go where standard output goes`() throws {
        let result = try Subprocess.run(["sh", "-c", "echo a; echo b >&2; echo c"], error: .output)
        #expect(result.text == "a\nb\nc\n")
        #expect(result.errorOutput.isEmpty)
    }

    @Test func `with checks a failure is thrown with what it wrote`() throws {
        let error = thrown { try Subprocess.run(["sh", "-c", "echo so far; exit 4"], checks: true) }
        let failed = try #require(error as? SubprocessFailed)
        #expect(failed.result.status == .exited(4))
        #expect(failed.result.text == "so far\n")
        #expect("\(failed)" == #"["sh", "-c", "echo so far; exit 4"] ended with exit code 4"#)
        #expect(try Subprocess.run(["true"], checks: true).status.isSuccess)
    }

    @Test func `run kills it when the timeout is over and says what it wrote`() throws {
        var text = ""
        var timeout = Duration.milliseconds(100)
        // On a busy machine the shell may not have come to write in that time.
        while text.isEmpty, timeout < .seconds(60) {
            timeout *= 2
            let error = thrown {
                try Subprocess.run(["sh", "-c", "echo $$; exec sleep 60"], timeout: timeout)
            }
            let expired = try #require(error as? SubprocessTimeout)
            #expect(expired.timeout == timeout)
            text = String(decoding: expired.output, as: UTF8.self)
        }
        let process = try #require(Int32(text.dropLast()))
        #expect(!exists(process))
    }

    @Test func `run kills it when its greenlet is killed`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        let runner = spawn {
            try Subprocess.run(
                ["sh", "-c", "echo $$; exec sleep 60"], output: .descriptor(writing.descriptor))
        }
        let process = try #require(try reading.receiveLine().flatMap { Int32($0) })
        try runner.kill()
        // Reaped by the hub, with nobody waiting.
        while exists(process) { try sleep(for: .milliseconds(1)) }
    }

    @Test func `what is written beyond the limit ends it`() throws {
        #expect(throws: SubprocessOutputTooLarge.self) { try Subprocess.run(["yes"], limit: 100_000) }
        #expect(try Subprocess.run(["echo", "1234"], limit: 5).text == "1234\n")
    }

    @Test func `a program that is not there or may not be run is told apart`() throws {
        let missing = thrown { try Subprocess.run(["/no/such/program"]) }
        #expect((missing as? SubprocessNotFound)?.errno == ENOENT)
        #expect(thrown { try Subprocess.run(["no-such-program-at-all"]) } is SubprocessNotFound)
        #expect(thrown { try Subprocess.run(["/etc/passwd"]) } is SubprocessNotPermitted)
        let nowhere = thrown { try Subprocess.run(["true"], options: .init { $0.directory = "/no/such/place" }) }
        #expect(nowhere is SubprocessNotFound)
        #expect(thrown { try Subprocess.run(["echo", "a\0b"]) } is SubprocessStartError)
    }

    @Test func `environment and directory are its own`() throws {
        let options = Subprocess.Options {
            $0.environment = ["PATH": "/nowhere:/usr/bin:/bin", "ONLY": "this"]
            $0.directory = "/usr"
        }
        #expect(try Subprocess.run(["env"], options: options).text.split(separator: "\n").contains("ONLY=this"))
        #expect(try Subprocess.run(["pwd"], options: options).text == "/usr\n")
        #expect(
            thrown { try Subprocess.run(["env"], options: .init { $0.environment = ["PATH": "/nowhere"] }) }
                is SubprocessNotFound)
    }

    @Test func `it has no descriptors but its own and those that are named`() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let list = ["sh", "-c", "ls /proc/self/fd | tr '\\n' ' '; cat /proc/self/fd/0"]
        #expect(try Subprocess.run(list).text == "0 1 2 3 ")
        let named = try Subprocess.run(
            ["sh", "-c", "echo hello > /proc/self/fd/\(ends[1])"], options: .init { $0.descriptors = [ends[1]] })
        try #require(named.status.isSuccess)
        var byte: UInt8 = 0
        #expect(read(ends[0], &byte, 1) == 1 && byte == UInt8(ascii: "h"))
    }

    @Test func `signals that are ignored or blocked here are not so in it`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                signal(SIGTERM, SIG_IGN)
                var mask = sigset_t()
                sigaddset(&mask, SIGTERM)
                pthread_sigmask(SIG_BLOCK, &mask, nil)
                let child = try Subprocess(["sleep", "60"])
                try child.terminate()
                return try child.wait() == .signalled(SIGTERM)
            }
        }
    }

    @Test func `wait has a timeout that leaves it running and its end is a signal's`() throws {
        let child = try Subprocess(["sleep", "60"])
        #expect(thrown { try child.wait(timeout: .milliseconds(2)) } is SubprocessTimeout)
        #expect(child.poll() == nil && child.status == nil)
        let waiter = spawn { try child.wait() }
        try yield()
        try waiter.kill()
        #expect(child.poll() == nil)
        try child.kill()
        #expect(try child.wait() == .signalled(SIGKILL))
        #expect(child.status == .signalled(SIGKILL))
        // To nobody.
        try child.terminate()
        #expect("\(TerminationStatus.signalled(SIGKILL))" == "signal 9 (Killed)")
    }

    // Conformance 130: Popen is one of the objects that can be waited for.
    @Test func `it can be waited for with others and linked to`() throws {
        let slow = try Subprocess(["sleep", "60"])
        let quick = try Subprocess(["true"])
        var linked: Subprocess?
        quick.rawLink { linked = $0 }
        let ready = try wait(for: [slow, quick], count: 1)
        #expect(ready.count == 1 && ready.first === quick)
        #expect(linked === quick)
        try slow.kill()
        #expect(try wait(for: [slow]).count == 1)
        var late = false
        slow.rawLink { _ in late = true }
        try yield()
        try yield()
        #expect(late)
    }

    @Test func `its pipes are streams`() throws {
        let child = try Subprocess(["cat"], input: .pipe, output: .pipe)
        let input = try #require(child.standardInput)
        let output = try #require(child.standardOutput)
        #expect(child.standardError == nil)
        try input.sendAll("one\n")
        #expect(try output.receiveLine() == "one")
        try input.sendAll("two\n")
        #expect(try output.receiveLine() == "two")
        input.close()
        #expect(try output.receiveLine() == nil)
        #expect(try child.wait() == .exited(0))
    }

    @Test func `communicate goes on after a timeout without losing anything`() throws {
        let child = try Subprocess(["sh", "-c", "echo a; read line; echo b"], input: .pipe, output: .pipe)
        // A greenlet of ours holds the input back.
        let input = try #require(child.standardInput)
        let holder = dup(input.descriptor)
        var written: [UInt8] = []
        // On a busy machine the shell may not have come to write in that time.
        while written.isEmpty {
            let error = thrown { _ = try child.communicate(timeout: .milliseconds(100)) }
            written = try #require(error as? SubprocessTimeout).output
        }
        #expect(written == Array("a\n".utf8))
        close(holder)
        #expect(try child.communicate().text == "a\nb\n")
    }

    @Test func `many at once end all and leave no zombie`() throws {
        let numbers = (0..<30).map { number in
            spawn {
                let child = try Subprocess(["sh", "-c", "exit \(number)"])
                #expect(try child.wait() == .exited(Int32(number)))
                return child.processIdentifier
            }
        }
        for number in numbers { #expect(try !exists(number.get())) }
    }

    @Test func `a group of its own can be signalled as a whole`() throws {
        let child = try Subprocess(
            ["sh", "-c", "sleep 60 & sleep 60"], options: .init { $0.processGroup = 0 })
        #expect(getpgid(child.processIdentifier) == child.processIdentifier)
        kill(-child.processIdentifier, SIGTERM)
        #expect(try child.wait() == .signalled(SIGTERM))
        let leader = try Subprocess(["sleep", "60"], options: .init { $0.startsSession = true })
        #expect(getsid(leader.processIdentifier) == leader.processIdentifier)
        try leader.kill()
        try leader.wait()
    }

    @Test func `neither a program that ran nor one that did not start leaves a descriptor behind`() async {
        await #expect(processExitsWith: .success) {
            exitWith {
                func descriptors() -> Int {
                    guard let directory = opendir("/proc/self/fd") else { return -1 }
                    defer { closedir(directory) }
                    var count = 0
                    while readdir(directory) != nil { count += 1 }
                    return count
                }
                func use() throws {
                    for _ in 0..<5 {
                        _ = try Subprocess.run(["cat"], input: [1, 2, 3])
                        _ = thrown { try Subprocess.run(["/no/such/program"], input: [1]) }
                        _ = thrown { try Subprocess.run(["yes"], limit: 10) }
                        _ = try Subprocess(["true"], input: .pipe, output: .null).wait()
                    }
                }
                try use()
                try Hub.current.join(timeout: .seconds(600))
                let before = descriptors()
                for _ in 0..<5 { try use() }
                // The killed ones are reaped meanwhile.
                try Hub.current.join(timeout: .seconds(600))
                return descriptors() <= before + 2
            }
        }
    }

    @Test func `one that was dropped is reaped by the hub`() throws {
        let number = try Subprocess(["true"]).processIdentifier
        while exists(number) { try sleep(for: .milliseconds(1)) }
    }

    @Test func `without process descriptors it is asked for at intervals`() throws {
        let number = try #require(try startWithoutWatch())
        let child = ChildProcess(number, usesDescriptor: false)
        #expect(try !child.wait(until: .noWait))
        kill(number, SIGKILL)
        #expect(try child.wait(until: .never))
        #expect(!exists(number))
    }

    /// A child that no hub watches.
    private func startWithoutWatch() throws -> Int32? {
        var number: pid_t = -1
        let program = strdup("/bin/sleep")
        let time = strdup("60")
        defer {
            free(program)
            free(time)
        }
        var arguments = [program, time, nil]
        return posix_spawn(&number, "/bin/sleep", nil, nil, &arguments, nil) == 0 ? number : nil
    }

    @Test func `a child of anybody's can be waited for by its number`() throws {
        let number = try #require(try startWithoutWatch())
        #expect(thrown { _ = try waitForProcess(number, timeout: .milliseconds(2)) } is Timeout)
        let waiters = (0..<3).map { _ in spawn { try waitForProcess(number) } }
        try yield()
        kill(number, SIGKILL)
        for waiter in waiters { #expect(try waiter.get() == .signalled(SIGKILL)) }
        #expect(socketError { _ = try waitForProcess(number) }?.errno == ECHILD)
        #expect(socketError { _ = try waitForProcess(1) }?.errno == ECHILD)
    }
}

@Suite(.virtualTime)
struct SubprocessVirtualTimeTests {
    @Test func `virtual time does not jump while a child runs`() throws {
        let start = Hub.current.clock.now
        let timeout = Timeout.started(after: .seconds(3600))
        #expect(try Subprocess.run(["sleep", "0.02"]).status.isSuccess)
        timeout.close()
        #expect(Hub.current.clock.now - start < .seconds(600))
    }
}
