internal import COpenSSL

/// A certificate authority of one's own, for demos, development and tests: it makes the certificates that both sides of
/// a mutual TLS connection show each other.
///
/// A value: it holds its certificate and key as PEM and takes them apart again for each certificate that it issues.
package struct CertificateAuthority: Sendable {
    /// Which keys to make. Elliptic curves are much faster to make and to use; RSA is what most registries have, and
    /// what a figure about handshakes should be measured with.
    package enum KeyKind: Sendable, CaseIterable {
        case ecP256
        case rsa2048
    }

    /// From when until when a certificate is valid, counted from now.
    package struct Validity: Sendable {
        package var from: Duration
        package var until: Duration

        package init(from: Duration, until: Duration) {
            self.from = from
            self.until = until
        }

        /// Since yesterday, for clocks that differ, and for a year.
        package static let current = Validity(from: .days(-1), until: .days(365))
        /// Until yesterday.
        package static let expired = Validity(from: .days(-30), until: .days(-1))
        /// From tomorrow on.
        package static let future = Validity(from: .days(1), until: .days(30))
    }

    /// What an issued certificate may be used for.
    package enum Purpose: Sendable {
        /// For servers; a name is a DNS name or an IP address.
        case server(names: [String])
        case client
        /// To issue others with, in between this authority and them.
        case intermediate
    }

    /// The authority's own certificate, PEM.
    package let certificate: [UInt8]
    /// The authority's private key, PEM, not encrypted.
    package let key: [UInt8]
    private let keyKind: KeyKind

    /// Makes an authority.
    package init(name: String = "Test Authority", keyKind: KeyKind = .ecP256) throws {
        OpenSSL.start()
        let pair = try KeyPair(keyKind)
        let builder = try CertificateBuilder(subject: name, key: pair, validity: .current)
        try builder.setAuthority(isRoot: true)
        try builder.sign(issuer: builder.certificate, key: pair)
        certificate = try builder.pem()
        key = try pair.pem(passphrase: nil)
        self.keyKind = keyKind
    }

    /// An authority made earlier.
    package init(certificate: [UInt8], key: [UInt8], keyKind: KeyKind = .ecP256) {
        OpenSSL.start()
        self.certificate = certificate
        self.key = key
        self.keyKind = keyKind
    }

    /// What a TLS configuration needs to trust this authority.
    package var trust: TLSTrust { .pem(certificate) }

    /// Issues a certificate with a new key.
    ///
    /// - Parameters:
    ///   - name: Its common name.
    ///   - passphrase: Encrypts the key (PKCS #8, AES-256); nil leaves it in the clear.
    package func issue(
        _ purpose: Purpose, name: String, validity: Validity = .current, passphrase: String? = nil
    ) throws -> Issued {
        let issuer = try PEMFile.certificates(certificate, named: "the authority's certificate")[0]
        let issuerKey = try KeyPair(pem: key)
        let pair = try KeyPair(keyKind)
        let builder = try CertificateBuilder(subject: name, key: pair, validity: validity)
        switch purpose {
        case .server(let names): try builder.setServer(names)
        case .client: try builder.setClient()
        case .intermediate: try builder.setAuthority(isRoot: false)
        }
        try builder.sign(issuer: issuer, key: issuerKey)
        return try Issued(certificate: builder.pem(), key: pair.pem(passphrase: passphrase), passphrase: passphrase)
    }

    /// Issues a server's certificate for DNS names and IP addresses.
    package func issueServer(
        _ names: [String] = ["localhost", "127.0.0.1", "::1"], validity: Validity = .current, passphrase: String? = nil
    ) throws -> Issued {
        try issue(.server(names: names), name: names.first ?? "server", validity: validity, passphrase: passphrase)
    }

    /// Issues a client's certificate.
    package func issueClient(
        _ name: String = "client", validity: Validity = .current, passphrase: String? = nil
    ) throws -> Issued {
        try issue(.client, name: name, validity: validity, passphrase: passphrase)
    }

    /// A certificate with its key.
    package struct Issued: Sendable {
        /// PEM.
        package let certificate: [UInt8]
        /// PEM, encrypted if there is a passphrase.
        package let key: [UInt8]
        package let passphrase: String?

        /// For a TLS configuration.
        package var credential: TLSCredential {
            .pem(certificate: certificate, key: key, passphrase: passphrase)
        }

        /// For a TLS configuration, with the certificates that lead to the authority.
        package func credential(chain: [UInt8]) -> TLSCredential {
            .pem(certificate: certificate + chain, key: key, passphrase: passphrase)
        }
    }
}

extension Duration {
    fileprivate static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
