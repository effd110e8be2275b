internal import COpenSSL

extension CertificateAuthority {
    /// A list of certificates that this authority has revoked, PEM.
    ///
    /// - Parameters:
    ///   - revoked: They, PEM.
    ///   - validity: From when until when the list counts.
    package func revocationList(_ revoked: [[UInt8]], validity: Validity = .current) throws -> [UInt8] {
        OpenSSL.clearErrors()
        let issuer = try PEMFile.certificates(certificate, named: "the authority's certificate")[0]
        let issuerKey = try KeyPair(pem: key)
        let list = try OwnedPointer(X509_CRL_new(), orThrow: Self.listFailure(), X509_CRL_free)
        // Version 2 is written as 1.
        guard X509_CRL_set_version(list.raw, 1) == 1,
            X509_CRL_set_issuer_name(list.raw, X509_get_subject_name(issuer.raw)) == 1
        else { throw Self.listFailure() }
        try withTime(validity.from) { X509_CRL_set1_lastUpdate(list.raw, $0) }
        try withTime(validity.until) { X509_CRL_set1_nextUpdate(list.raw, $0) }
        for pem in revoked {
            let certificate = try PEMFile.certificates(pem, named: "a revoked certificate")[0]
            guard let entry = X509_REVOKED_new() else { throw Self.listFailure() }
            // Safe: the list takes the entry over; until then it is freed here.
            guard X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.raw)) == 1,
                (try? withTime(validity.from) { X509_REVOKED_set_revocationDate(entry, $0) }) != nil,
                X509_CRL_add0_revoked(list.raw, entry) == 1
            else {
                X509_REVOKED_free(entry)
                throw Self.listFailure()
            }
        }
        guard X509_CRL_sign(list.raw, issuerKey.key.raw, EVP_sha256()) > 0 else { throw Self.listFailure() }
        return try MemoryText.write("the revocation list") { PEM_write_bio_X509_CRL($0, list.raw) }
    }

    /// Calls OpenSSL with a time counted from now, of which it takes a copy.
    private func withTime(
        _ time: Duration, _ body: (UnsafeMutablePointer<ASN1_STRING>) -> Int32
    ) throws {
        guard let made = X509_gmtime_adj(nil, Int(time.components.seconds)) else { throw Self.listFailure() }
        defer { ASN1_STRING_free(made) }
        guard body(made) == 1 else { throw Self.listFailure() }
    }

    private static func listFailure() -> TLSError {
        OpenSSL.error(.invalidConfiguration, "a revocation list cannot be made")
    }
}
