import Gevent

@testable import GeventTLS

/// Certificates that the tests share: making them takes longer than most tests.
enum Certificates {
    static let authority = made { try CertificateAuthority() }
    static let otherAuthority = made { try CertificateAuthority(name: "Other Authority") }
    static let server = made { try authority.issueServer() }
    static let client = made { try authority.issueClient() }

    static func serverContext(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> TLSContext {
        var configuration = TLSConfiguration()
        configuration.credential = server.credential
        configuration.trust = authority.trust
        change(&configuration)
        return try TLSContext(configuration)
    }

    static func clientContext(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> TLSContext {
        var configuration = TLSConfiguration()
        configuration.trust = authority.trust
        change(&configuration)
        return try TLSContext(configuration)
    }

    private static func made<Value>(_ make: () throws -> Value) -> Value {
        do { return try make() } catch { fatalError("the tests' certificates cannot be made: \(error)") }
    }
}

extension TLSConfiguration {
    /// Only this version.
    mutating func only(_ version: TLSVersion) {
        minimumVersion = version
        maximumVersion = version
    }
}

let bothVersions: [TLSVersion] = [.v1_2, .v1_3]
