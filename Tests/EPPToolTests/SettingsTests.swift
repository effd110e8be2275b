import EPP
import EPPClient
import Gevent
import GeventTesting
import Glibc
import Testing

@testable import EPPTool

@Suite(.hub)
struct `Settings of the tool` {
    private let profile: Profile?

    init() throws {
        profile = try ProfileFile(
            """
            # Two of them.
            [ote]
            host = ote.example
              port=7001
            user = "me1"
            password = profile-pw

            [other]
            host = other.example
            """, path: "p.ini")["ote"]
    }

    private func sources(_ flags: [Setting: String] = [:], _ environment: [String: String] = [:]) -> SettingSources {
        SettingSources(flags: flags, environment: { environment[$0] }, profile: profile)
    }

    @Test func `come from flags, then the environment, then the profile`() {
        #expect(sources().value(.host) == "ote.example")
        #expect(sources([:], ["EPP_HOST": "env.example"]).value(.host) == "env.example")
        #expect(sources([.host: "flag.example"], ["EPP_HOST": "env.example"]).value(.host) == "flag.example")
        #expect(sources([:], ["EPP_HOST": ""]).value(.host) == "ote.example")
    }

    @Test func `make the client's, with what each of them says`() throws {
        let environment = ["EPP_CONNECTION_POOL_SIZE": "7", "EPP_POOL_HEARTBEAT_INTERVAL": "0"]
        let connection = try Connection(sources([.timeout: "1.5"], environment)) { _ in nil }
        #expect(connection.settings.host == "ote.example" && connection.settings.port == 7001)
        #expect(connection.settings.clientID == "me1" && connection.settings.password == "profile-pw")
        #expect(connection.settings.poolSize == 7 && connection.settings.heartbeatInterval == nil)
        #expect(connection.settings.connectionTimeout == .milliseconds(1500))
        #expect(try Connection(sources([.registry: "nominet"])).settings.profile == .nominet)
    }

    @Test(
        arguments: [
            ([.port: "x"], [:], "--port is \"x\", not a number from 1 to 65535"),
            ([:], ["EPP_PORT": "0"], "EPP_PORT is \"0\", not a number from 1 to 65535"),
            ([.timeout: "0"], [:], "--timeout is \"0\", not a time above 0, up to a day, such as 5, 500ms or 2m"),
            ([:], ["EPP_POOL_BORROW_TIMEOUT": "2d"], "EPP_POOL_BORROW_TIMEOUT is \"2d\", not a time from 0 to a day"),
            ([.user: "ab"], [:], "the user (--user) has 2 characters, not 3 to 16"),
            ([.ca: "/nowhere/ca"], [:], "--ca: /nowhere/ca: No such file or directory"),
            ([:], ["EPP_CERT": "/nowhere/c", "EPP_KEY": "k"], "EPP_CERT: /nowhere/c: No such file or directory"),
            ([:], ["EPP_CONNECTION_POOL_SIZE": "no"], "EPP_CONNECTION_POOL_SIZE is \"no\""),
            ([.cert: "c.pem"], [:], "--key (EPP_KEY)"),
            ([.ciphers: "best"], [:], "--ciphers is \"best\", neither modern nor legacy"),
            (
                [:], ["EPP_REGISTRY": "x"],
                "EPP_REGISTRY is \"x\", none of co, ee, eu, fi, gov, lv, no, nominet, pl, ru, sidn, verisign"
            ),
        ] as [([Setting: String], [String: String], String)])
    func `that cannot be are refused by the name of who said so`(
        flags: [Setting: String], environment: [String: String], message: String
    ) throws {
        let error = try #require(throws: UsageError.self) { _ = try Connection(sources(flags, environment)) }
        #expect(error.description.contains(message) && ExitStatus(error) == .usage)
    }

    @Test(
        arguments: [
            ("5", 5000), ("5s", 5000), ("500ms", 500), ("1.5", 1500), ("2m", 120_000), ("1h", 3_600_000),
        ])
    func `of time are seconds, or have a unit, wherever they stand`(text: String, milliseconds: Int) throws {
        let profile = try ProfileFile(
            "[x]\nhost = h\nuser = me1\npassword = secret-1\nheartbeat = \(text)", path: "p.ini")["x"]
        let environment = ["EPP_POOL_IDLE_PING_SECONDS": text]
        let sources = SettingSources(flags: [.timeout: text], environment: { environment[$0] }, profile: profile)
        let settings = try Connection(sources).settings
        #expect(settings.connectionTimeout == .milliseconds(milliseconds))
        #expect(settings.heartbeatInterval == .milliseconds(milliseconds))
        #expect(settings.idlePing == .milliseconds(milliseconds))
    }

    @Test func `that are paths know the home directory, and in a profile begin where its file is`() throws {
        let profile = try ProfileFile(
            "[x]\nca = ca.pem\ncert = ~/cert.pem\nkey = /etc/key.pem\npassword-file = -\nuser = ~/me",
            path: "/etc/epp/profiles")["x"]
        let environment = ["HOME": "/home/me", "EPP_TRACE_FILE": "~/trace"]
        var sources = SettingSources(environment: { environment[$0] }, profile: profile)
        #expect(sources.value(.ca) == "/etc/epp/ca.pem" && sources.value(.cert) == "/home/me/cert.pem")
        #expect(sources.value(.key) == "/etc/key.pem" && sources.value(.passwordFile) == "-")
        #expect(sources.value(.traceFile) == "/home/me/trace" && sources.value(.user) == "~/me")
        sources.flags = [.ca: "here.pem", .cert: "~/there.pem"]
        #expect(sources.value(.ca) == "here.pem" && sources.value(.cert) == "/home/me/there.pem")
    }

    @Test func `name a password that the protocol cannot carry by who said it`() throws {
        try withFile("short\n") { path in
            for (flags, environment, origin) in [
                ([:], ["EPP_PASSWORD": "short"], "EPP_PASSWORD"),
                ([.passwordFile: path], [:], "--password-file: \(path)"),
            ] as [([Setting: String], [String: String], String)] {
                let connection = try Connection(
                    SettingSources(
                        flags: flags.merging([.host: "h", .user: "me1"]) { $1 }, environment: { environment[$0] }))
                let error = connection.named(InvalidValue(field: "pw", reason: "has 5 characters"))
                #expect(error?.description == "the password (\(origin)) has 5 characters")
            }
        }
    }

    @Test func `that cannot be in a profile are refused with file and line`() throws {
        let profile = try ProfileFile("[x]\nhost = h\nuser = me1\nport = many", path: "p.ini")["x"]
        let error = try #require(throws: UsageError.self) {
            _ = try Connection(SettingSources(environment: { _ in nil }, profile: profile))
        }
        #expect(error.description == "port (p.ini:4) is \"many\", not a number from 1 to 65535")
    }

    @Test func `that are missing are named with every way to set them`() throws {
        let empty = SettingSources(environment: { _ in nil })
        var error = try #require(throws: UsageError.self) { _ = try Connection(empty) }
        #expect(error.description == "no registry: give --host, set EPP_HOST or write host in a profile")
        let host = SettingSources(flags: [.host: "h"], environment: { _ in nil })
        error = try #require(throws: UsageError.self) { _ = try Connection(host) }
        #expect(error.description.contains("--user") && error.description.contains("EPP_USER"))
        let user = SettingSources(flags: [.host: "h", .user: "me1"], environment: { _ in nil })
        error = try #require(throws: UsageError.self) { _ = try Connection(user) { _ in nil } }
        #expect(error.description.contains("EPP_PASSWORD"))
        #expect(try Connection(host, needsLogin: false).settings.host == "h")
    }

    private func password(_ sources: SettingSources, asked: String?) throws -> String {
        try sources.password(prompt: { asked }).value
    }

    @Test func `have the password of the first source that has one, a file included`() throws {
        try withFile("file-pw\nnot this\n") { path throws in
            #expect(try password(sources([.passwordFile: path], ["EPP_PASSWORD": "env-pw"]), asked: nil) == "file-pw")
            #expect(try password(sources([:], ["EPP_PASSWORD": "env-pw"]), asked: nil) == "env-pw")
            #expect(try password(sources([:], ["EPP_PASSWORD_FILE": path]), asked: nil) == "file-pw")
            #expect(try password(sources(), asked: nil) == "profile-pw")
            let none = SettingSources(environment: { _ in nil })
            #expect(try password(none, asked: "asked-pw") == "asked-pw")
        }
        try withFile("\n") { path throws in
            let error = try #require(throws: UsageError.self) { try sources([.passwordFile: path]).password { nil } }
            #expect(error.description == "--password-file: \(path) begins with an empty line")
        }
    }

    @Test(arguments: [
        ("host = h", "p.ini:1 sets host before any [profile]"), ("[a]\n[a]", "p.ini:2 has the profile a once more"),
        ("[a]\nshoe = 1", "p.ini:2 sets shoe, which is none of host, port"), ("[a]\nhost", "p.ini:2 is neither"),
        ("[a]\nhost =", "p.ini:2 sets host to nothing"), ("[a]\nhost=1\nhost=2", "p.ini:3 sets host once more"),
        ("[]", "p.ini:1 is no profile's name"), ("[a", "p.ini:1 is no profile's name"),
    ]) func `in a file that is wrong are refused with its line`(text: String, message: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try ProfileFile(text, path: "p.ini") }
        #expect(error.description.hasPrefix(message))
    }

    @Test func `come from the profile that is asked for, else from the one called default`() throws {
        try withFile("[default]\nhost = d\n[ote]\nhost = o\n") { path in
            func choose(_ name: String?, _ environment: [String: String] = [:]) throws -> String? {
                try ProfileFile.choose(name: name, path: path, environment: { environment[$0] }, warn: { _ in })?
                    .entries[.host]?.value
            }
            #expect(try choose(nil) == "d")
            #expect(try choose("ote") == "o")
            #expect(try choose(nil, ["EPP_PROFILE": "ote"]) == "o")
            let error = try #require(throws: UsageError.self) { _ = try choose("prod") }
            #expect(error.description == "\(path) has no profile prod; it has default, ote")
            #expect(
                try ProfileFile.choose(
                    name: nil, path: nil, environment: { ["HOME": "/nowhere"][$0] }, warn: { _ in }) == nil)
            #expect(throws: UsageError.self) {
                try ProfileFile.choose(name: "x", path: nil, environment: { ["HOME": "/nowhere"][$0] })
            }
        }
    }

    @Test func `warn of a secret in a file that others can read`() throws {
        try withFile("[default]\npassword = pw\n[plain]\nhost = h\n") { path in
            var warnings: [String] = []
            func choose(_ name: String) throws {
                _ = try ProfileFile.choose(name: name, path: path, environment: { _ in nil }) { warnings.append($0) }
            }
            try choose("default")
            #expect(warnings.isEmpty)
            chmod(path, 0o644)
            try choose("plain")
            #expect(warnings.isEmpty)
            try choose("default")
            #expect(warnings.count == 1 && warnings[0].contains(path) && warnings[0].contains("chmod 600"))
        }
    }

    @Test func `warn of every file with a secret that others can read, behind a link too`() throws {
        try withFile("the-secret\n") { path throws in
            var warnings: [String] = []
            func count(_ path: String, mode: mode_t) throws -> Int {
                warnings = []
                chmod(path, mode)
                #expect(try SecretFile.firstLine(of: path, what: "x") { warnings.append($0) } == "the-secret")
                return warnings.count
            }
            #expect(try count(path, mode: 0o600) == 0)
            for mode: mode_t in [0o644, 0o640, 0o604, 0o620, 0o602, 0o610] {
                #expect(try count(path, mode: mode) == 1)
            }
            let link = path + "-link"
            symlink(path, link)
            #expect(try count(link, mode: 0o600) == 0)
            #expect(try count(link, mode: 0o644) == 1)
            #expect(warnings[0].contains(link) && warnings[0].contains("chmod 600"))
        }
    }

    @Test func `ask only for extensions that the registry offers`() throws {
        let asked = SettingSources(
            flags: [.host: "h", .user: "me1", .extensions: "urn:x"], environment: { ["EPP_PASSWORD": "secret-1"][$0] })
        let connection = try Connection(asked)
        var greeting = Greeting(serverID: "test", objectURIs: ["urn:o"], extensionURIs: ["urn:x", "urn:y"])
        greeting.extensionURIs += Connection.knownExtensions
        try connection.check(greeting)
        #expect(connection.settings.extensionURIs == ["urn:x"] + Connection.knownExtensions)
        greeting.extensionURIs = ["urn:y"]
        let error = try #require(throws: UsageError.self) { try connection.check(greeting) }
        #expect(error.description == "--extension: the registry does not offer urn:x")
        let spoken = SettingSources(
            flags: [.host: "h", .user: "me1", .language: "fr"], environment: { ["EPP_PASSWORD": "secret-1"][$0] })
        #expect(try Connection(spoken).settings.language == "fr")
        greeting.languages = ["en", "et"]
        let language = try #require(throws: UsageError.self) { try Connection(spoken).check(greeting) }
        #expect(language.description == "--lang is \"fr\", which the registry does not speak; it speaks en, et")
    }
}
