import EPP
import EPPServer
import Gevent
import GeventTesting
import Glibc
import Testing

/// Runs the command under a shell's redirections and limits.
private func epp(
    _ setting: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil
) throws -> Subprocess.Result {
    try Subprocess.run(
        ["/bin/sh", "-c", setting, eppProgram] + arguments, input: input.map { Array($0.utf8) },
        timeout: .seconds(120), options: .init { $0.environment = environment.merging(["HOME": "/nowhere"]) { $1 } })
}

private let toFullDisk = #"exec "$0" "$@" > /dev/full"#
private let noSpace = "epp: cannot write: No space left on device\n"

@Suite(.hub)
struct `What epp writes` {
    private func withMessages(_ body: (EmbeddedRegistry, [String: String]) throws -> Void) throws {
        try withDirectory { directory in
            let registry = try EmbeddedRegistry(
                RegistryConfiguration {
                    $0.messages = ["one", "two", "three"].map { RegisteredMessage($0, for: "registrar") }
                }, pki: RegistryPKI(directory: directory))
            defer { registry.stop() }
            try body(registry, environment(registry, directory))
        }
    }

    private func waiting(_ registry: EmbeddedRegistry) -> Int {
        registry.snapshot.messages.values.reduce(0) { $0 + $1.count }
    }

    private func environment(_ registry: EmbeddedRegistry, _ directory: String) -> [String: String] {
        [
            "EPP_HOST": "localhost", "EPP_PORT": "\(registry.port)", "EPP_USER": registry.clientID,
            "EPP_PASSWORD": registry.password, "EPP_CA": "\(directory)/ca.pem",
            "EPP_CERT": "\(directory)/client.pem", "EPP_KEY": "\(directory)/client.key",
            "EPP_CONNECTION_TIMEOUT": "60",
        ]
    }

    @Test(
        arguments: [
            (toFullDisk, "No space left on device"), (#"exec "$0" "$@" >&-"#, "Bad file descriptor"),
            (#"trap '' PIPE; ( exec "$0" "$@"; ) | exec 0<&- ; exit 0"#, "Broken pipe"),
        ], [["--drain"], ["--drain", "--json"], ["--follow"]])
    func `is not acknowledged where it cannot be written`(redirection: (String, String), flags: [String]) throws {
        try withMessages { registry, environment in
            // The reader of the pipe is gone long before the first message has come over the network.
            let result = try epp(redirection.0, ["poll"] + flags, environment: environment)
            #expect(result.errorText == "epp: cannot write: \(redirection.1)\n")
            #expect(redirection.1 == "Broken pipe" || result.status == .exited(74))
            #expect(waiting(registry) == 3)
            let rest = try epp(#"exec "$0" "$@""#, ["poll", "--drain"], environment: environment)
            #expect(["one", "two", "three"].allSatisfy { rest.text.contains("message     \($0)\n") })
            #expect(waiting(registry) == 0)
        }
    }

    @Test func `takes nothing out of the queue where its reader ends the program`() throws {
        try withMessages { registry, environment in
            _ = try epp(#""$0" "$@" | exec 0<&-"#, ["poll", "--drain"], environment: environment)
            #expect(waiting(registry) == 3)
        }
    }

    @Test(arguments: [
        ["--help"], ["help", "check"], ["check", "--help"], ["--generate-completion-script", "bash"],
        ["check", "a.gov"], ["check", "a.gov", "--json"], ["hello"], ["login"], ["info", "example.gov", "--json"],
        ["domain", "create", "a.gov", "--auth-info", "2fooBAR"], ["poll"],
        ["load", "--embedded", "--rate", "10", "--duration", "100ms", "--pool", "1", "--json"],
        ["demo", "--commands", "4", "--pool", "1", "--callers", "1"],
    ]) func `is told where it cannot be written, with status 74`(arguments: [String]) throws {
        try withMessages { _, environment in
            let set = arguments.contains("--embedded") ? [:] : environment
            let result = try epp(toFullDisk, arguments, environment: set)
            #expect(result.status == .exited(74))
            #expect(result.errorText.hasSuffix(noSpace))
        }
    }

    @Test func `ends a shell where it cannot be written, before the next line changes anything`() throws {
        try withMessages { registry, environment in
            let lines = "check a.gov\ndomain delete example.gov\n"
            let result = try epp(toFullDisk, ["shell"], environment: environment, input: lines)
            #expect(result.status == .exited(74))
            #expect(result.errorText == "epp: line 1: cannot write: No space left on device\n")
            #expect(registry.snapshot.domains["example.gov"] != nil)
        }
    }

    @Test func `ends a registry that cannot say where it listens`() throws {
        try withDirectory { directory in
            let result = try epp(toFullDisk, ["serve", "--port", "0", "--pki", directory + "/pki"])
            #expect(result.status == .exited(74) && result.errorText == noSpace)
        }
    }

    @Test func `of a failure keeps its status, whether or not it can be written`() throws {
        try withMessages { _, environment in
            let result = try epp(toFullDisk, ["info", "nowhere.gov", "--json"], environment: environment)
            #expect(result.status == .exited(1))
            #expect(result.errorText.contains("2303") && result.errorText.hasSuffix(noSpace))
        }
    }
}

@Suite(.hub)
struct `What epp takes from its environment` {
    @Test func `changes no object's password, but where one is needed`() throws {
        try withRegistry { registry, environment in
            func password(_ name: String) -> String? {
                registry.snapshot.domains[name]?.authorization?.password
            }
            var set = environment
            set["EPP_AUTH_INFO"] = "other-secret"
            let before = password("example.gov")
            let update = try epp("domain", "update", "example.gov", "--add-status", "clientHold", environment: set)
            #expect(update.status == .exited(0) && password("example.gov") == before)
            // Without anything else there is nothing to change.
            #expect(try epp("domain", "update", "example.gov", environment: set).status == .exited(64))
            let asked = try epp("domain", "update", "example.gov", "--auth-info", "new-secret", environment: set)
            #expect(asked.status == .exited(0) && password("example.gov") == "new-secret")
            let create = try epp("domain", "create", "life.gov", environment: set)
            #expect(create.status == .exited(0) && password("life.gov") == "other-secret")

            let contact = try epp(
                "contact", "create", "abc-1", "--name", "Jo Doe", "--city", "Dulles", "--cc", "US", "--email",
                "jo@example.gov", "--auth-info", "old-secret", environment: set)
            #expect(contact.status == .exited(0))
            let change = try epp("contact", "update", "abc-1", "--org", "Example", environment: set)
            #expect(change.status == .exited(0))
            #expect(registry.snapshot.contacts["abc-1"]?.authorization?.password == "old-secret")
        }
    }
}

@Suite(.hub)
struct `Files with secrets` {
    @Test func `that others can read are warned of, and used`() throws {
        try withRegistry { registry, environment in
            try withFile("\(registry.password)\n") { passwordFile in
                let key = try #require(environment["EPP_KEY"])
                var set = environment.filter { $0.key != "EPP_PASSWORD" }
                set["EPP_PASSWORD_FILE"] = passwordFile
                set["EPP_CIPHERS"] = "legacy"
                #expect(try epp("login", environment: set).errorText.isEmpty)
                for path in [key, passwordFile] { chmod(path, 0o644) }
                let result = try epp("login", environment: set)
                #expect(result.status == .exited(0))
                let warnings = result.errorText.split(separator: "\n")
                #expect(warnings.count == 2 && warnings.allSatisfy { $0.hasPrefix("epp: warning: ") })
                #expect(
                    [key, passwordFile].allSatisfy { path in warnings.contains { $0.hasSuffix("chmod 600 \(path)") } })
                let update = try epp(
                    "domain", "update", "example.gov", "--auth-info-file", passwordFile, environment: environment)
                #expect(update.errorText.split(separator: "\n").count == 2)
            }
        }
    }
}

@Suite(.hub)
struct `What epp needs of its system` {
    @Test(arguments: [(["demo"], 72), (["load", "--embedded"], 52)])
    func `is told before it begins, where there are too few descriptors`(arguments: [String], count: Int) throws {
        let result = try epp(#"ulimit -n 24; exec "$0" "$@""#, arguments)
        #expect(result.status == .exited(64) && result.text.isEmpty)
        #expect(result.errorText == "epp: this takes \(count) descriptors, and 24 are allowed (ulimit -n)\n")
    }

    @Test(.enabled(if: can("unshare -n true")))
    func `ends a demo with its first error, where there is no loopback`() throws {
        let result = try epp(#"exec unshare -n "$0" "$@""#, ["demo"])
        #expect(result.status == .exited(2) && result.text.isEmpty)
        #expect(result.errorText.hasSuffix("Network is unreachable (errno 101)\n"))
    }

    @Test(.enabled(if: can(withoutProc + "exec true")))
    func `are arguments: without /proc it says so, and prints no help`() throws {
        for arguments in [["check", "a.gov"], []] {
            let result = try epp("exec " + Self.unshare + #""$0" "$@""#, arguments)
            #expect(result.status == .exited(64) && result.text.isEmpty)
            #expect(result.errorText == "epp: the arguments cannot be read: /proc is not mounted\n")
        }
    }

    private static let unshare = #"unshare -m sh -c 'mount -t tmpfs none /proc && exec "$0" "$@"' "#

    @Test(.enabled(if: can("setpriv --reuid=64999 --regid=64999 --clear-groups bash -c true")))
    func `is told before a demo begins, where there are too few threads`() throws {
        // A user with nothing else to its name; the build's directory must be open to it.
        let user = "exec setpriv --reuid=64999 --regid=64999 --clear-groups bash -c "
        let result = try epp(user + #"'ulimit -u 2; exec "$0" "$@"' "$0" "$@""#, ["demo"])
        guard result.status != .exited(126) else { return }
        #expect(result.status == .exited(64) && result.text.isEmpty)
        #expect(result.errorText.contains("(ulimit -u)"))
    }
}

private let withoutProc = "unshare -m sh -c 'mount -t tmpfs none /proc' && "

/// Whether a shell command succeeds here: not every machine lets everybody have namespaces of their own.
private func can(_ command: String) -> Bool {
    system("( \(command) ) > /dev/null 2>&1") == 0
}
