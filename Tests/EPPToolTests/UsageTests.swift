import EPPServer
import Gevent
import GeventTesting
import Glibc
import Testing

@Suite(.hub)
struct `The epp program, used` {
    @Test func `is told in one line what was used wrongly, and in JSON where it was asked for`() throws {
        for (arguments, line) in [
            (["chekc", "a.gov"], "epp: there is no command \"chekc\": did you mean \"check\"? (epp --help)\n"),
            (["--json", "check"], "epp: Missing expected argument '<names> ...' (epp check --help)\n"),
        ] {
            let result = try Subprocess.run([eppProgram] + arguments, timeout: .seconds(600))
            #expect(result.status == .exited(64) && result.errorText == line)
            #expect(
                result.text.hasPrefix(#"{"command":"CheckDomain","ok":false,"code":null,"#)
                    == (arguments[0] == "--json"))
        }
        #expect(try epp("--version").text.hasPrefix("epp "))
        #expect(try epp("--generate-completion-script", "bash").text.contains("complete"))
    }

    @Test func `takes options before the command`() throws {
        try withRegistry { _, environment in
            let result = try epp("--timeout", "60s", "--json", "check", "free.gov", environment: environment)
            #expect(result.status == .exited(0) && result.text.hasPrefix(#"{"command":"CheckDomain","ok":true"#))
        }
    }

    @Test(arguments: [
        ["shell"], ["load", "--zone", "gov", "--info-name", "a.gov"], ["poll", "--follow"], ["check", "a.gov"],
    ])
    func `says at once that a port is refused, in the same words for every command`(arguments: [String]) throws {
        let socket = try Socket.listen(on: .loopback(port: 0))
        let port = try socket.localAddress.port ?? 0
        socket.close()
        let environment = [
            "EPP_HOST": "127.0.0.1", "EPP_PORT": "\(port)", "EPP_USER": "registrar", "EPP_PASSWORD": "secret-1",
            // Waiting for a session to come would take so long.
            "EPP_POOL_BORROW_TIMEOUT": "1h", "HOME": "/nowhere",
        ]
        let result = try Subprocess.run(
            [eppProgram] + arguments, timeout: .seconds(600), options: .init { $0.environment = environment })
        #expect(result.status == .exited(2))
        #expect(
            result.errorText.hasSuffix("epp: cannot connect to 127.0.0.1:\(port): Connection refused (errno 111)\n"))
    }

    @Test(arguments: [["shell"], ["load", "--zone", "gov", "--info-name", "a.gov"], ["check", "a.gov"]])
    func `says what is wrong with the login, and of no hello that nobody sent`(arguments: [String]) throws {
        try withRegistry { _, environment in
            func run(_ changes: [String: String]) throws -> Subprocess.Result {
                try Subprocess.run(
                    [eppProgram] + arguments, input: [], timeout: .seconds(600),
                    options: .init { $0.environment = environment.merging(changes) { $1 } })
            }
            let wrong = try run(["EPP_PASSWORD": "wrong-pw"])
            #expect(wrong.status == .exited(1))
            #expect(wrong.errorText.hasSuffix("epp: login refused: Authentication error (2200)\n"))
            let short = try run(["EPP_PASSWORD": "short"])
            #expect(short.status == .exited(64))
            #expect(
                short.errorText.hasSuffix(
                    "epp: the password (EPP_PASSWORD) has 5 characters, but 6 to 16 are allowed\n"))
            let stranger = try run(["EPP_CA": ""])
            #expect(stranger.status == .exited(2) && stranger.errorText.contains("; no --ca given: "))
            let nobody = try run(["EPP_CERT": "", "EPP_KEY": ""])
            #expect(nobody.status == .exited(2) && nobody.errorText.contains("; no --cert and --key given: "))
            #expect([wrong, short, stranger, nobody].allSatisfy { !$0.errorText.contains("Hello") })
        }
    }

    @Test func `asks for a key's passphrase by its name`() throws {
        try withRegistry { _, environment in
            try withDirectory { directory in
                let key = "\(directory)/key", plain = try #require(environment["EPP_KEY"])
                let encryption = try Subprocess.run(
                    ["openssl", "pkcs8", "-topk8", "-in", plain, "-out", key, "-passout", "pass:open-sesame"],
                    timeout: .seconds(600))
                try #require(encryption.status == .exited(0))
                chmod(key, 0o600)
                func login(_ passphrase: String?) throws -> Subprocess.Result {
                    var set = environment
                    set["EPP_KEY"] = key
                    set["EPP_KEY_PASSPHRASE"] = passphrase
                    return try epp("login", environment: set)
                }
                #expect(try login("open-sesame").status == .exited(0))
                let none = try login(nil)
                #expect(none.status == .exited(64))
                #expect(
                    none.errorText == "epp: \(key) (EPP_KEY) is encrypted: set EPP_KEY_PASSPHRASE or write "
                        + "key-passphrase in a profile\n")
                #expect(
                    try login("wrong").errorText
                        == "epp: EPP_KEY_PASSPHRASE is not the passphrase of \(key) (EPP_KEY)\n")
            }
        }
    }

    @Test func `shows and writes every document, and no password`() throws {
        try withRegistry { registry, environment in
            try withDirectory { directory in
                let file = "\(directory)/trace"
                let arguments = ["--trace-file", file, "--trace", "info", "example.gov", "--auth-info", "2fooBAR"]
                let result = try Subprocess.run(
                    [eppProgram] + arguments, timeout: .seconds(600),
                    options: .init { $0.environment = environment.merging(["HOME": "/nowhere"]) { $1 } })
                // The authorization is wrong, as it is meant to be.
                #expect(result.status == .exited(1))
                let lines = result.errorText.split(separator: "\n")
                #expect(lines.map { $0.first } == ["<", ">", "<", ">", "<", "e"])
                #expect(lines[1].contains("<login>") && lines[1].contains("<pw>***</pw>"))
                #expect(lines[3].contains("<info>") && lines[3].contains("***"))
                let written = try String(
                    decoding: Subprocess.run(["cat", file], timeout: .seconds(600)).output, as: UTF8.self)
                #expect(
                    written.split(separator: "\n").map { $0.split(separator: " ")[1] } == ["<", ">", "<", ">", "<"])
                for text in [result.errorText, written] {
                    #expect(!text.contains(registry.password) && !text.contains("2fooBAR"))
                }
                var information = stat()
                #expect(stat(file, &information) == 0 && information.st_mode & 0o777 == 0o600)
                let load = try epp(
                    "load", "--trace-file", file, "--duration", "100ms", "--rate", "10", "--mix", "poll",
                    environment: environment)
                #expect(load.status == .exited(0))
                let all = try Subprocess.run(["cat", file], timeout: .seconds(600)).text
                #expect(all.hasPrefix(written) && all.contains("<poll op=\"req\"/>"))
            }
        }
    }

    @Test func `prints whole responses as XML`() throws {
        try withRegistry { _, environment in
            for (arguments, part) in [
                (["check", "free.gov"], "<domain:chkData"), (["hello"], "<greeting>"),
                (["login"], "<result code=\"1000\">"),
                (["poll"], "<result code=\"1300\">"), (["info", "nowhere.gov"], "<result code=\"2303\">"),
            ] {
                let result = try Subprocess.run(
                    [eppProgram, "--xml"] + arguments, timeout: .seconds(600),
                    options: .init { $0.environment = environment })
                #expect(result.text.hasPrefix("<?xml") && result.text.contains(part))
                #expect(result.text.filter { $0 == "\n" }.count == 1)
            }
        }
    }

    @Test func `runs a file of lines, XML among them, and shows the documents of the last`() throws {
        try withRegistry { _, environment in
            let xml =
                "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><poll op=\"req\"/><clTRID>xml-1</clTRID>"
                + "</command></epp>"
            try withFile("raw-command\n\(xml)\nraw-command\nraw-answer\n") { path in
                let refused = try epp("shell", path, environment: environment)
                #expect(refused.status == .exited(64) && refused.errorText.hasPrefix("epp: line 2: XML must be"))
                let result = try epp("shell", path, "--cleaned", environment: environment)
                #expect(result.status == .exited(0))
                let lines = result.text.split(separator: "\n")
                #expect(lines.count == 4 && lines[0] == "no command was sent" && lines[1].hasPrefix("1300 "))
                #expect(lines[2] == xml && lines[3].contains("<clTRID>xml-1</clTRID>"))
            }
            let none = try epp("shell", "/nowhere/lines", environment: environment)
            #expect(none.status == .exited(64))
            #expect(none.errorText == "epp: shell: /nowhere/lines: No such file or directory\n")
        }
    }

    @Test(arguments: ["greeting", "greetings", "login", "logins"])
    func `is a registry with faults on greetings and logins, in either number`(point: String) throws {
        let rule = try RegistryFaultRule(parsing: "2400,on=\(point)")
        #expect(rule.point == (point.hasPrefix("g") ? .greeting : .login))
        #expect(try epp("help", "serve").text.contains("on=greeting"))
    }
}
