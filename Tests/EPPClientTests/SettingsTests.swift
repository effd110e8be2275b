import EPPClient
import GeventTesting
import Testing

@Suite(.inTurn)
struct `Settings from the environment` {
    private let least = ["EPP_HOST": "epp.example.gov", "EPP_USER": "registrar", "EPP_PASSWORD": "s3cr3t-pw"]

    @Test func `have epplibwrapper's defaults`() throws {
        let settings = try RegistryClient.Settings(environment: least)
        #expect(settings.host == "epp.example.gov")
        #expect(settings.port == 700)
        #expect(settings.clientID == "registrar")
        #expect(settings.password == "s3cr3t-pw")
        #expect(settings.poolSize == 1)
        #expect(settings.borrowTimeout == .seconds(10))
        #expect(settings.idlePing == .seconds(60))
        #expect(settings.heartbeatInterval == .seconds(30))
        #expect(settings.connectionTimeout == .seconds(5))
        #expect(settings.attempts == 4)
        #expect(settings.retryInterval == .milliseconds(50))
    }

    @Test func `are read from the variables`() throws {
        let settings = try RegistryClient.Settings(
            environment: least.merging([
                "EPP_PORT": "7000", "EPP_CONNECTION_POOL_SIZE": "7", "EPP_POOL_BORROW_TIMEOUT": "2.5",
                "EPP_POOL_IDLE_PING_SECONDS": "0", "EPP_POOL_HEARTBEAT_INTERVAL": "90", "EPP_CONNECTION_TIMEOUT": "1",
            ]) { $1 })
        #expect(settings.port == 7000)
        #expect(settings.poolSize == 7)
        #expect(settings.borrowTimeout == .milliseconds(2500))
        #expect(settings.idlePing == nil)
        #expect(settings.heartbeatInterval == .seconds(90))
        #expect(settings.connectionTimeout == .seconds(1))
    }

    @Test(arguments: [
        ("EPP_PORT", "0"), ("EPP_PORT", "epp"), ("EPP_PORT", "70000"), ("EPP_CONNECTION_POOL_SIZE", "0"),
        ("EPP_CONNECTION_POOL_SIZE", "-1"), ("EPP_CONNECTION_POOL_SIZE", "1.5"), ("EPP_POOL_BORROW_TIMEOUT", "-1"),
        ("EPP_POOL_BORROW_TIMEOUT", "soon"), ("EPP_POOL_BORROW_TIMEOUT", "nan"), ("EPP_CONNECTION_TIMEOUT", "0"),
        ("EPP_CONNECTION_TIMEOUT", "inf"), ("EPP_POOL_HEARTBEAT_INTERVAL", "1e9"), ("EPP_POOL_IDLE_PING_SECONDS", "x"),
    ]) func `that cannot be are refused by the variable's name`(variable: String, value: String) throws {
        let error = try #require(throws: SettingsError.self) {
            try RegistryClient.Settings(environment: least.merging([variable: value]) { $1 })
        }
        #expect(error.variable == variable)
        #expect(error.description.contains(variable) && error.description.contains(value))
    }

    @Test(arguments: ["EPP_HOST", "EPP_USER", "EPP_PASSWORD"]) func `that are missing are named`(variable: String)
        throws
    {
        for environment in [least.filter { $0.key != variable }, least.merging([variable: ""]) { $1 }] {
            let error = try #require(throws: SettingsError.self) {
                try RegistryClient.Settings(environment: environment)
            }
            #expect(error.description == "\(variable) is not set")
        }
    }

    @Test func `do not print the password`() throws {
        let settings = try RegistryClient.Settings(environment: least)
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!"\(settings)".contains("s3cr3t"))
        #expect(!String(reflecting: settings).contains("s3cr3t"))
        #expect(!dumped.contains("s3cr3t"))
    }
}
