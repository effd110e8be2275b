import EPPServer
import Gevent
import GeventTesting
import Glibc
import Testing

@testable import EPPTool

@Suite(.hub)
struct `At a terminal` {
    @Test func `a password is asked for and not shown`() throws {
        let terminal = try Pseudoterminal()
        let path = terminal.path
        let answer = Hub.current.threadPool.spawn { try PasswordPrompt.ask("Password", terminal: path) }
        try terminal.wait(for: "Password: ")
        #expect(!terminal.echoes)
        try terminal.type("wrong\u{15}secrex\u{7F}t\r")
        #expect(try answer.get(timeout: .seconds(600)) == "secret")
        #expect(terminal.echoes)
        try terminal.wait(for: "\r\n")
    }

    @Test(arguments: ["\u{3}", "\u{4}", "\r"]) func `nobody needs to answer`(key: String) throws {
        let terminal = try Pseudoterminal()
        let path = terminal.path
        let answer = Hub.current.threadPool.spawn { try PasswordPrompt.ask("Password", terminal: path) }
        try terminal.wait(for: "Password: ")
        try terminal.type(key)
        #expect(throws: UsageError.self) { try answer.get(timeout: .seconds(600)) }
        #expect(terminal.echoes)
    }

    @Test func `the shell completes, brings lines back and leaves the terminal as it was`() throws {
        try withRegistry { registry, environment in
            let terminal = try Pseudoterminal()
            let shell = try Subprocess(
                [eppProgram, "shell"], input: .descriptor(terminal.descriptor),
                output: .descriptor(terminal.descriptor), error: .descriptor(terminal.descriptor),
                options: .init { $0.environment = environment.merging(["TERM": "xterm"]) { $1 } })
            try terminal.wait(for: "epp> ")
            try terminal.type("che\t")
            try terminal.wait(for: "check ")
            try terminal.type("example.gov\r")
            try terminal.wait(for: "\u{1B}[31mtaken\u{1B}[0m")
            try terminal.wait(for: "epp> ")
            // The name that was used completes by now.
            try terminal.type("info exa\t\u{3}")
            try terminal.wait(for: "info example.gov")
            try terminal.wait(for: "^C")
            try terminal.type("\u{1B}[A\r")
            try terminal.wait(for: "taken")
            try terminal.wait(for: "epp> ")
            try terminal.type("domain \t")
            try terminal.wait(for: "check  create  delete  info  renew  restore  transfer  update")
            // Nobody answers: the command is given up, the shell is not.
            registry.inject(.hang, times: 1)
            try terminal.type("\u{15}info example.gov\r")
            while registry.statistics.faults == 0 { try sleep(for: .milliseconds(5)) }
            try shell.send(SIGINT)
            try terminal.wait(for: "epp: cancelled")
            try terminal.wait(for: "epp> ")
            try terminal.type("info example.gov\r")
            try terminal.wait(for: "1-GOV")
            try terminal.wait(for: "epp> ")
            try terminal.type("\u{4}")
            #expect(try shell.wait(timeout: .seconds(600)) == .exited(0))
            #expect(terminal.echoes)
            #expect(registry.statistics.logins == 2)
        }
    }
}
