internal import COpenSSL

/// Puts an X.509 certificate together: names, dates, key, extensions, signature.
struct CertificateBuilder {
    let certificate: OwnedPointer
    private let key: KeyPair

    init(subject: String, key: KeyPair, validity: CertificateAuthority.Validity) throws {
        OpenSSL.clearErrors()
        certificate = try OwnedPointer(
            X509_new(), orThrow: OpenSSL.error(.invalidConfiguration, "no memory for a certificate"), X509_free)
        self.key = key
        let serial = UInt64.random(in: 1...UInt64(Int64.max))
        let name = Array(subject.utf8)
        guard X509_set_version(certificate.raw, Int(X509_VERSION_3)) == 1,
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.raw), serial) == 1,
            X509_gmtime_adj(X509_getm_notBefore(certificate.raw), validity.from.seconds) != nil,
            X509_gmtime_adj(X509_getm_notAfter(certificate.raw), validity.until.seconds) != nil,
            X509_set_pubkey(certificate.raw, key.key.raw) == 1,
            // Safe: the subject's name is the certificate's own; the text's length is passed.
            X509_NAME_add_entry_by_txt(
                X509_get_subject_name(certificate.raw), "CN", MBSTRING_FLAG, name, Int32(name.count), -1, 0) == 1
        else { throw failure("the subject \"\(subject)\"") }
    }

    /// Fit to issue others.
    func setAuthority(isRoot: Bool) throws {
        try add(NID_basic_constraints, isRoot ? "critical,CA:TRUE" : "critical,CA:TRUE,pathlen:0")
        try add(NID_key_usage, "critical,keyCertSign,cRLSign")
    }

    /// Fit for a server with these DNS names and IP addresses.
    func setServer(_ names: [String]) throws {
        try setLeaf(usage: "serverAuth")
        guard !names.isEmpty else { return }
        let list = try names.map { name in
            // The extension's text form separates by commas; no name has one.
            if name.contains("*"), ServerName.fault(name, mayBeWildcard: true) == nil { return "DNS:\(name)" }
            return switch try ServerName(name) {
            case .host(let host): "DNS:\(host)"
            case .address(let address): "IP:\(address)"
            }
        }
        try add(NID_subject_alt_name, list.joined(separator: ","))
    }

    /// Fit for a client.
    func setClient() throws {
        try setLeaf(usage: "clientAuth")
    }

    private func setLeaf(usage: String) throws {
        try add(NID_basic_constraints, "critical,CA:FALSE")
        // Only an RSA key can encrypt another.
        let isRSA = EVP_PKEY_get_base_id(key.key.raw) == EVP_PKEY_RSA
        try add(NID_key_usage, isRSA ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature")
        try add(NID_ext_key_usage, usage)
    }

    /// Sets the issuer and signs: the last step.
    func sign(issuer: OwnedPointer, key issuerKey: KeyPair) throws {
        guard X509_set_issuer_name(certificate.raw, X509_get_subject_name(issuer.raw)) == 1 else {
            throw failure("the issuer")
        }
        try add(NID_subject_key_identifier, "hash")
        // Finds the issuer's key by the identifier in the issuer's certificate, hence after its own.
        try add(NID_authority_key_identifier, "keyid:always", issuer: issuer)
        guard X509_sign(certificate.raw, issuerKey.key.raw, EVP_sha256()) > 0 else { throw failure("the signature") }
    }

    func pem() throws -> [UInt8] {
        try MemoryText.write("the certificate") { PEM_write_bio_X509($0, certificate.raw) }
    }

    private func add(_ identifier: Int32, _ text: String, issuer: OwnedPointer? = nil) throws {
        OpenSSL.clearErrors()
        var context = X509V3_CTX()
        // Safe: the context borrows the certificates for the length of this function, which holds them.
        X509V3_set_ctx(&context, (issuer ?? certificate).raw, certificate.raw, nil, nil, 0)
        let made = try OwnedPointer(
            X509V3_EXT_conf_nid(nil, &context, identifier, text), orThrow: failure("the extension \"\(text)\""),
            X509_EXTENSION_free)
        // The certificate takes a copy.
        let result = withExtendedLifetime(made) { X509_add_ext(certificate.raw, made.raw, -1) }
        guard result == 1 else { throw failure("the extension \"\(text)\"") }
    }

    private func failure(_ what: String) -> TLSError {
        OpenSSL.error(.invalidConfiguration, "a certificate cannot be made, at \(what)")
    }
}

extension Duration {
    fileprivate var seconds: Int { Int(components.seconds) }
}
