internal import COpenSSL

/// Puts a configuration's authorities into a context.
enum TrustLoader {
    static func load(_ trust: TLSTrust, into context: OpaquePointer) throws {
        switch trust {
        case .system:
            OpenSSL.clearErrors()
            guard SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw OpenSSL.error(.invalidConfiguration, "the machine's certificate authorities cannot be loaded")
            }
        case .file(let path):
            try add(PEMFile.certificates(PEMFile.read(path), named: path), to: context)
        case .pem(let bytes):
            try add(PEMFile.certificates(bytes, named: "the trust's PEM text"), to: context)
        }
    }

    /// Has certificates looked up in lists of revoked ones.
    static func load(_ revocation: TLSRevocation, into context: OpaquePointer) throws {
        switch revocation {
        case .unchecked: break
        case .listFile(let path):
            try add(lists: PEMFile.revocationLists(PEMFile.read(path), named: path), to: context)
        case .lists(let bytes):
            try add(lists: PEMFile.revocationLists(bytes, named: "the revocation lists' PEM text"), to: context)
        }
    }

    private static func add(lists: [OwnedPointer], to context: OpaquePointer) throws {
        // Their pointers are used to the end of this function.
        defer { withExtendedLifetime(lists) {} }
        OpenSSL.clearErrors()
        guard let store = SSL_CTX_get_cert_store(context) else {
            throw OpenSSL.error(.invalidConfiguration, "no certificate store")
        }
        // The store takes a reference of its own.
        for list in lists where X509_STORE_add_crl(store, list.raw) != 1 {
            throw OpenSSL.error(.invalidConfiguration, "a revocation list cannot be used")
        }
        // Of every certificate in the chain, not of the last alone.
        _ = X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
    }

    private static func add(_ authorities: [OwnedPointer], to context: OpaquePointer) throws {
        // Their pointers are used to the end of this function.
        defer { withExtendedLifetime(authorities) {} }
        OpenSSL.clearErrors()
        guard let store = SSL_CTX_get_cert_store(context), let names = cssl_names_new() else {
            throw OpenSSL.error(.invalidConfiguration, "no certificate store")
        }
        // Safe: from here on the list belongs to the context; until then nothing below throws without freeing it.
        for authority in authorities {
            // The store takes a reference of its own.
            guard X509_STORE_add_cert(store, authority.raw) == 1, addName(of: authority.raw, to: names) else {
                cssl_names_free(names)
                throw OpenSSL.error(.invalidConfiguration, "a trusted certificate cannot be used")
            }
        }
        // Who names a certificate as trusted trusts it, also where it is an intermediate one or a server's own.
        _ = X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        // What a server tells its clients, so that they can pick the right certificate.
        SSL_CTX_set_client_CA_list(context, names)
    }

    private static func addName(of certificate: OpaquePointer, to names: OpaquePointer) -> Bool {
        guard let subject = X509_get_subject_name(certificate), let copy = X509_NAME_dup(subject) else { return false }
        if cssl_names_push(names, copy) == 1 { return true }
        X509_NAME_free(copy)
        return false
    }
}
