import EPPServer
import Gevent
import GeventTesting
import Glibc
import Testing

@testable import EPPTool

@Suite(.hub)
struct `A registry of the tool's` {
    @Test(arguments: RegistryPersonality.all.map(\.name))
    func `is any registry that is known, and talks to it`(name: String) throws {
        try withDirectory { directory in
            let server = try Subprocess(
                [eppProgram, "serve", "--port", "0", "--pki", directory + "/pki", "--like", name, "--message", "Hi"],
                output: .pipe,
                options: .init { $0.environment = ["EPP_USER": "registrar", "EPP_PASSWORD": "secret-1"] })
            let output = try #require(server.standardOutput)
            output.timeout = .seconds(600)
            let line = try #require(try output.receiveLine())
            var environment = [
                "EPP_HOST": "localhost", "EPP_PORT": String(line.split(separator: ":").last ?? ""),
                "EPP_USER": "registrar", "EPP_PASSWORD": "secret-1", "EPP_CA": "\(directory)/pki/ca.pem",
                "EPP_CERT": "\(directory)/pki/client.pem", "EPP_KEY": "\(directory)/pki/client.key",
                "EPP_CONNECTION_TIMEOUT": "600", "EPP_POOL_BORROW_TIMEOUT": "600",
            ]
            if ["ee", "pl", "ru"].contains(name) {
                let error = try epp("check", "free.gov", environment: environment).errorText
                #expect(error.contains("give --registry \(name) (EPP_REGISTRY)"))
            }
            if Connection.registryNames.contains(name) { environment["EPP_REGISTRY"] = name }
            if name == "verisign" { environment["EPP_NAMESTORE"] = "dotCOM" }
            let script =
                "check example.gov free.gov\ninfo example.gov\ninfo nowhere.gov --json\npoll\n"
                + "domain create free.gov --auth-info secret-22\n"
            let result = try epp("shell", environment: environment, input: script)
            #expect(result.errorText.hasPrefix("epp: line 3: Object does not exist (2303)"))
            #expect(result.errorText.filter { $0 == "\n" }.count == 1 && result.status == .exited(1))
            #expect(
                result.text.hasPrefix(
                    "example.gov  taken  In use\nfree.gov     \(name == "lu" ? "not told" : "available")\n"))
            for part in [
                "registrant  registrant-1\n", #""code":2303,"#, "message     Hi\n", "1000 Command completed",
                "expires     ",
            ] {
                #expect(result.text.contains(part))
            }
            #expect(try epp("check", "free.gov", environment: environment).status == .exited(0))
            try server.terminate()
            #expect(try server.wait(timeout: .seconds(600)) == .exited(0))
        }
    }

    @Test func `is no registry that is not known`() throws {
        let result = try epp("serve", "--port", "0", "--pki", "/nowhere", "--like", "nominte")
        #expect(result.status == .exited(64) && result.errorText.contains("did you mean nominet?"))
    }

    @Test func `has a launch, in which the tool takes part`() throws {
        try withDirectory { directory in
            let server = try Subprocess(
                [
                    eppProgram, "serve", "--port", "0", "--pki", directory + "/pki", "--launch", "claims", "--claimed",
                    "brand.gov",
                ], output: .pipe,
                options: .init { $0.environment = ["EPP_USER": "registrar", "EPP_PASSWORD": "secret-1"] })
            let output = try #require(server.standardOutput)
            output.timeout = .seconds(600)
            let line = try #require(try output.receiveLine())
            let environment = [
                "EPP_HOST": "localhost", "EPP_PORT": String(line.split(separator: ":").last ?? ""),
                "EPP_USER": "registrar", "EPP_PASSWORD": "secret-1", "EPP_CA": "\(directory)/pki/ca.pem",
                "EPP_CERT": "\(directory)/pki/client.pem", "EPP_KEY": "\(directory)/pki/client.key",
                "EPP_CONNECTION_TIMEOUT": "600", "EPP_AUTH_INFO": "secret-22",
            ]
            let check = try epp("check", "brand.gov", "free.gov", "--launch", "claims", environment: environment)
            #expect(check.text == "brand.gov  claimed claim-1\nfree.gov   no claims\n")
            let create = ["domain", "create", "brand.gov", "--launch", "claims"]
            func run(_ arguments: [String]) throws -> Subprocess.Result {
                try Subprocess.run(
                    [eppProgram] + create + arguments, timeout: .seconds(600),
                    options: .init { $0.environment = environment })
            }
            #expect(try run([]).status == .exited(1))
            let notice = ["--notice", "claim-1 2099-03-01T00:00:00Z 2026-02-01T00:00:00Z"]
            #expect(try run(notice).text.hasPrefix("1000 "))
            try server.terminate()
            #expect(try server.wait(timeout: .seconds(600)) == .exited(0))
        }
    }
}
