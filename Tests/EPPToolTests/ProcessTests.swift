import EPPServer
import Gevent
import GeventTesting
import Glibc
import Testing

/// The command that is built beside these tests.
let eppProgram: String = {
    // The tests' bundle is mapped: its path is all that follows the first slash of its line.
    guard let maps = fopen("/proc/self/maps", "r") else { return "epp" }
    defer { fclose(maps) }
    var line = [CChar](repeating: 0, count: 4_096)
    while fgets(&line, 4_096, maps) != nil {
        let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasSuffix(".xctest"), let slash = text.firstIndex(of: "/") else { continue }
        return text[slash...].split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/") + "/epp"
    }
    return "epp"
}()

/// Runs the command with an environment of its own.
func epp(_ arguments: String..., environment: [String: String] = [:], input: String? = nil) throws -> Subprocess.Result
{
    try Subprocess.run(
        [eppProgram] + arguments, input: input.map { Array($0.utf8) }, timeout: .seconds(600),
        options: .init { $0.environment = environment.merging(["HOME": "/nowhere"]) { mine, _ in mine } })
}

/// Runs a closure with a registry and the environment that leads to it.
func withRegistry(_ body: (EmbeddedRegistry, [String: String]) throws -> Void) throws {
    try withDirectory { directory in
        let pki = try RegistryPKI(directory: directory)
        let registry = try EmbeddedRegistry(pki: pki)
        defer { registry.stop() }
        try body(
            registry,
            [
                "EPP_HOST": "localhost", "EPP_PORT": "\(registry.port)", "EPP_USER": registry.clientID,
                "EPP_PASSWORD": registry.password, "EPP_CA": "\(directory)/ca.pem",
                "EPP_CERT": "\(directory)/client.pem", "EPP_KEY": "\(directory)/client.key",
                "EPP_CONNECTION_TIMEOUT": "600", "EPP_POOL_BORROW_TIMEOUT": "600",
            ])
    }
}

@Suite(.hub)
struct `The epp program` {
    @Test func `talks to a registry and says so with exit status 0`() throws {
        try withRegistry { registry, environment in
            let check = try epp("check", "example.gov", "free.gov", environment: environment)
            #expect(check.text == "example.gov  taken  In use\nfree.gov     available\n")
            #expect(check.status == .exited(0) && check.errorText.isEmpty)
            let info = try epp("info", "example.gov", "--json", environment: environment)
            #expect(info.text.hasPrefix(#"{"command":"InfoDomain","ok":true,"code":1000,"#))
            #expect(info.text.filter { $0 == "\n" }.count == 1)
            #expect(try epp("hello", environment: environment).text.contains("server      "))
            #expect(try epp("login", environment: environment).text.hasPrefix("1000 "))
            #expect(registry.statistics.logins == 3)
        }
    }

    @Test func `takes flags before the environment, and a profile where neither says anything`() throws {
        try withRegistry { registry, environment in
            try withFile("[ote]\nuser = \(registry.clientID)\npassword = \(registry.password)\n") { path in
                var rest = environment
                rest["EPP_PASSWORD"] = nil
                rest["EPP_USER"] = nil
                rest["EPP_PORT"] = "1"
                let result = try epp(
                    "login", "--port", "\(registry.port)", "--profile", "ote", "--profiles", path, environment: rest)
                #expect(result.status == .exited(0) && result.text.hasPrefix("1000 "))
                #expect(result.errorText.isEmpty)
            }
        }
    }

    @Test func `reads the password from standard input`() throws {
        try withRegistry { registry, environment in
            let rest = environment.filter { $0.key != "EPP_PASSWORD" }
            let result = try epp(
                "login", "--password-file", "-", environment: rest, input: registry.password + "\n")
            #expect(result.status == .exited(0))
        }
    }

    @Test func `ends with 1 where the registry refuses, and tells why in JSON too`() throws {
        try withRegistry { _, environment in
            let info = try epp("info", "nowhere.gov", "--json", environment: environment)
            #expect(info.status == .exited(1))
            #expect(info.errorText.hasPrefix("epp: ") && info.errorText.contains("2303"))
            #expect(info.text.hasPrefix(#"{"command":"InfoDomain","ok":false,"code":2303,"#))
            #expect(info.text.hasSuffix("\"exit\":1}\n"))
            let login = try epp("login", environment: environment.merging(["EPP_PASSWORD": "wrong-pw"]) { $1 })
            #expect(login.status == .exited(1) && login.errorText.contains("2200"))
            #expect(!login.errorText.contains("wrong-pw"))
        }
    }

    @Test func `ends with 2 where there is no registry`() throws {
        let socket = try Socket.listen(on: .loopback(port: 0))
        let port = try socket.localAddress.port ?? 0
        socket.close()
        let result = try epp("hello", "--host", "127.0.0.1", "--port", "\(port)", "--json")
        #expect(result.status == .exited(2) && result.errorText.hasPrefix("epp: "))
        #expect(result.text.contains(#""ok":false,"code":null"#))
    }

    @Test func `ends with 64 where it is used or set wrongly`() throws {
        #expect(try epp("hello").status == .exited(64))
        #expect(try epp("check").status == .exited(64))
        #expect(try epp("shoe").status == .exited(64))
        let port = try epp("hello", "--host", "h", environment: ["EPP_PORT": "x"])
        #expect(port.status == .exited(64))
        #expect(port.errorText == "epp: EPP_PORT is \"x\", not a number from 1 to 65535\n")
        #expect(try epp("hello", "--host", "h", "--ca", "/nowhere/ca.pem").status == .exited(64))
    }

    @Test func `documents its exit statuses`() throws {
        let help = try epp("--help")
        for word in ["0 success", "1 the registry refused", "2 the connection", "64 wrong usage", "70 a fault"] {
            #expect(help.text.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(word))
        }
    }

    @Test func `sends XML as it stands, once it is said to be sanitised`() throws {
        try withRegistry { _, environment in
            let xml = """
                <epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><check><domain:check \
                xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:name>free.gov</domain:name></domain:check>\
                </check><clTRID>raw-1</clTRID></command></epp>
                """
            let result = try epp("raw", "-", "--cleaned", environment: environment, input: xml)
            #expect(result.status == .exited(0))
            #expect(result.text.contains("free.gov</domain:name>") && result.text.hasPrefix("1000 "))
            #expect(try epp("raw", "-", environment: environment, input: xml).status == .exited(64))
            #expect(try epp("raw", "-", "--cleaned", environment: environment, input: "<x/>").status == .exited(64))
        }
    }

    @Test func `runs the lines of a file in one session, and ends with the first failure's status`() throws {
        try withRegistry { registry, environment in
            let lines = "# a comment\ncheck example.gov free.gov\ninfo nowhere.gov\ncheck free.gov --json\n"
            let result = try epp("shell", environment: environment, input: lines)
            #expect(result.status == .exited(1))
            #expect(result.errorText.hasPrefix("epp: line 3: ") && result.errorText.contains("2303"))
            #expect(result.text.hasPrefix("example.gov  taken  In use\nfree.gov     available\n{\"command\""))
            #expect(registry.statistics.logins == 1 && registry.statistics.logouts == 1)
            let halted = try epp("shell", "--halt", environment: environment, input: "shoe\ncheck free.gov\n")
            #expect(halted.status == .exited(64) && halted.text.isEmpty)
            let good = try epp("shell", environment: environment, input: "check free.gov")
            #expect(good.status == .exited(0) && good.text == "free.gov  available\n")
        }
    }

    @Test func `carries a domain through its life, with all that belongs to it`() throws {
        try withRegistry { registry, environment in
            let password = environment["EPP_PASSWORD"] ?? ""
            try withFile("2fooBAR-auth\n") { auth in
                let script = """
                    contact check abc-1
                    contact create abc-1 --name 'Jo Doe' --street '1 Main St' --city Dulles --cc US --email jo@example.gov \
                    --voice +1.7035555555 --auth-info-file \(auth)
                    contact update abc-1 --org Example --add-status clientUpdateProhibited
                    contact info abc-1
                    domain create life.gov --period 2y --registrant abc-1 --contact admin=abc-1 --contact tech=abc-1 \
                    --auth-info-file \(auth)
                    host create ns1.life.gov --addr 192.0.2.1
                    domain update life.gov --add-ns ns1.life.gov --add-status clientTransferProhibited
                    host info ns1.life.gov
                    host update ns1.life.gov --add-addr 2001:db8::1
                    info life.gov
                    domain update life.gov --remove-ns ns1.life.gov
                    host delete ns1.life.gov
                    transfer query example.gov
                    poll
                    domain delete life.gov
                    """
                let result = try epp("shell", environment: environment, input: script)
                // The query alone is refused: nobody has asked for a transfer.
                #expect(result.errorText.hasPrefix("epp: line 13: ") && result.errorText.contains("2301"))
                #expect(result.errorText.filter { $0 == "\n" }.count == 1)
                for line in [
                    "abc-1  available", "org         Example", "registrant  abc-1", "nameserver  ns1.life.gov",
                    "address     192.0.2.1", "1300 ",
                ] {
                    #expect(result.text.contains(line))
                }
                #expect(!result.text.contains("2fooBAR-auth") && !result.text.contains(password))
            }
        }
    }

    @Test func `measures a load on a registry of its own`() throws {
        let result = try epp(
            "load", "--rate", "200", "--duration", "500ms", "--callers", "4", "--pool", "2", "--mix",
            "check=2,info,create,delete", "--fault", "result=2400,on=info,times=3", "--json")
        #expect(result.text.hasPrefix(#"{"command":"load","ok":"#) && result.text.filter { $0 == "\n" }.count == 1)
        #expect(result.text.contains(#""sent":100,"#) && result.text.contains(#""repeated":3,"#))
        #expect(result.status == .exited(result.text.contains(#""ok":true"#) ? 0 : 1))
    }

    @Test func `measures a load on a registry that it is given, with names to ask about`() throws {
        try withRegistry { registry, environment in
            #expect(try epp("load", environment: environment).status == .exited(64))
            let change = try epp("load", "--mix", "create", "--zone", "gov", environment: environment)
            #expect(change.status == .exited(64) && change.errorText.contains("--allow-changes"))
            let result = try epp(
                "load", "--rate", "100", "--duration", "300ms", "--pool", "2", "--zone", "gov", "--info-name",
                "example.gov", environment: environment)
            #expect(result.status == .exited(0))
            #expect(result.text.contains("30 sent in ") && result.text.contains("30 succeeded, 0 failed"))
            #expect(registry.statistics.logins == 2)
        }
    }

    @Test func `is a registry with faults`() throws {
        try withDirectory { directory in
            let server = try Subprocess(
                [
                    eppProgram, "serve", "--port", "0", "--pki", directory + "/pki", "--domains", "1", "--fault",
                    "result=2400,on=check,times=1", "--fault", "close,on=info", "--message", "Hello there",
                    "--registrar", "another", "--domain", "more.gov", "--names-per-check", "2",
                ], output: .pipe,
                options: .init { $0.environment = ["EPP_USER": "registrar", "EPP_PASSWORD": "secret-1"] })
            let output = try #require(server.standardOutput)
            output.timeout = .seconds(600)
            let line = try #require(try output.receiveLine())
            #expect(line.hasPrefix("listening on 127.0.0.1:"))
            let environment = [
                "EPP_HOST": "localhost", "EPP_PORT": String(line.split(separator: ":").last ?? ""),
                "EPP_USER": "registrar", "EPP_PASSWORD": "secret-1", "EPP_CA": "\(directory)/pki/ca.pem",
                "EPP_CERT": "\(directory)/pki/client.pem", "EPP_KEY": "\(directory)/pki/client.key",
                "EPP_CONNECTION_TIMEOUT": "600", "EPP_POOL_BORROW_TIMEOUT": "600",
            ]
            let first = try epp("check", "taken-1.gov", "taken-2.gov", environment: environment)
            #expect(first.status == .exited(1) && first.errorText.contains("2400"))
            let second = try epp("check", "taken-1.gov", "taken-2.gov", environment: environment)
            #expect(second.text == "taken-1.gov  taken  In use\ntaken-2.gov  available\n")
            #expect(try epp("info", "taken-1.gov", environment: environment).status == .exited(2))
            #expect(try epp("poll", environment: environment).text.contains("message     Hello there"))
            let many = try epp("check", "a.gov", "b.gov", "more.gov", environment: environment)
            #expect(many.status == .exited(1) && many.errorText.contains("2306"))
            let stranger = environment.merging(["EPP_USER": "another"]) { $1 }
            #expect(try epp("check", "more.gov", environment: stranger).text.hasPrefix("more.gov  taken"))
            try server.terminate()
            #expect(try server.wait(timeout: .seconds(600)) == .exited(0))
            let wrong = try epp("serve", "--port", "0", "--pki", directory, "--fault", "shoe")
            #expect(wrong.status == .exited(64) && wrong.errorText.contains("--fault"))
        }
    }
}
