import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct CommunicateTests {
    // gevent: both calls of communicate() return (b'hi\n', None).
    @Test func `two calls at once both get all of the output`() throws {
        let child = try Subprocess(["cat"], input: .pipe, output: .pipe)
        let input = [UInt8](repeating: UInt8(ascii: "a"), count: 300_000)
        let first = spawn { try child.communicate(input) }
        try yield()
        let second = spawn { try child.communicate(Array("ignored".utf8)) }
        #expect(try first.get().output == input)
        #expect(try second.get() == first.get())
    }

    @Test func `one of two calls that gives up takes nothing from the other`() throws {
        let child = try Subprocess(["cat"], input: .pipe, output: .pipe)
        let input = try #require(child.standardInput)
        // The input stays open: it is not communicate's to close until there is a call.
        let helper = try Subprocess(["cat"], input: .pipe, output: .descriptor(input.descriptor))
        let killed = spawn { try child.communicate() }
        try yield()
        let waiting = spawn { try child.communicate() }
        try yield()
        try killed.kill()
        #expect(thrown { _ = try child.communicate(timeout: .zero) } is SubprocessTimeout)
        _ = try helper.communicate(Array("late".utf8))
        #expect(try waiting.get().text == "late")
    }

    @Test func `a call with a smaller limit fails alone`() throws {
        let child = try Subprocess(["cat"], input: .pipe, output: .pipe)
        let first = spawn { try child.communicate(Array("hello".utf8)) }
        try yield()
        let second = spawn { thrown { _ = try child.communicate(limit: 4) } }
        #expect(try first.get().text == "hello")
        #expect(try second.get() is SubprocessOutputTooLarge)
    }

    @Test func `a call after one that was killed goes on where that was`() throws {
        let child = try Subprocess(["cat"], input: .pipe, output: .pipe)
        let input = [UInt8](repeating: UInt8(ascii: "a"), count: 300_000)
        let first = spawn { try child.communicate(input) }
        try yield()
        first.killNoWait()
        #expect(try child.communicate().output == input)
    }

    // CPython: test_communicate_repeated_call_after_stdout_close, test_writes_before_communicate.
    @Test func `a call may be repeated after the child has closed its output, and writing before it comes first`()
        throws
    {
        let quiet = try Subprocess(["sh", "-c", "exec >&-; exec sleep 60"], output: .pipe)
        for _ in 0..<3 { #expect(thrown { _ = try quiet.communicate(timeout: .milliseconds(2)) } is SubprocessTimeout) }
        try quiet.kill()
        #expect(try quiet.communicate().status == .signalled(SIGKILL))
        let cat = try Subprocess(["cat"], input: .pipe, output: .pipe)
        try #require(cat.standardInput).sendAll("banana")
        #expect(try cat.communicate(Array("split".utf8)).text == "bananasplit")
    }

    // gevent: test_run_with_shell_timeout_and_capture_output.
    @Test func `a timeout of run does not wait for a grandchild that holds the pipes`() throws {
        let (reading, writing) = try DescriptorStream.pipe()
        let error = thrown {
            try Subprocess.run(
                ["sh", "-c", "sleep 60 & echo $! >&2; exec sleep 60"], error: .descriptor(writing.descriptor),
                timeout: .milliseconds(200))
        }
        #expect(error is SubprocessTimeout)
        writing.close()
        // It was not killed before it had started the grandchild, on a machine that is not too slow.
        if let line = try reading.receiveLine(), let grandchild = Int32(line) { kill(grandchild, SIGKILL) }
    }

    // gevent: test_check_output_stdin_arg, and test__subprocess_poll, which never enters the hub.
    @Test func `a file is read as standard input, and polling alone sees the end`() throws {
        let child = try Subprocess(["cat"], input: .descriptor(open("/proc/self/stat", O_RDONLY)), output: .null)
        while child.poll() == nil {}
        #expect(child.status == .exited(0))
    }

    // gevent: ValueError('embedded null byte'), ValueError('illegal environment variable name').
    @Test func `what C would cut off or misread is refused`() throws {
        for options: Subprocess.Options in [
            .init { $0.environment = ["A": "x\0y"] }, .init { $0.environment = ["A\0B": "x"] },
            .init { $0.environment = ["A=B": "x"] }, .init { $0.environment = ["": "x"] },
            .init { $0.directory = "/\0tmp" },
        ] {
            let error = thrown { try Subprocess.run(["true"], options: options) }
            #expect((error as? SubprocessStartError)?.errno == EINVAL)
        }
        #expect((thrown { try Subprocess.run(["true\0x"]) } as? SubprocessStartError)?.errno == EINVAL)
    }
}
